"""What an execution tells of itself: its status, whether it can be redriven, and the event about it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

_REDRIVABLE_FOR = dt.timedelta(days=14)


def status(execution: Any) -> str:
    """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
    return str(getattr(execution.exec_status, "value", execution.exec_status))


def is_running(execution: Any) -> bool:
    """Whether it has not ended."""
    return status(execution) == "RUNNING"


def redrive_count(execution: Any) -> int:
    """How often it was redriven."""
    return int(getattr(execution, "redrive_count", 0))


def output(execution: Any) -> str:
    """The output of a succeeded execution as JSON text."""
    return json.dumps(execution.output, separators=(",", ":"), default=str)


def now() -> dt.datetime:
    """The present time, in UTC."""
    return dt.datetime.now(tz=dt.UTC)


def iso(moment: dt.datetime) -> str:
    """A time as the context object and the history show it."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_detail(execution: Any) -> dict[str, Any]:
    """The `detail` of AWS's event `Step Functions Execution Status Change`."""

    def milliseconds(moment: dt.datetime | None) -> int | None:
        return None if moment is None else int(moment.timestamp() * 1000)

    succeeded = status(execution) == "SUCCEEDED"
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status(execution),
        "startDate": milliseconds(execution.start_date),
        "stopDate": milliseconds(execution.stop_date),
        "input": execution.execution_input,
        "output": output(execution) if succeeded else None,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": redrive_count(execution),
        "redriveDate": milliseconds(getattr(execution, "redrive_date", None)),
        "redriveStatus": "NOT_REDRIVABLE" if succeeded or is_running(execution) else "REDRIVABLE",
        "redriveStatusReason": redrive_status_reason(execution),
        "inputDetails": {"included": True},
        "outputDetails": {"included": True} if succeeded else None,
        "error": execution.error,
        "cause": execution.cause,
    }


def redrive_status_reason(execution: Any) -> str | None:
    """Why it cannot be redriven, None when it can."""
    if status(execution) in {"RUNNING", "SUCCEEDED"}:
        return f"Execution is {status(execution)} and cannot be redriven"
    if execution.stop_date and now() - execution.stop_date > _REDRIVABLE_FOR:
        return "Execution redrivable period exceeded"
    return None
