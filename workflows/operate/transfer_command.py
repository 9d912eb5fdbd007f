"""`vend transfer`: accounts get another owner."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand
from workflows.operate.options import DEFAULT_STACK, AsJson, Stack
from workflows.operate.problems import WrongUsage


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=VendCommand)(transfer)


def transfer(
    to: Annotated[
        list[str],
        typer.Option("--to", metavar="OWNER", help="The new owner's address; may be given more than once."),
    ],
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why: for the history, and for both owners.")
    ],
    named: Annotated[
        str | None,
        typer.Argument(
            metavar="ADDRESS|ACCOUNT", help="The account, by any of its names.", show_default=False
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(
            "--owner",
            metavar="OLD",
            help="Transfer every account of this owner's address.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="The new owner's name.", show_default=False)
    ] = None,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Give an account another owner, who gets its mail from now on; both owners and operations are told."""
    if (named is None) == (owner is None):
        raise WrongUsage("Name one account, or give --owner for all accounts of an owner.")
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal
    from workflows.operate.transferring import Transfer, transfer_all, transfer_one

    wanted = Transfer(to=to, name=name, reason=reason)
    deployment, terminal = Deployment(stack), Terminal(as_json=as_json)
    if named is not None:
        transfer_one(deployment, terminal, named, wanted)
    else:
        transfer_all(deployment, terminal, str(owner), wanted)
