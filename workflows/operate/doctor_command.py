"""`vend doctor`: what of DNS, SES, Organizations and alarms is not ready."""

from __future__ import annotations

import typer

from workflows.operate.commands import VendCommand
from workflows.operate.options import DEFAULT_STACK, AsJson, Stack


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=VendCommand)(doctor)


def doctor(stack: Stack = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Check DNS, SES, Organizations and alarms; say what is wrong and which records to publish.

    Changes nothing.
    """
    from workflows.operate.deployment import Deployment
    from workflows.operate.doctor import diagnose
    from workflows.operate.terminal import Terminal

    diagnose(Deployment(stack), Terminal(as_json=as_json))
