"""The screens of `vend status` and `vend history`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.text import Text

from workflows.operate import outcomes, tables
from workflows.operate.wording import STYLES, WORDS, duration, moment, times

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from workflows.operate.standing import Standing


def status_screen(standing: Standing) -> Table:
    """Where a request stands, on one screen."""
    now = datetime.now(UTC)
    document = outcomes.document(standing.execution, standing.item)
    account, error = document["account"] or {}, document.get("error") or {}
    return tables.facts(
        [
            ("Request", Text(document["requestId"], style="bold")),
            ("Execution", standing.execution.name),
            ("Status", _status(standing, now)),
            ("State", _state(standing, now)),
            ("Waits for", _waits_for(standing, now)),
            ("Account", account.get("name")),
            ("Account id", account.get("id")),
            ("Address", account.get("address")),
            ("Unit", account.get("organizationalUnit")),
            ("Owner", tables.owner_text(document["owner"] or {})),
            ("Error", Text(str(error.get("name", "")), style="bold red")),
            ("What happened", error.get("message")),
            ("What to do", error.get("remedy")),
            ("Next", Text(standing.next_command, style="bold")),
        ]
    )


def history_screen(standing: Standing) -> list[RenderableType]:
    """The history of an execution, below what it is."""
    now = datetime.now(UTC)
    heading = Text(standing.execution.name, style="bold").append("  ").append(_status(standing, now))
    return [heading, tables.history(standing.timeline, now)]


def _status(standing: Standing, now: datetime) -> Text:
    execution = standing.execution
    text = tables.status_text(execution.status)
    if execution.running:
        text.append(f" since {moment(execution.started, now)}", style="default")
        text.append(f" for {duration(now - execution.started)}", style="default")
    elif execution.stopped:
        text.append(f" at {moment(execution.stopped, now)}", style="default")
        text.append(f" after {duration(execution.stopped - execution.started)}", style="default")
    if execution.redrive_count:
        text.append(f", redriven {times(execution.redrive_count)}", style="default")
    return text


def _state(standing: Standing, now: datetime) -> Text | None:
    run = standing.timeline.current
    if run is None or standing.execution.succeeded:
        return None
    text = Text(f"{run.name} ").append(WORDS[run.status], style=STYLES[run.status])
    if run.attempts > 1:
        text.append(f", attempt {run.attempts}")
    since = f" since {moment(run.since, now)}"
    return text.append(f"{since} ({duration(now - run.since)})" if standing.execution.running else since)


def _waits_for(standing: Standing, now: datetime) -> str:
    waiting = standing.waiting
    if waiting is None:
        return ""
    text = f"{waiting.reason}: {waiting.message}"
    if waiting.next_at:
        left = waiting.next_at - now
        within = f"within {duration(left)}" if left > timedelta() else "any moment"
        text += f" It goes on {within}, at {moment(waiting.next_at, now)} at the latest."
    return text
