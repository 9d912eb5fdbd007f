"""Where a command writes: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH_OF_A_FILE = 1000
"""Columns where there is no terminal: lines that programs search are not broken."""


class Terminal:
    """The two streams of a command.

    Args:
        as_json: whether the result is one JSON document instead of something to look at.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    def show(self, *parts: RenderableType) -> None:
        """Show a result to a person; nothing with `--json`."""
        if self.as_json:
            return
        with self.out.capture() as drawn:
            for part in parts:
                self.out.print(part, highlight=False)
        text = drawn.get()
        if not self.out.is_terminal:
            text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
        sys.stdout.write(text)
        sys.stdout.flush()

    def document(self, value: Any) -> None:
        """Write the one JSON document; nothing without `--json`."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, indent=2, default=_as_text) + "\n")
            sys.stdout.flush()

    def say(self, text: str, style: str = "") -> None:
        """Write a line about the command's progress."""
        self.err.print(text, style=style, markup=False, highlight=False, soft_wrap=not self.err.is_terminal)

    def complain(self, problem: str) -> None:
        """Write what went wrong."""
        self.say(problem, style="bold red")


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_FILE
    return Console(stderr=stderr, width=width, emoji=False, legacy_windows=False)
