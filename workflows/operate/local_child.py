"""A local AWS of one's own: `vend local up` in a child process, stopped at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING

from workflows.operate.problems import LocalAwsFailed
from workflows.operate.wording import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.status import Status

    from workflows.operate.terminal import Terminal

ROOT = Path(__file__).parents[2]
_PATIENCE = 15
"""Seconds for the child to stop by itself."""
_LAST = "VENDING_STACK"
"""The variable it prints last."""


@contextmanager
def own_local_aws(terminal: Terminal, speed: float) -> Iterator[dict[str, str]]:
    """Start a local AWS and yield the variables that lead to it.

    Raises:
        LocalAwsFailed: it did not start.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-m", "workflows.operate.command_line", "local", "up", "--speed", str(speed)]
    with subprocess.Popen(  # noqa: S603 - our own module, under the Python that runs this
        command, cwd=ROOT, env=plain, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
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
    """Show what the child is doing until it has printed its variables, and return them."""
    environment = {}
    with terminal.err.status("") as status:
        steps = _Steps(terminal, status)
        relay = threading.Thread(target=steps.relay, args=(child.stderr,), daemon=True)
        relay.start()
        for line in child.stdout or ():
            name, _, value = line.removeprefix("export ").strip().partition("=")
            environment[name] = value.strip("'")
            if name == _LAST:
                steps.finish()
                return environment
    relay.join(_PATIENCE)
    raise LocalAwsFailed("\n".join(steps.complaints) or "The local AWS did not start.")


class _Steps:
    """The steps a local AWS takes on its way up, each shown with its duration when it is done."""

    def __init__(self, terminal: Terminal, status: Status) -> None:
        self.complaints: list[str] = []
        self._terminal = terminal
        self._status = status
        self._step = ""
        self._begun = monotonic()
        self._up = False

    def relay(self, lines: IO[str]) -> None:
        """Read what the child says: a line that ends in dots is a step, any other a complaint."""
        for line in lines:
            if self._up:
                continue
            if line.rstrip().endswith("..."):
                self._finish_step()
                self._step, self._begun = line.rstrip(". \n"), monotonic()
                self._status.update(self._step)
            else:
                self.complaints.append(line.rstrip())

    def finish(self) -> None:
        """It is up: show the last step, and nothing more."""
        self._up = True
        self._finish_step()

    def _finish_step(self) -> None:
        if self._step:
            took = duration(timedelta(seconds=monotonic() - self._begun))
            self._terminal.say(f"\N{HEAVY CHECK MARK}  {self._step}  {took}")
        self._step = ""
