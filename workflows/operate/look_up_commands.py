"""`vend list` and `vend show`: what the registry knows."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand
from workflows.operate.options import DEFAULT_STACK, AsJson, Stack


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("list", cls=VendCommand)(list_accounts)
    app.command(cls=VendCommand)(show)


def list_accounts(
    owner: Annotated[
        str | None, typer.Option(help="Only accounts of this owner's address or name.", show_default=False)
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="Only accounts with this status, such as ACTIVE.", show_default=False)
    ] = None,
    needs_owner: Annotated[
        bool, typer.Option("--needs-owner", help="Only accounts whose owner is not known.")
    ] = False,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """List the addresses of the registry with their accounts and owners."""
    from workflows.operate import account_tables
    from workflows.operate.accounts import choose, known_status
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    wanted = known_status(status) if status is not None else None
    deployment = Deployment(stack)
    items = choose(deployment.registry.addresses(), owner=owner, status=wanted, needs_owner=needs_owner)
    terminal = Terminal(as_json=as_json)
    terminal.document(items)
    if items:
        terminal.show(account_tables.accounts(items, columns=terminal.out.width))
    terminal.say(f"{len(items)} account{'' if len(items) == 1 else 's'}.")


def show(
    named: Annotated[
        str, typer.Argument(metavar="ADDRESS|ACCOUNT|NAME|REQUEST", help="What to show.", show_default=False)
    ],
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Show an account: its address, owner and status, and what happened to it."""
    from workflows.operate import account_tables
    from workflows.operate.deployment import Deployment
    from workflows.operate.look_up import find_item
    from workflows.operate.terminal import Terminal

    deployment = Deployment(stack)
    item = find_item(deployment, named)
    entries = deployment.registry.history(str(item["address"]))
    terminal = Terminal(as_json=as_json)
    terminal.document({**item, "history": entries})
    terminal.show(account_tables.account(item), "", account_tables.account_history(entries))
