"""Watching executions: they go on, whatever ends the watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from workflows.operate.clients import explain
from workflows.operate.commands import INTERRUPTED
from workflows.operate.problems import SightLost

if TYPE_CHECKING:
    from workflows.operate.terminal import Terminal


@contextmanager
def watching(terminal: Terminal, goes_on: str, show_so_far: Callable[[], object]) -> Iterator[None]:
    """Do something that takes long while executions run; where it is cut short, show what is known.

    Args:
        terminal: where it is shown.
        goes_on: what is still being done without us, and how to get back to it: a sentence's second half.
        show_so_far: writes the document, from what is known without asking AWS.

    Raises:
        typer.Exit: with 130 after Ctrl-C.
        SightLost: AWS does not answer any more, or does not accept the credentials any more.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        terminal.say(f"Stopped; {goes_on}")
        show_so_far()
        raise typer.Exit(INTERRUPTED) from error
    except Exception as error:
        problem = explain(error)
        if problem is None:
            raise
        show_so_far()
        raise SightLost(f"{problem} Meanwhile {goes_on}") from error
