"""What a running execution waits for, as far as its history and its state machine tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.operate.timeline import StateRun, Status

_DEFAULT_INTERVAL = 1
_DEFAULT_BACKOFF = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Why an execution stands still."""

    reason: str
    """The error's name for a Retry, else the name of the state that waits."""
    message: str
    next_at: datetime | None
    """The latest moment at which it goes on; None if that cannot be told."""


def waits_for(run: StateRun | None, definition: Mapping[str, Any]) -> Waiting | None:
    """What the current state of a running execution waits for; None if it is at work.

    Args:
        run: the state the execution is in.
        definition: the state machine in Amazon States Language; may be empty.
    """
    if run is None or run.status.over:
        return None
    state = definition.get("States", {}).get(run.name, {})
    if run.status is Status.TRYING_AGAIN and run.failure:
        longest = _longest_delay(state, run.failure.error, run.attempts)
        return Waiting(
            reason=run.failure.error,
            message=run.failure.message,
            next_at=run.since + longest if longest is not None else None,
        )
    if run.kind == "Wait":
        seconds = _constant(state.get("Seconds"))
        return Waiting(
            reason=run.name,
            message="It looks again when the wait is over.",
            next_at=run.started + timedelta(seconds=seconds) if seconds is not None else None,
        )
    return None


def _constant(value: Any) -> float | None:
    """A number, or the number that a JSONata expression such as `{% 20 %}` is."""
    text = str(value).removeprefix("{%").removesuffix("%}").strip()
    return float(text) if text.replace(".", "", 1).isdecimal() else None


def _longest_delay(state: Mapping[str, Any], error: str, attempts: int) -> timedelta | None:
    """The delay of a Retry before its jitter (Amazon States Language, Retrying after error)."""
    for retrier in state.get("Retry", []):
        if {error, "States.ALL", "States.TaskFailed"} & set(retrier.get("ErrorEquals", [])):
            interval = float(retrier.get("IntervalSeconds", _DEFAULT_INTERVAL))
            backoff = float(retrier.get("BackoffRate", _DEFAULT_BACKOFF))
            most = float(retrier.get("MaxDelaySeconds", 31_622_400))
            return timedelta(seconds=_grown(interval, backoff, attempts - 1, most))
    return None


def _grown(interval: float, backoff: float, times: int, most: float) -> float:
    delay = interval
    for _ in range(times):
        if delay >= most or backoff <= 1:
            break
        delay *= backoff
    return min(delay, most)
