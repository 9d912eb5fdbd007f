"""`vend registry copy`: the items of another table, brought into the registry."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand, VendGroup
from workflows.operate.options import DEFAULT_STACK, AsJson, Stack


def register(app: typer.Typer) -> None:
    """Add the group `registry` with its command."""
    group = typer.Typer(
        cls=VendGroup, no_args_is_help=True, help="The registry's table: back from a copy of it."
    )
    # With a callback it stays a group although it has one command.
    group.callback()(lambda: None)
    group.command(cls=VendCommand)(copy)
    app.add_typer(group, name="registry")


def copy(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="TABLE",
            help="The table to copy from: one that was restored, or that of a stack that is gone.",
            show_default=False,
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be copied; write nothing.")
    ] = False,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Copy into the stack's table what it lacks of another one; what it has stays as it is.

    Slots and rule sets are left out: they belong to the deployment that wrote them.
    """
    from workflows.operate.deployment import Deployment
    from workflows.operate.registry_copy import copy_registry
    from workflows.operate.terminal import Terminal

    copy_registry(Deployment(stack), Terminal(as_json=as_json), source, dry_run=dry_run)
