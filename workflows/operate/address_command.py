"""`vend address`: a root address whose account somebody else creates."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand
from workflows.operate.options import DEFAULT_STACK, AsJson, Stack


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=VendCommand)(address)


def address(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A request file in JSON, or - for standard input.", show_default=False
        ),
    ],
    request_id: Annotated[
        str | None, typer.Option("--id", metavar="TEXT", help="Use this request id.", show_default=False)
    ] = None,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Vend only the root address of a request, for Account Factory or AFT to create the account with.

    Mail to it reaches the owner from then on; the account is registered when it is there.
    """
    from workflows.operate.addressing import vend_address
    from workflows.operate.deployment import Deployment
    from workflows.operate.requesting import read
    from workflows.operate.terminal import Terminal

    request = read(file, request_id=request_id, another=False)
    vend_address(Deployment(stack), Terminal(as_json=as_json), request)
