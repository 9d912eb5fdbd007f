"""The command line `vend`: request accounts, follow them, look them up, and run AWS on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from workflows.operate import (
    address_command,
    cancel_command,
    doctor_command,
    import_command,
    local_commands,
    look_up_commands,
    mail_commands,
    registry_command,
    request_commands,
    transfer_command,
)
from workflows.operate.commands import VendGroup

app = typer.Typer(
    name="vend",
    cls=VendGroup,
    help="Vend AWS accounts, each with a unique root address whose mail reaches its owner.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
request_commands.register(app)
cancel_command.register(app)
address_command.register(app)
import_command.register(app)
transfer_command.register(app)
look_up_commands.register(app)
mail_commands.register(app)
registry_command.register(app)
doctor_command.register(app)
local_commands.register(app)


def main() -> None:
    """Run `vend` with the arguments of this process."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the shell has closed it
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as we run
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character shows another instead of ending the command.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # both are text streams here
    app(prog_name="vend")


if __name__ == "__main__":
    main()
