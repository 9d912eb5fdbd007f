"""One builder of executions as DescribeExecution tells them."""

from __future__ import annotations

from datetime import UTC, datetime

from workflows.operate.executions import Execution
from workflows.operate.timeline import Failure

NAME = "payments-0123"


def an_execution(**changes):
    whole = {
        "arn": f"arn:aws:states:us-east-1:123456789012:execution:VendAccount:{NAME}",
        "name": NAME,
        "status": "RUNNING",
        "started": datetime(2026, 5, 11, 12, 0, tzinfo=UTC),
        "stopped": None,
        "input": "{}",
        "output": None,
        "failure": None,
        "redrive_count": 0,
        "redrivable": False,
        "redrive_reason": "",
    }
    return Execution(**(whole | changes))


def failed(error, message, **changes):
    stopped = datetime(2026, 5, 11, 12, 5, tzinfo=UTC)
    whole = {"status": "FAILED", "failure": Failure(error, message), "stopped": stopped, "redrivable": True}
    return an_execution(**(whole | changes))
