"""`vend local demo`: the whole story in one go, on an AWS of its own."""

from __future__ import annotations

import os
from datetime import timedelta
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from rich.constrain import Constrain
from rich.rule import Rule
from rich.text import Text

from workflows.operate import outcomes, tables
from workflows.operate.delivering import deliver
from workflows.operate.local_child import ROOT, own_local_aws
from workflows.operate.local_up import stopped_by_signals
from workflows.operate.mail_view import mail_panel
from workflows.operate.outbox import parsed, read_outbox
from workflows.operate.problems import VendFailed
from workflows.operate.requests import read_request
from workflows.operate.starting import start
from workflows.operate.view import following
from workflows.operate.wording import duration

if TYPE_CHECKING:
    from workflows.operate.executions import Execution
    from workflows.operate.terminal import Terminal

_REQUEST = ROOT / "state_machines" / "requests" / "full.json"
_MAIL = ROOT / "docs" / "examples" / "root_mail.eml"
_WIDTH = 86
_PATIENCE = 60
_BETWEEN_LOOKS = 0.2
"""Seconds."""


def tell(terminal: Terminal, *, speed: float) -> None:
    """Deploy here, vend an account, let AWS write to it, and show what its owner gets.

    Raises:
        LocalAwsFailed: the local AWS did not start.
        VendFailed: the account was not vended, or the owner did not get a mail.
    """
    begun = monotonic()
    with stopped_by_signals():
        _chapter(terminal, "AWS on this machine")
        with own_local_aws(terminal, speed) as environment:
            _point_to(environment)
            document = _vend(terminal)
            welcome = _welcome(terminal, document)
            forwarded = _root_mail(terminal, document)
    terminal.document({**document, "welcome": welcome, "forwarded": forwarded})
    terminal.say(f"\nThat took {duration(timedelta(seconds=monotonic() - begun))}. To look around yourself:")
    terminal.say("  vend local up     and paste the lines it prints into another terminal; there:")
    terminal.say(f"  vend request {_REQUEST.relative_to(ROOT)} --watch")
    terminal.say(f"  vend local deliver {_MAIL.relative_to(ROOT)} --to ADDRESS")
    terminal.say("  vend list         vend show ADDRESS         vend history REQUEST")
    terminal.say("  vend mail list ADDRESS        vend mail held        vend local outbox")


def _point_to(environment: dict[str, str]) -> None:
    """Let this process talk to one AWS only, whatever profile it was started with."""
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment)


def _vend(terminal: Terminal) -> dict[str, Any]:
    from workflows.operate.deployment import Deployment
    from workflows.operate.following import follow

    _chapter(terminal, "An account team asks for an account")
    request = read_request(str(_REQUEST))
    terminal.say(str(_REQUEST.relative_to(ROOT)), style="dim")
    terminal.show(tables.request(request.document))
    deployment = Deployment(os.environ["VENDING_STACK"])
    started = start(deployment.executions, deployment.registry, request)
    _chapter(terminal, "The state machine vends it")
    ended: Execution | None = None
    with following(terminal, started.name) as view:
        for look in follow(deployment.executions, started.arn, seconds=deployment.seconds_between_looks):
            view.show(look)
            ended = look.ended
    if ended is None or not ended.succeeded:
        raise VendFailed(
            f"The demo's account was not vended: {outcomes.error(ended) if ended else 'it is gone'}."
        )
    document = outcomes.document(ended)
    terminal.show(tables.outcome(document))
    return document


def _welcome(terminal: Terminal, document: dict[str, Any]) -> dict[str, Any]:
    _chapter(terminal, "Its owner is welcomed")
    welcomes = _mails_of(document["owner"]["email"])
    if not welcomes:
        raise VendFailed("The owner got no welcome mail.")
    terminal.show(mail_panel(parsed(welcomes[0])))
    return welcomes[0]


def _root_mail(terminal: Terminal, document: dict[str, Any]) -> dict[str, Any]:
    """Let AWS write to the account's root address, and show what its owner gets."""
    address, owners = document["account"]["address"], document["owner"]["email"]
    _chapter(terminal, f"AWS writes to {address}")
    terminal.say(str(_MAIL.relative_to(ROOT)), style="dim")
    before = len(_mails_of(owners))
    deliver(_MAIL.read_bytes(), to=[address], mail_from=None, verdicts={})
    deadline = monotonic() + _PATIENCE
    while len(found := _mails_of(owners)) == before:
        if monotonic() > deadline:
            raise VendFailed(f"The mail to {address} did not reach its owner.")
        sleep(_BETWEEN_LOOKS)
    _chapter(terminal, "Its owner gets the mail")
    terminal.show(mail_panel(parsed(found[before])))
    return found[before]


def _mails_of(owners: list[str]) -> list[dict[str, Any]]:
    """The mails sent to any of these addresses."""
    wanted = {one.lower() for one in owners}
    return [mail for mail in read_outbox() if wanted & {one.lower() for one in mail["destinations"]}]


def _chapter(terminal: Terminal, title: str) -> None:
    terminal.show("", Constrain(Rule(Text(title, style="bold"), align="left", style="cyan"), _WIDTH))
