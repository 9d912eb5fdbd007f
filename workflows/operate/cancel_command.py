"""`vend cancel`: gives up a request that will never be finished."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand
from workflows.operate.options import DEFAULT_STACK, AsJson, NamedRequest, Stack


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=VendCommand)(cancel)


def cancel(
    request: NamedRequest,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why, for the history of the address.")
    ] = "vend cancel",
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Give a failed request up: retire its address and free its name; the same request may start anew."""
    from workflows.operate.cancelling import cancel_one
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    cancel_one(Deployment(stack), Terminal(as_json=as_json), request, reason=reason)
