"""Redriving executions: one by name, or all that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from workflows.operate.aws_errors import problem_of
from workflows.operate.look_up import item_of
from workflows.operate.next_step import another_goes_on, is_given_up, meets_it_again, refusal
from workflows.operate.problems import RedriveRefused
from workflows.vending.shell import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_stepfunctions.literals import ExecutionStatusType

    from workflows.operate.deployment import Deployment
    from workflows.operate.executions import Execution, Executions

_BAD_ENDS: tuple[ExecutionStatusType, ...] = ("FAILED", "TIMED_OUT")
REDRIVEN, LEFT, REFUSED = "REDRIVEN", "LEFT", "REFUSED"
"""What was done with a failed execution: redriven, left as it is for a reason, or AWS did not answer well."""


def redrive(executions: Executions, execution: Execution, item: Mapping[str, Any] | None) -> None:
    """Run a failed execution again from the state that failed.

    Raises:
        RedriveRefused: it makes no sense, or AWS would refuse, or does; the message says why.
    """
    if why_not := _why_not(execution, item):
        raise RedriveRefused(f"{execution.name} cannot be redriven: {why_not}.")
    try:
        executions.redrive(execution.arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionNotRedrivable":
            raise
        reason = error.response["Error"].get("Message", "").rstrip(".")
        raise RedriveRefused(f"{execution.name} cannot be redriven: {reason}.") from error


def all_failed(deployment: Deployment) -> list[str]:
    """The ARNs of all executions that failed or timed out."""
    executions = deployment.executions
    return [arn for status in _BAD_ENDS for arn in executions.arns(status)]


def redrive_all(deployment: Deployment, arns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Redrive executions that have failed, and yield what was done with each.

    Left alone are those stopped by hand, those whose request was cancelled, has to be corrected, or is served
    by another execution, and those AWS would refuse. What goes wrong with one stops no other.
    """
    for arn in arns:
        try:
            result = _try(deployment, arn)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            result = _result(arn, REFUSED, str(problem))
        if result:
            yield result


def _try(deployment: Deployment, arn: str) -> dict[str, Any] | None:
    """Redrive an execution, or say why it is left alone; None where it has not failed after all."""
    execution = deployment.executions.find(arn)
    if execution is None or execution.running or execution.succeeded:
        return None
    item = item_of(deployment, execution)
    if other := another_goes_on(execution, item):
        return _result(arn, LEFT, f"{other} goes on with its request", execution.redrive_count)
    if meets_it_again(execution) and not is_given_up(execution, item):
        error = execution.failure.error if execution.failure else execution.status
        reason = f"{error}: correct the request and send it again"
        return _result(arn, LEFT, reason, execution.redrive_count)
    try:
        redrive(deployment.executions, execution, item)
    except RedriveRefused as problem:
        return _result(arn, LEFT, str(problem), execution.redrive_count)
    reason = execution.failure.error if execution.failure else execution.status
    return _result(arn, REDRIVEN, reason, execution.redrive_count + 1)


def _result(arn: str, status: str, reason: str, redrive_count: int | None = None) -> dict[str, Any]:
    name = arn.rpartition(":")[2]
    return {
        "executionArn": arn,
        "execution": name,
        "status": status,
        "redriveCount": redrive_count,
        "reason": reason,
    }


def _why_not(execution: Execution, item: Mapping[str, Any] | None) -> str | None:
    if execution.running:
        return f"it is running; `{typed('watch', execution.name)}` follows it"
    if execution.succeeded:
        return "it has succeeded, there is nothing to run again"
    if is_given_up(execution, item):
        return "its request was cancelled; send it again if the account is wanted after all"
    if why_not := refusal(execution):
        return f"{why_not}; send its request again, and it goes on with the same address"
    return None
