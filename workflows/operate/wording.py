"""Times, durations, states and answers in words a person reads at a glance."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from workflows.operate.outcomes import explained
from workflows.operate.timeline import StateRun, Status

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SHORT = 10
_LONGEST_RESULT = 80
_TELLING = ("answer", "createRequestId", "id", "accountId", "address")
"""What is shown of an answer: the first of these it has."""

WORDS = {
    Status.RUNNING: "running",
    Status.TRYING_AGAIN: "tries again",
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.TIMED_OUT: "timed out",
    Status.ABORTED: "stopped",
}
STYLES = {
    "RUNNING": "cyan",
    "TRYING_AGAIN": "yellow",
    "PENDING_REDRIVE": "yellow",
    "SUCCEEDED": "green",
    "FAILED": "bold red",
    "TIMED_OUT": "bold red",
    "ABORTED": "bold red",
    "RESERVED": "cyan",
    "CREATING": "cyan",
    "ACTIVE": "green",
    "RETIRED": "dim",
    "CLOSED": "dim",
}
"""Styles of statuses: of state runs, executions and addresses."""


def duration(span: timedelta) -> str:
    """A duration such as `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min` or `3 d 4 h`."""
    seconds = max(span.total_seconds(), 0.0)
    if seconds < _SHORT:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def moment(at: datetime, now: datetime) -> str:
    """A time in the operator's own zone: `14:03:59`, with the date if it is not today's."""
    here, today = at.astimezone(), now.astimezone()
    return here.strftime("%H:%M:%S" if here.date() == today.date() else "%Y-%m-%d %H:%M:%S")


def times(count: int) -> str:
    """How often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def said(run: StateRun) -> str:
    """What there is to say about a run besides its status: the failure without its remedy, or the answer."""
    if run.failure and run.status is not Status.SUCCEEDED:
        message, _ = explained(run.failure)
        return f"{run.failure.error}: {message}".removesuffix(f": {run.failure.error}")
    return in_short(run.result)


def in_short(result: Any) -> str:
    """What matters of an answer, cut to a glance; empty for what says nothing."""
    if isinstance(result, str):
        return _cut(result)
    if not isinstance(result, dict):
        return ""
    parts = {**result, **result["account"]} if isinstance(result.get("account"), dict) else result
    return _cut(next((parts[key] for key in _TELLING if isinstance(parts.get(key), str)), ""))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_RESULT else f"{text[: _LONGEST_RESULT - 1]}…"
