"""Redriving executions: one by name, or all that failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from workflows.operate.clients import explain
from workflows.operate.look_up import item_of
from workflows.operate.outcomes import NEEDS_ANOTHER_REQUEST
from workflows.operate.problems import CommandProblem, RedriveRefused
from workflows.vending.registry import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.operate.deployment import Deployment
    from workflows.operate.executions import Execution, Executions

_REDRIVE_WITHIN = timedelta(days=14)
REDRIVEN, LEFT = "REDRIVEN", "LEFT"
"""What was done with a failed execution: redriven, or left as it is."""


def redrive(executions: Executions, execution: Execution) -> None:
    """Run a failed execution again from the state that failed.

    Raises:
        RedriveRefused: AWS would refuse, or does; the message says why.
    """
    if why_not := refusal(execution):
        raise RedriveRefused(f"{execution.name} cannot be redriven: {why_not}.")
    try:
        executions.redrive(execution.arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionNotRedrivable":
            raise
        reason = error.response["Error"].get("Message", "").rstrip(".")
        raise RedriveRefused(f"{execution.name} cannot be redriven: {reason}.") from error


def refusal(execution: Execution, now: datetime | None = None) -> str | None:
    """Why an execution cannot be redriven, or None (Step Functions developer guide, Redriving executions)."""
    if execution.running:
        return f"it is running; `vend watch {execution.name}` follows it"
    if execution.succeeded:
        return "it has succeeded, there is nothing to run again"
    age = (now or datetime.now(UTC)) - execution.stopped if execution.stopped else timedelta()
    if age > _REDRIVE_WITHIN:
        return (
            f"it ended {age.days} days ago and AWS redrives for 14; docs/operate.md says how to start it "
            "again under its request id"
        )
    if not execution.redrivable:
        return execution.redrive_reason.rstrip(".") or "Step Functions says it is not redrivable"
    return None


def redrive_all_failed(deployment: Deployment) -> Iterator[dict[str, Any]]:
    """Redrive every execution that failed or timed out, and yield what was done with each.

    Left alone are those stopped by hand, those whose request was cancelled, and those AWS would refuse.
    """
    for status in ("FAILED", "TIMED_OUT"):
        for arn in list(deployment.executions.arns(status)):
            execution = deployment.executions.find(arn)
            if execution is None or execution.running or execution.succeeded:
                continue
            why_left = _try(deployment, execution)
            yield {
                "executionArn": arn,
                "execution": execution.name,
                "status": LEFT if why_left else REDRIVEN,
                "redriveCount": execution.redrive_count + (0 if why_left else 1),
                "reason": why_left or (execution.failure.error if execution.failure else execution.status),
            }


def _try(deployment: Deployment, execution: Execution) -> str | None:
    """Redrive an execution, or say why it is left alone."""
    item = item_of(deployment, execution)
    if item and item.get("status") == Status.RETIRED:
        return "its request was cancelled"
    if execution.failure and execution.failure.error in NEEDS_ANOTHER_REQUEST:
        return f"{execution.failure.error}: correct the request and send it again"
    try:
        redrive(deployment.executions, execution)
    except RedriveRefused as problem:
        return str(problem)
    except ClientError as error:
        return str(explain(error) or CommandProblem(error))
    return None
