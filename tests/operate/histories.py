"""Execution histories as Step Functions writes them, built event by event."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 5, 11, 12, 0, tzinfo=UTC)
INVOKE = {"resourceType": "lambda", "resource": "invoke"}


class History:
    """The events of an execution, one second apart unless told."""

    def __init__(self):
        self.events = []
        self.now = NOON
        self.add("ExecutionStarted", executionStartedEventDetails={"input": "{}"})

    def add(self, kind, *, after=1.0, **details):
        if self.events:
            self.now += timedelta(seconds=after)
        self.events.append({"id": len(self.events) + 1, "type": kind, "timestamp": self.now, **details})
        return self

    def enter(self, name, kind="Task"):
        return self.add(f"{kind}StateEntered", stateEnteredEventDetails={"name": name})

    def leave(self, name, kind="Task", **when):
        return self.add(f"{kind}StateExited", **when, stateExitedEventDetails={"name": name})

    def attempt(self):
        return self.add("TaskScheduled").add("TaskStarted", after=0)

    def answer(self, payload):
        output = json.dumps({"StatusCode": 200, "Payload": payload})
        return self.add("TaskSucceeded", taskSucceededEventDetails={**INVOKE, "output": output})

    def fail(self, error, message):
        cause = json.dumps({"errorType": error, "errorMessage": message, "stackTrace": []})
        return self.add("TaskFailed", taskFailedEventDetails={**INVOKE, "error": error, "cause": cause})

    def task(self, name, payload=None):
        return self.enter(name).attempt().answer(payload).leave(name)

    def end(self, how, **details):
        return self.add(f"Execution{how}", **({f"execution{how}EventDetails": details} if details else {}))

    def redrive(self):
        return self.add("ExecutionRedriven", executionRedrivenEventDetails={"redriveCount": 1})
