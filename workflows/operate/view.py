"""The live view of an execution: its states with status and duration, as a table or as plain lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from workflows.operate.timeline import StateRun, Status, Timeline
from workflows.operate.wording import STYLES, WORDS, duration, moment, said, times

if TYPE_CHECKING:
    from rich.console import RenderableType

    from workflows.operate.following import Look
    from workflows.operate.terminal import Terminal

_MARKS = {
    Status.TRYING_AGAIN: "↻",
    Status.SUCCEEDED: "✔",
    Status.FAILED: "✘",
    Status.TIMED_OUT: "✘",
    Status.ABORTED: "✘",
}
_REFRESHES = 8
_TOOK = len("59 min 59 s")


@dataclass(frozen=True, slots=True)
class Row:
    """A state in the live view: all its runs together, the last of them in words."""

    name: str
    status: Status
    took: timedelta
    note: str


def rows(runs: Iterable[StateRun], now: datetime) -> list[Row]:
    """One row for each state, in the order in which they were first entered."""
    by_name: dict[str, list[StateRun]] = {}
    for run in runs:
        by_name.setdefault(run.name, []).append(run)
    return [
        Row(name, same[-1].status, sum((run.duration(now) for run in same), timedelta()), _note(same))
        for name, same in by_name.items()
    ]


class StatesView:
    """The states of one execution, drawn anew whenever the screen is.

    Args:
        title: what is being followed.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._spinner = Spinner("dots", style=STYLES["RUNNING"])
        self.timeline = Timeline()

    def __rich__(self) -> RenderableType:
        """The table as it is at this moment."""
        now = datetime.now(UTC)
        table = Table(box=None, padding=(0, 2, 0, 0), title=self._heading(now), title_justify="left")
        table.title_style = ""
        table.add_column("", min_width=1)
        shown = rows(list(self.timeline.runs), now)
        table.add_column("State", no_wrap=True, min_width=max((len(row.name) for row in shown), default=0))
        table.add_column("Status", no_wrap=True, min_width=max(map(len, WORDS.values())))
        table.add_column("Took", justify="right", no_wrap=True, min_width=_TOOK)
        table.add_column("", overflow="fold", ratio=1, style="dim")
        for row in shown:
            table.add_row(
                _MARKS.get(row.status, self._spinner),
                row.name,
                WORDS[row.status],
                duration(row.took),
                Text(row.note),
                style=None if row.status is Status.SUCCEEDED else STYLES[row.status],
            )
        return table

    def _heading(self, now: datetime) -> Text:
        heading = Text(self._title, style="bold")
        if self.timeline.started:
            ends = [run.ended for run in self.timeline.runs if run.ended] if self.timeline.closed else []
            heading.append(f"  {duration(max(ends, default=now) - self.timeline.started)}", style="dim")
        return heading


@contextmanager
def following(terminal: Terminal, title: str) -> Iterator[LiveView | PlainView]:
    """A view to show the looks at an execution in: live on a terminal, else a line for each change."""
    if not terminal.err.is_terminal:
        yield PlainView(terminal)
        return
    view = StatesView(title)
    with Live(view, console=terminal.err, refresh_per_second=_REFRESHES):
        yield LiveView(view)


class LiveView:
    """Shows the looks at an execution in a table that stays in its place."""

    def __init__(self, view: StatesView) -> None:
        self._view = view

    def show(self, look: Look) -> None:
        """Show what a look found."""
        self._view.timeline = look.timeline


class PlainView:
    """Writes a line for each change that a look at an execution found."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def show(self, look: Look) -> None:
        """Write what a look found."""
        for run in look.changed:
            self._terminal.say(line(run, datetime.now(UTC)))


def line(run: StateRun, now: datetime) -> str:
    """A run as one line of text, such as `14:03:59  CheckAccount  succeeded  0.1 s  READY`."""
    took = duration(run.duration(now)) if run.status.over else ""
    parts = [moment(run.since, now), f"{run.name:<17}", f"{WORDS[run.status]:<11}", f"{took:>8}", said(run)]
    return "  ".join(parts).rstrip()


def _note(same: list[StateRun]) -> str:
    last, count = same[-1], len(same)
    attempts = f"attempt {last.attempts}" if last.attempts > 1 else ""
    often = times(count) if count > 1 else ""
    over = last.status.over and last.status is not Status.SUCCEEDED  # its outcome, shown next, tells the rest
    what = (last.failure.error if last.failure else "") if over else said(last)
    return ", ".join(part for part in (often, attempts, what) if part)
