"""`vend local up`: deploys to this machine, prints how to reach it, and serves until stopped."""

from __future__ import annotations

import shlex
import signal
import socket
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from workflows.operate.problems import LocalAwsFailed
from workflows.operate.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from workflows.local.server import LocalAws

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HERE = "127.0.0.1"


def serve(*, port: int, speed: float) -> None:
    """Synthesize, deploy and serve until a signal asks to stop.

    Raises:
        LocalAwsFailed: the port is in use, or the template cannot be synthesized or deployed.
    """
    terminal = Terminal(as_json=False)
    with stopped_by_signals(), tempfile.TemporaryDirectory(prefix="vend-") as folder:
        refuse_used_port(port)
        assembly = Path(folder)
        _run(terminal, assembly, port, speed)


def _run(terminal: Terminal, assembly: Path, port: int, speed: float) -> None:
    from workflows.local.deployment import DeploymentFailed, SynthesisFailed, synthesize
    from workflows.local.listener import PortInUse
    from workflows.local.server import LocalAws

    try:
        terminal.say("Synthesizing the template ...")
        synthesize(assembly)
        terminal.say("Deploying it to this machine ...")
        with LocalAws(assembly, port=port, speed=speed) as aws:
            _serve_until_stopped(terminal, aws)
    except (SynthesisFailed, PortInUse, DeploymentFailed) as error:
        raise LocalAwsFailed(str(error)) from error


def _serve_until_stopped(terminal: Terminal, aws: LocalAws) -> None:
    try:
        # Whoever reads along knows by the stack's name, which sorts last, that there is no more to come.
        for name, value in sorted(aws.environment.items()):
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        terminal.say(
            f"Ready at {aws.endpoint_url}: paste these lines into another terminal. Ctrl-C stops it."
        )
        threading.Event().wait()
    except KeyboardInterrupt:
        terminal.say("Stopping ...")


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt on the first signal that asks to stop; later ones do not disturb it.

    Shells start background jobs with SIGINT ignored; it counts here all the same.
    """

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def refuse_used_port(port: int) -> None:
    """Raise LocalAwsFailed if somebody listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except OSError as error:
            raise LocalAwsFailed(
                f"Port {port} cannot be used ({(error.strerror or 'unknown reason').lower()}): "
                "choose another with --port, or leave it out for a free one."
            ) from error
