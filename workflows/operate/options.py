"""The options that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

DEFAULT_STACK = "AccountVending"

Stack = Annotated[
    str, typer.Option("--stack", envvar="VENDING_STACK", help="Name of the deployed CloudFormation stack.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Write one JSON document to standard output.", show_default=False)
]
Watch = Annotated[
    bool, typer.Option("--watch", help="Follow it until it is over; exit 0 only if it succeeds.")
]
NamedRequest = Annotated[
    str,
    typer.Argument(
        metavar="REQUEST",
        help="Request id, execution name or ARN, account name, account id, or address.",
        show_default=False,
    ),
]
