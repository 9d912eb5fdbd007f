"""`vend import`: the accounts you already have."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand
from workflows.operate.options import DEFAULT_STACK, AsJson, Stack


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", cls=VendCommand)(import_accounts)


def import_accounts(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="organization|FILE.csv",
            help="All accounts of the organization, or those of a file: account id, owner, name (optional).",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done with each account; start nothing.")
    ] = False,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Register accounts that exist, with their owners; those registered already are left as they are."""
    from workflows.operate.deployment import Deployment
    from workflows.operate.importing import import_from
    from workflows.operate.terminal import Terminal

    import_from(Deployment(stack), Terminal(as_json=as_json), source, dry_run=dry_run)
