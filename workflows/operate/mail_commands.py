"""`vend mail rewrite`, `list`, `held`, `replay` and `redrive`: inbound mail."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand, VendGroup
from workflows.operate.options import DEFAULT_STACK, AsJson, Stack

MailFrom = Annotated[
    str | None,
    typer.Option(
        "--mail-from",
        metavar="ADDRESS",
        help="Envelope sender; by default the address in the mail's From. Empty for a bounce.",
        show_default=False,
    ),
]
VerdictOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--verdict",
        metavar="NAME=VALUE",
        help="A verdict of SES, such as spam=FAIL; those not given are PASS.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group `mail` with its commands."""
    group = typer.Typer(
        cls=VendGroup, no_args_is_help=True, help="Inbound mail: what became of it, and once more."
    )
    for name, command in (
        ("rewrite", rewrite),
        ("list", list_mails),
        ("held", list_held),
        ("replay", replay),
        ("redrive", redrive),
    ):
        group.command(name, cls=VendCommand)(command)
    app.add_typer(group, name="mail")


def rewrite(
    address: Annotated[
        str, typer.Option("--for", metavar="ADDRESS", help="The vended address.", show_default=False)
    ],
    owner: Annotated[str, typer.Option(metavar="ADDRESS", help="Its owner.", show_default=False)],
    mail_from: MailFrom = None,
    forward_from: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Our From address; by default that of cdk.json, or forwarder@ the domain.",
            show_default=False,
        ),
    ] = None,
    verdict: VerdictOptions = None,
) -> None:
    """Turn the mail on standard input into exactly the bytes its owner would get; needs no AWS."""
    from workflows.operate.mail_files import read_standard_input, write_standard_output
    from workflows.operate.rewriting import PASSED, read_verdicts, rewritten
    from workflows.operate.terminal import Terminal

    verdicts = read_verdicts(verdict or [], PASSED)
    outgoing = rewritten(
        read_standard_input(),
        address=address,
        owner=owner,
        mail_from=mail_from,
        forward_from=forward_from,
        verdicts=verdicts,
    )
    if outgoing.reason:
        Terminal(as_json=False).say(f"As {outgoing.kind}, because {outgoing.reason}.")
    write_standard_output(outgoing.raw)


def list_mails(
    address: Annotated[str, typer.Argument(help="A vended address, or an unknown one.", show_default=False)],
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """List the mails that came for an address, and what became of each."""
    from workflows.operate import mail_tables, mails
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    found = mails.outcomes_for(Deployment(stack), address)
    terminal.document(found)
    terminal.show(mail_tables.outcomes(found) if found else f"No mail came for {address}.")


def list_held(stack: Stack = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """List the mails that are held, and why."""
    from workflows.operate import mail_tables, mails
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    found = mails.held(Deployment(stack))
    terminal.document(found)
    terminal.show(mail_tables.held(found) if found else "No mail is held.")


def replay(
    keys: Annotated[
        list[str], typer.Argument(metavar="KEY...", help="Object keys of stored mails.", show_default=False)
    ],
    again: Annotated[bool, typer.Option("--again", help="Send it to those who got it already, too.")] = False,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Deliver stored mails once more: to whoever did not get them yet, also what was held.

    A mail with a virus stays held.
    """
    from workflows.operate import mails
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    mails.replay_all(Deployment(stack), Terminal(as_json=as_json), keys, again=again)


def redrive(stack: Stack = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Send the mails that could not be forwarded, the dead letters, round again."""
    from workflows.operate import mails
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    sent = []
    for one in mails.redrive(Deployment(stack)):
        sent.append(one)
        terminal.say(f"{one.get('key', 'A message without a mail')} is on its way again.", style="dim")
    terminal.document({"redriven": len(sent), "mails": sent})
    terminal.show(f"{len(sent)} mail{'' if len(sent) == 1 else 's'} sent round again.")
