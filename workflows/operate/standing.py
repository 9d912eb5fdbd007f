"""Where a request stands: everything `vend status` and `vend history` tell about one execution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workflows.operate import outcomes
from workflows.operate.executions import Execution
from workflows.operate.look_up import find_execution
from workflows.operate.next_step import next_step
from workflows.operate.timeline import StateRun, Timeline
from workflows.operate.waiting import Waiting, waits_for

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Standing:
    """An execution, its history so far, and what the registry knows about its account."""

    execution: Execution
    timeline: Timeline
    item: Mapping[str, Any] | None
    waiting: Waiting | None

    @property
    def next_command(self) -> str:
        """The command an operator uses next."""
        return next_step(self.execution, self.item).command

    def document(self) -> dict[str, Any]:
        """The standing as one JSON document: the outcome so far, and what it waits for."""
        state = self.timeline.current
        return {
            **outcomes.document(self.execution, self.item),
            "startedAt": self.execution.started,
            "stoppedAt": self.execution.stopped,
            "redriveCount": self.execution.redrive_count,
            "state": {"name": state.name, "status": state.status, "since": state.since} if state else None,
            "waitsFor": _waiting(self.waiting),
            "next": self.next_command,
        }

    def history(self) -> dict[str, Any]:
        """The history as one JSON document."""
        return {
            "requestId": outcomes.request_id(self.execution, self.item),
            "executionArn": self.execution.arn,
            "status": self.execution.status,
            "redrives": self.timeline.redrives,
            "states": [_state(run) for run in self.timeline.runs],
        }


def standing(deployment: Deployment, named: str) -> Standing:
    """Find out where the request stands that an operator names somehow.

    Raises:
        RequestNotFound: no execution is named so.
    """
    execution, item = find_execution(deployment, named)
    timeline = Timeline()
    timeline.take(deployment.executions.events(execution.arn))
    waiting = None
    if execution.running:
        waiting = waits_for(timeline.current, deployment.executions.definition(execution.arn))
    return Standing(execution, timeline, item, waiting)


def _waiting(waiting: Waiting | None) -> dict[str, Any] | None:
    if waiting is None:
        return None
    return {"reason": waiting.reason, "message": waiting.message, "until": waiting.next_at}


def _state(run: StateRun) -> dict[str, Any]:
    ended: datetime | None = run.ended
    failure = {"name": run.failure.error, "message": run.failure.message} if run.failure else None
    return {
        "name": run.name,
        "type": run.kind,
        "status": run.status,
        "attempts": run.attempts,
        "startedAt": run.started,
        "endedAt": ended,
        "seconds": round((ended - run.started).total_seconds(), 3) if ended else None,
        "redrive": run.redrive,
        "result": run.result,
        "error": failure,
    }
