"""`vend local demo`: the whole story in one go, on an AWS of its own."""

from __future__ import annotations

import os
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.constrain import Constrain
from rich.rule import Rule
from rich.text import Text

from workflows.operate import outcomes, tables
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
_WIDTH = 86


def tell(terminal: Terminal, *, speed: float) -> None:
    """Deploy here, vend an account, and show what its owner gets.

    Raises:
        LocalAwsFailed: the local AWS did not start.
        VendFailed: the account was not vended.
    """
    begun = monotonic()
    with stopped_by_signals():
        _chapter(terminal, "AWS on this machine")
        with own_local_aws(terminal, speed) as environment:
            _point_to(environment)
            document = _vend(terminal)
            welcome = _welcome(terminal, document)
    terminal.document({**document, "welcome": welcome})
    terminal.say(f"\nThat took {duration(timedelta(seconds=monotonic() - begun))}. To look around yourself:")
    terminal.say("  vend local up     and paste the lines it prints into another terminal; there:")
    terminal.say(f"  vend request {_REQUEST.relative_to(ROOT)} --watch")
    terminal.say("  vend list         vend show ADDRESS         vend history REQUEST")


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
    owners = {one.lower() for one in document["owner"]["email"]}
    for mail in read_outbox():
        if owners & {one.lower() for one in mail["destinations"]}:
            terminal.show(mail_panel(parsed(mail)))
            return mail
    raise VendFailed("The owner got no welcome mail.")


def _chapter(terminal: Terminal, title: str) -> None:
    terminal.show("", Constrain(Rule(Text(title, style="bold"), align="left", style="cyan"), _WIDTH))
