"""`vend local up`, `demo`, `deliver` and `outbox`: AWS on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workflows.operate.commands import VendCommand, VendGroup
from workflows.operate.mail_commands import MailFrom, VerdictOptions
from workflows.operate.options import AsJson

DEFAULT_SPEED = 20.0

Port = Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")]
Speed = Annotated[
    float, typer.Option(min=0.01, help="How many times faster than on AWS waits and retry delays pass.")
]


def register(app: typer.Typer) -> None:
    """Add the group `local` with its commands."""
    group = typer.Typer(
        cls=VendGroup,
        no_args_is_help=True,
        help="AWS on this machine: the real template, the real handlers, no account.",
    )
    for command in (up, demo, deliver, outbox):
        group.command(cls=VendCommand)(command)
    app.add_typer(group, name="local")


def up(port: Port = 0, speed: Speed = DEFAULT_SPEED) -> None:
    """Deploy to this machine and serve until stopped.

    Once everything is deployed, the variables that lead other commands here are printed.
    """
    from workflows.operate.local_up import serve

    serve(port=port, speed=speed)


def demo(speed: Speed = DEFAULT_SPEED, as_json: AsJson = False) -> None:
    """Show the whole story: deploy here, vend an account, let AWS write to it, read what its owner gets."""
    from workflows.operate.demo import tell
    from workflows.operate.terminal import Terminal

    tell(Terminal(as_json=as_json), speed=speed)


def deliver(
    mail: Annotated[
        str, typer.Argument(metavar="FILE.eml|-", help="The mail, byte for byte.", show_default=False)
    ],
    to: Annotated[
        list[str],
        typer.Option(
            "--to", metavar="ADDRESS", help="Envelope recipient; may be repeated.", show_default=False
        ),
    ],
    mail_from: MailFrom = None,
    verdict: VerdictOptions = None,
    as_json: AsJson = False,
) -> None:
    """Play a mail that SES receives on the local AWS."""
    from workflows.operate.delivering import deliver as deliver_mail
    from workflows.operate.mail_files import read_mail
    from workflows.operate.rewriting import verdicts_of
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    verdicts = verdicts_of(verdict or [])
    stored = deliver_mail(read_mail(mail), to=to, mail_from=mail_from, verdicts=verdicts)
    terminal.document(stored)
    terminal.say(f"Received as {stored['key']}.")
    terminal.say("`vend local outbox` shows what was sent, `vend mail list ADDRESS` what became of it.")


def outbox(
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write each mail into this folder, byte for byte.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the mails that were sent on the local AWS."""
    from workflows.operate import tables
    from workflows.operate.outbox import overview, read_outbox, save_mails
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    sent = read_outbox()
    if save is not None:
        save_mails(sent, save)
        terminal.say(f"Wrote {len(sent)} mail{'' if len(sent) == 1 else 's'} into {save}.")
    terminal.document(sent)
    terminal.show(tables.mails([overview(mail) for mail in sent]) if sent else "No mail was sent yet.")
