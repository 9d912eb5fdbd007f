"""What a command leaves behind when it is cut short: the executions it started go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from workflows.operate.aws_errors import explain
from workflows.operate.commands import INTERRUPTED
from workflows.operate.problems import CommandProblem, Interrupted

if TYPE_CHECKING:
    from workflows.operate.terminal import Terminal


@contextmanager
def interruptible(terminal: Terminal, goes_on: str, show_so_far: Callable[[], object]) -> Iterator[None]:
    """Do what takes long; where it is cut short, show what is done so far.

    Args:
        terminal: where it is shown.
        goes_on: what stays or goes on without us, and how to get back to it: a sentence's second half.
        show_so_far: writes the document, from what is known without asking AWS.

    Raises:
        typer.Exit: with 130 after Ctrl-C.
        Interrupted: AWS does not answer any more, or does not accept the credentials any more.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        terminal.say(f"Stopped; {goes_on}")
        show_so_far()
        raise typer.Exit(INTERRUPTED) from error
    except CommandProblem:
        raise
    except Exception as error:
        problem = explain(error)
        if problem is None:
            raise
        show_so_far()
        raise Interrupted(f"{problem} Meanwhile {goes_on}") from error
