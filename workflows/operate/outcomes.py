"""What became of a request: the document that `--json` gives, and the remedy for what failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workflows.operate.executions import RUNNING, Execution
from workflows.operate.timeline import Failure
from workflows.vending import errors
from workflows.vending.creation_failures import FAILURE_REASONS
from workflows.vending.errors import VendingError

_STOPPED = {
    "ABORTED": "The execution was stopped by hand.",
    "TIMED_OUT": "The execution took longer than the state machine allows.",
}
_ANY_REMEDY = "Mend the cause, then redrive the execution: it goes on at the state that failed."
_CREATION_FAILED = re.compile(r" was not created: ([A-Z_]+)\.")


def document(execution: Execution, item: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The outcome of a request.

    Args:
        execution: as DescribeExecution tells it.
        item: the registry's item of its address, for what the execution itself does not say yet.
    """
    output = execution.output if isinstance(execution.output, dict) else {}
    outcome: dict[str, Any] = {
        "requestId": request_id(execution, item),
        "executionArn": execution.arn,
        "status": execution.status,
        "account": _part(output, "account", ("id", "name", "address", "organizationalUnit"))
        or _account(item),
        "owner": _part(output, "owner", ("email", "name")) or _owner(item),
    }
    if not execution.running and not execution.succeeded:
        outcome["error"] = error(execution)
    return outcome


def just_started(request_id: str, arn: str) -> dict[str, Any]:
    """The outcome of a request whose execution was started a moment ago."""
    return {
        "requestId": request_id,
        "executionArn": arn,
        "status": RUNNING,
        "account": None,
        "owner": None,
    }


def request_id(execution: Execution, item: Mapping[str, Any] | None = None) -> str:
    """The id of the request an execution serves: from its output, the registry, its input, or its name."""
    output = execution.output if isinstance(execution.output, dict) else {}
    return str(output.get("requestId") or (item or {}).get("requestId") or execution.request_id)


def error(execution: Execution) -> dict[str, str]:
    """What an execution failed with: the error's name, what happened, and what to do."""
    failure = execution.failure or Failure(execution.status, "")
    fallback = _STOPPED.get(execution.status, "")
    message, remedy = explained(Failure(failure.error, failure.message or fallback))
    return {"name": failure.error, "message": message, "remedy": remedy}


def explained(failure: Failure) -> tuple[str, str]:
    """The message of a failure without its remedy, and the remedy."""
    remedy = _remedy(failure) or _ANY_REMEDY
    message = failure.message.strip().removesuffix(remedy).strip()
    return message or meaning(failure.error) or failure.error, remedy


def meaning(error_name: str) -> str:
    """What an error name means; empty for errors that are not this product's."""
    kind = _kind(error_name)
    return kind.meaning if kind else ""


def _remedy(failure: Failure) -> str:
    found = _CREATION_FAILED.search(failure.message)
    if failure.error == errors.AccountCreationFailed.__name__ and found and found[1] in FAILURE_REASONS:
        return FAILURE_REASONS[found[1]].remedy
    kind = _kind(failure.error)
    return kind.remedy if kind else ""


def _kind(error_name: str) -> type[VendingError] | None:
    kind = getattr(errors, error_name, None)
    return kind if isinstance(kind, type) and issubclass(kind, VendingError) else None


def _part(output: Mapping[str, Any], key: str, fields: tuple[str, ...]) -> dict[str, Any] | None:
    part = output.get(key)
    return {name: part.get(name) for name in fields} if isinstance(part, dict) else None


def _account(item: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not item:
        return None
    return {
        "id": item.get("accountId"),
        "name": item.get("accountName"),
        "address": item.get("address"),
        "organizationalUnit": item.get("organizationalUnit"),
    }


def _owner(item: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not item:
        return None
    return {"email": list(item.get("ownerEmails", [])), "name": item.get("ownerName", "")}
