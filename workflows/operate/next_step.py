"""What an operator does next about an execution, and why a redrive would not help."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from workflows.operate.executions import Execution
from workflows.vending.errors import RequestCancelled, every_error
from workflows.vending.registry import is_cancelled, superseded_by
from workflows.vending.shell import typed

Item = Mapping[str, Any]

_REDRIVE_WITHIN = timedelta(days=14)
_NEEDS_ANOTHER_REQUEST = {kind.__name__ for kind in every_error() if not kind.redrive_helps}
_SEND = "vend request FILE"


class NextStep(NamedTuple):
    """A command, and what it is good for."""

    command: str
    """As it is typed into a shell."""
    advice: str
    """The end of a sentence that begins with how the execution ended."""


def next_step(execution: Execution, item: Item | None) -> NextStep:
    """What to do next.

    Args:
        execution: as DescribeExecution tells it.
        item: the registry's item of the address that its request has now.
    """
    if execution.running:
        return NextStep(typed("watch", execution.name), "it goes on")
    if execution.succeeded:
        account = execution.output.get("account") if isinstance(execution.output, dict) else None
        shown = (account or {}).get("address") or execution.name
        return NextStep(typed("show", shown), "nothing is left to do")
    return _after_failure(execution, item)


def _after_failure(execution: Execution, item: Item | None) -> NextStep:
    if is_given_up(execution, item):
        return NextStep(_SEND, "send it again if the account is wanted after all")
    if other := another_goes_on(execution, item):
        status = typed("status", other)
        return NextStep(status, f"another execution goes on with its request, see `{status}`")
    if meets_it_again(execution):
        return NextStep(_SEND, "correct the request and send it again")
    if why := refusal(execution):
        return NextStep(_SEND, f"{why}; send the request again, and it goes on with the same address")
    redrive = typed("redrive", execution.name)
    return NextStep(redrive, f"`{redrive}` runs it again from the step that failed")


def advice(execution: Execution, item: Item | None) -> str:
    """How an execution ended, and what to do next, in one sentence."""
    error = execution.failure.error if execution.failure else execution.status
    with_error = f" with {error}" if error != execution.status else ""
    return f"{execution.name} ended {execution.status}{with_error}: {next_step(execution, item).advice}."


def is_given_up(execution: Execution, item: Item | None) -> bool:
    """Whether the request of an execution was cancelled."""
    told = execution.failure is not None and execution.failure.error == RequestCancelled.__name__
    return told or (item is not None and is_cancelled(item))


def another_goes_on(execution: Execution, item: Item | None) -> str | None:
    """The name of the execution that took the request over, or None."""
    return superseded_by(item, execution.arn, started_at=execution.started) if item else None


def meets_it_again(execution: Execution) -> bool:
    """Whether a redrive of the same request would meet the same error, whatever is mended."""
    return execution.failure is not None and execution.failure.error in _NEEDS_ANOTHER_REQUEST


def refusal(execution: Execution, now: datetime | None = None) -> str | None:
    """Why AWS would refuse to redrive an execution that failed, or None.

    Source: Step Functions developer guide, "Redriving executions".
    """
    age = (now or datetime.now(UTC)) - execution.stopped if execution.stopped else timedelta()
    if age > _REDRIVE_WITHIN:
        return f"it ended {age.days} days ago and AWS redrives for 14"
    if not execution.redrivable:
        return execution.redrive_reason.rstrip(".") or "Step Functions says it is not redrivable"
    return None
