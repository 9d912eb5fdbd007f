"""An execution's history folded into what a person follows: the states it entered, one run each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Where one run of a state stands."""

    RUNNING = "RUNNING"
    TRYING_AGAIN = "TRYING_AGAIN"
    """An attempt failed; a Retry of the state waits for its delay."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen in this run."""
        return self not in (Status.RUNNING, Status.TRYING_AGAIN)


@dataclass(frozen=True, slots=True)
class Failure:
    """What an attempt, or an execution, failed with."""

    error: str
    """The error's name, as a Retry matches it."""
    message: str


@dataclass(slots=True, kw_only=True)
class StateRun:
    """One entry into a state, with all its attempts."""

    name: str
    kind: str
    """Task, Wait, Choice, Pass, Succeed, Fail, Map or Parallel."""
    started: datetime
    ended: datetime | None = None
    status: Status = Status.RUNNING
    attempts: int = 0
    redrive: int = 0
    """How often the execution had been redriven before this run."""
    failure: Failure | None = None
    """The last attempt's failure; a later success leaves it, so that the history shows it."""
    since: datetime
    """When the run came to its present status."""
    result: Any = None
    """What the last attempt answered; None for states that do nothing but steer."""

    def duration(self, now: datetime) -> timedelta:
        """How long the run took, or has been taking."""
        return max((self.ended or now) - self.started, timedelta())


@dataclass(slots=True)
class Timeline:
    """An execution as its events tell it; events are added as they arrive, in order."""

    runs: list[StateRun] = field(default_factory=list)
    started: datetime | None = None
    redrives: list[datetime] = field(default_factory=list)
    last_event: int = 0
    """Id of the last event taken; 0 before any."""
    closed: bool = False
    """Whether the last event taken ended the execution."""

    def take(self, events: Iterable[Mapping[str, Any]]) -> list[StateRun]:
        """Add events, and return the runs they changed, each once, in order."""
        changed: list[StateRun] = []
        for event in events:
            for run in self._take(event):
                if not any(run is one for one in changed):
                    changed.append(run)
        return changed

    @property
    def current(self) -> StateRun | None:
        """The state the execution is in, or was in when it ended."""
        return self.runs[-1] if self.runs else None

    def _take(self, event: Mapping[str, Any]) -> list[StateRun]:
        self.last_event = event["id"]
        kind, at = event["type"], event["timestamp"]
        self.closed = kind in _ENDS
        if kind == "ExecutionStarted":
            self.started = at
        elif kind == "ExecutionRedriven":
            self.redrives.append(at)
        elif kind.endswith("StateEntered"):
            name = event["stateEnteredEventDetails"]["name"]
            return [self._enter(name, kind.removesuffix("StateEntered"), at)]
        elif kind.endswith("StateExited"):
            name = event["stateExitedEventDetails"]["name"]
            return [self._leave(name, kind.removesuffix("StateExited"), at)]
        elif kind in _ENDS:
            return self._end(_ENDS[kind], at, _failure(event))
        elif (run := self.current) is not None:
            return self._attempt(run, kind, at, event)
        return []

    def _enter(self, name: str, kind: str, at: datetime) -> StateRun:
        run = StateRun(name=name, kind=kind, started=at, since=at, redrive=len(self.redrives))
        self.runs.append(run)
        return run

    def _leave(self, name: str, kind: str, at: datetime) -> StateRun:
        run = next((one for one in reversed(self.runs) if one.name == name and not one.status.over), None)
        if run is None:  # redriven, and finished without being entered again
            run = self._enter(name, kind, self.redrives[-1] if self.redrives else at)
        run.status, run.ended, run.since = Status.SUCCEEDED, at, at
        return run

    def _end(self, status: Status, at: datetime, failure: Failure | None) -> list[StateRun]:
        open_runs = [run for run in self.runs if not run.status.over]
        for run in open_runs:
            run.status, run.ended, run.since = status, at, at
            run.failure = run.failure if status is Status.FAILED and run.failure else failure or run.failure
        return open_runs

    def _attempt(self, run: StateRun, kind: str, at: datetime, event: Mapping[str, Any]) -> list[StateRun]:
        if kind.endswith("Scheduled"):
            if run.status.over:
                # AWS redrives a Task by scheduling it again, without entering its state again.
                run = self._enter(run.name, run.kind, at)
            run.attempts += 1
            run.status, run.since = Status.RUNNING, at
        elif kind.endswith(("Failed", "TimedOut")):
            run.status, run.since, run.failure = Status.TRYING_AGAIN, at, _failure(event)
        elif kind.endswith("Succeeded"):
            run.result = _result(event)
        else:
            return []
        return [run]


_ENDS = {
    "ExecutionSucceeded": Status.SUCCEEDED,
    "ExecutionFailed": Status.FAILED,
    "ExecutionTimedOut": Status.TIMED_OUT,
    "ExecutionAborted": Status.ABORTED,
}


def message_of(cause: str) -> str:
    """What a cause says to a person: a Lambda function's is JSON around its errorMessage."""
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return message if isinstance(message, str) else cause


def _failure(event: Mapping[str, Any]) -> Failure | None:
    details = _details(event)
    if "error" not in details and "cause" not in details:
        return None
    return Failure(details.get("error") or "Unknown", message_of(details.get("cause") or ""))


def _result(event: Mapping[str, Any]) -> Any:
    try:
        result = json.loads(_details(event).get("output", "null"))
    except ValueError:
        return None
    return result["Payload"] if isinstance(result, dict) and "Payload" in result else result


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((value for key, value in event.items() if key.endswith("EventDetails")), {})
