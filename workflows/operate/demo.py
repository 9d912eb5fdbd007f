"""`vend local demo`: the whole story in one go, on an AWS of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Any

from rich.rule import Rule

from workflows.operate import outcomes, tables
from workflows.operate.local_up import stopped_by_signals
from workflows.operate.mail_view import mail_panel
from workflows.operate.outbox import parsed, read_outbox
from workflows.operate.problems import LocalAwsFailed, VendFailed
from workflows.operate.requests import read_request
from workflows.operate.starting import start
from workflows.operate.view import following
from workflows.operate.wording import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.operate.executions import Execution
    from workflows.operate.terminal import Terminal

_ROOT = Path(__file__).parents[2]
_REQUEST = _ROOT / "state_machines" / "requests" / "full.json"
_PATIENCE = 15
"""Seconds for the local AWS to stop by itself."""


def tell(terminal: Terminal, *, speed: float) -> None:
    """Deploy here, vend an account, and show what its owner gets.

    Raises:
        LocalAwsFailed: the local AWS did not start.
        VendFailed: the account was not vended.
    """
    begun = monotonic()
    with stopped_by_signals():
        _chapter(terminal, "AWS on this machine")
        with _local_aws(terminal, speed) as environment:
            os.environ.update(environment)
            document = _vend(terminal)
            welcome = _welcome(terminal, document)
    terminal.document({**document, "welcome": welcome})
    terminal.say(f"\nThat took {duration(timedelta(seconds=monotonic() - begun))}. To look around yourself:")
    terminal.say("  vend local up        and paste the lines it prints into another terminal, there:")
    terminal.say(f"  vend request {_REQUEST.relative_to(_ROOT)} --watch")
    terminal.say("  vend list            vend show ADDRESS            vend history REQUEST")


def _vend(terminal: Terminal) -> dict[str, Any]:
    from workflows.operate.deployment import Deployment
    from workflows.operate.following import follow

    _chapter(terminal, "An account team asks for an account")
    request = read_request(str(_REQUEST))
    terminal.say(str(_REQUEST.relative_to(_ROOT)), style="dim")
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
    terminal.show("", Rule(title, align="left", style="cyan"))


@contextmanager
def _local_aws(terminal: Terminal, speed: float) -> Iterator[dict[str, str]]:
    """An AWS of our own in a child process; yields its variables, stops it at the end."""
    command = [sys.executable, "-m", "workflows.operate.command_line", "local", "up", "--speed", str(speed)]
    with subprocess.Popen(  # noqa: S603 - our own module, under the Python that runs this
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            yield _await_ready(terminal, child)
        finally:
            child.terminate()
            try:
                child.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()


def _await_ready(terminal: Terminal, child: subprocess.Popen[str]) -> dict[str, str]:
    """Relay what the child says until it has printed its variables, and return them."""
    said: list[str] = []
    ready = threading.Event()
    assert child.stdout  # noqa: S101 - it was opened with pipes
    assert child.stderr  # noqa: S101 - likewise
    relay = threading.Thread(target=_relay, args=(terminal, child.stderr, said, ready), daemon=True)
    relay.start()
    environment = {}
    for line in child.stdout:
        name, _, value = line.removeprefix("export ").strip().partition("=")
        environment[name] = value.strip("'")
        if name == "VENDING_STACK":
            ready.set()
            return environment
    relay.join(_PATIENCE)
    raise LocalAwsFailed(said[-1] if said else "The local AWS did not start.")


def _relay(terminal: Terminal, lines: IO[str], said: list[str], ready: threading.Event) -> None:
    for line in lines:
        said.append(line.rstrip())
        if not ready.is_set():
            terminal.say(line.rstrip(), style="dim")
