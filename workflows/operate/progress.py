"""How far a command is that does many things."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.operate.terminal import Terminal


@contextmanager
def progress(terminal: Terminal, done: str, total: int) -> Iterator[Callable[[str, str], None]]:
    """A progress bar on a terminal, else a line for each that is done."""
    if not terminal.err.is_terminal:
        count = iter(range(1, total + 1))
        yield lambda name, status: terminal.say(f"{next(count)}/{total}  {name}  {status}")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal.err) as bar:
        task = bar.add_task(done, total=total)
        yield lambda _name, _status: bar.advance(task)
