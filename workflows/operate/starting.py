"""Starting the execution of a request: once for each request, however often it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.operate.executions import Execution, Executions, NameInUse
from workflows.operate.outcomes import explained
from workflows.operate.problems import EarlierRequestFailed
from workflows.operate.requests import MAX_NAME, Request
from workflows.vending.registry import Registry, Status

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Started:
    """The execution that serves a request."""

    arn: str
    name: str
    earlier: Execution | None
    """The execution as it is, where an earlier one already serves the request; None for a fresh start."""
    differs: bool = False
    """Whether the earlier execution was started with another content under the same request id."""


def start(executions: Executions, registry: Registry, request: Request) -> Started:
    """Start a request, or find the execution that already serves it.

    Raises:
        EarlierRequestFailed: it was started before and failed, and waits for a redrive.
    """
    before: Execution | None = None
    for name in _names(request.execution_name):
        if before is not None and executions.find(executions.arn(name)) is None:
            _refuse_unless_given_up(before, registry, request)
        try:
            return Started(executions.start(name, request.execution_input), name, None)
        except NameInUse:
            before = executions.find(executions.arn(name))
        if before and (before.running or before.succeeded):
            return Started(before.arn, name, before, differs=_differs(before, request))
    raise EarlierRequestFailed(
        f"{request.source}: the request was cancelled too often; give it another --id."
    )


def _names(first: str) -> Iterator[str]:
    """The names a request may have: one more after each cancel."""
    yield first
    for count in range(2, 1000):
        ending = f"-{count}"
        yield first[: MAX_NAME - len(ending)] + ending


def _refuse_unless_given_up(failed: Execution, registry: Registry, request: Request) -> None:
    """Let a request start anew only when nothing is left of the failed one that a redrive would finish."""
    item = (request.request_id and registry.request(request.request_id)) or registry.request(failed.name)
    address = registry.address(str(item["address"])) if item and item.get("address") else None
    if address and address.get("status") == Status.RETIRED:
        return
    if item is None and _differs(failed, request):
        # It failed before anything was reserved; its corrected content is a new request under the same id.
        return
    message, remedy = explained(failed.failure) if failed.failure else (failed.status, "")
    raise EarlierRequestFailed(
        f"{request.source}: this request was started before and ended {failed.status}: {message} {remedy} "
        f"Run it again from the step that failed with `vend redrive {failed.name}`, "
        "or ask for one more account with --another."
    )


def _differs(earlier: Execution, request: Request) -> bool:
    return bool(_parsed(earlier.input) != _parsed(request.execution_input))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
