"""Starting the execution of a request: once for each request, however often it is sent."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.operate.executions import Execution, Executions, NameInUse
from workflows.operate.next_step import meets_it_again, refusal
from workflows.operate.outcomes import explained
from workflows.operate.problems import EarlierRequestFailed, StillStarting
from workflows.operate.requests import MAX_NAME, Request
from workflows.vending.registry import Registry, is_cancelled
from workflows.vending.shell import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_STARTS = 100
"""Executions of one request; one more starts after a cancel, a correction, or when no redrive is possible."""
_LOOKS = 10
"""How often an execution is looked for that was started elsewhere a moment ago."""


@dataclass(frozen=True, slots=True)
class Started:
    """The execution that serves a request."""

    arn: str
    name: str
    earlier: Execution | None
    """The execution as it is, where an earlier one already serves the request; None for a fresh start."""
    differs: bool = False
    """Whether another content, sent before under the same request id, is what counts."""


def start(executions: Executions, registry: Registry, request: Request, *, seconds: float = 0.5) -> Started:
    """Start a request, or find the execution that already serves it.

    Args:
        executions: the executions of the state machine.
        registry: says what is reserved for the request.
        request: the request.
        seconds: pause between two looks for an execution that exists and cannot be read yet.

    Raises:
        EarlierRequestFailed: it was started before and failed, and waits for a redrive.
        StillStarting: its execution cannot be read yet.
    """
    latest: Execution | None = None
    for name in _names(request.execution_name):
        found = executions.find(executions.arn(name)) if latest else None
        if latest and not found and not _starts_anew(latest, registry, request):
            return Started(latest.arn, latest.name, latest, differs=_differs(latest, request))
        if not found:
            try:
                arn = executions.start(name, request.execution_input)
                return Started(arn, name, None, differs=_is_bound(latest, registry, request))
            except NameInUse:
                found = _described(executions, name, seconds)
        if found.request_id != request.request_id:
            continue  # another request has this very name as its id
        if found.running:
            return Started(found.arn, name, found, differs=_differs(found, request))
        latest = found
    raise EarlierRequestFailed(f"{request.source}: the request was started too often; give it another --id.")


def _described(executions: Executions, name: str, seconds: float) -> Execution:
    """An execution that exists; DescribeExecution may lag behind its start."""
    for _ in range(_LOOKS):
        if found := executions.find(executions.arn(name)):
            return found
        time.sleep(seconds)
    raise StillStarting(
        f"{name} was started a moment ago and cannot be read yet: run the same command again."
    )


def _names(first: str) -> Iterator[str]:
    """The names that the executions of a request may have, in the order in which they are started."""
    yield first
    for count in range(2, _MOST_STARTS + 1):
        ending = f"-{count}"
        yield first[: MAX_NAME - len(ending)] + ending


def _starts_anew(latest: Execution, registry: Registry, request: Request) -> bool:
    """Whether a request that has ended may be started once more; False where it ended well.

    Raises:
        EarlierRequestFailed: a redrive would finish it.
    """
    item = registry.reserved(request.request_id)
    if item and is_cancelled(item):
        return True
    if latest.succeeded:
        return False
    if meets_it_again(latest) or refusal(latest) or (item is None and _differs(latest, request)):
        return True  # with what is reserved, if anything is: the request id is the same
    message, remedy = explained(latest.failure) if latest.failure else (latest.status, "")
    raise EarlierRequestFailed(
        f"{request.source}: this request was started before and ended {latest.status}: {message} {remedy} "
        f"Run it again from the step that failed with `{typed('redrive', latest.name)}`, "
        "or ask for one more account with --another."
    )


def _is_bound(latest: Execution | None, registry: Registry, request: Request) -> bool:
    """Whether owner, name and unit are those of another content, reserved before under the same id."""
    if latest is None or not _differs(latest, request):
        return False
    item = registry.reserved(request.request_id)
    return item is not None and not is_cancelled(item)


def _differs(earlier: Execution, request: Request) -> bool:
    return bool(_parsed(earlier.input) != _parsed(request.execution_input))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
