"""Faults on order: lets a chosen call fail, or loses its answer, so that tests can show what happens then."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from workflows.local.calls import service_model
from workflows.local.record import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.local.calls import Call

When = Literal["before", "after"]
TIMEOUT = "Timeout"
"""Closes the connection without an answer."""
KILL = "Kill"
"""Kills the worker that calls, then closes the connection."""


class InvalidFault(Exception):
    """A fault was ordered that can never happen; the message says what is wrong with it."""


@dataclass(slots=True)
class Fault:
    """One fault on order.

    Args:
        service: boto3 client name.
        operation: API name.
        when: "before" the call reaches AWS, or "after" it happened (its answer is lost).
        error: the service's own error code, `Timeout` or `Kill`.
        message: sentence of the error.
        match: a text the request must contain; None matches all.
        principal: who must call; None matches everybody.
        times: how many calls it hits.
        skip: how many matching calls it lets pass first.
        members: further members of the error, for example `Reason`.
    """

    service: str
    operation: str
    when: When
    error: str
    message: str = "Fault on order."
    match: str | None = None
    principal: str | None = None
    times: int = 1
    skip: int = 0
    members: dict[str, Any] = field(default_factory=dict)

    def hits(self, call: Call) -> bool:
        """Whether this call is one the fault is meant for."""
        if (self.service, self.operation) != (call.service, call.operation):
            return False
        if self.principal is not None and self.principal != call.principal:
            return False
        return self.match is None or _contains(call, self.match)

    def as_document(self) -> dict[str, Any]:
        """The fault as it was ordered, with what is left of `times` and `skip`."""
        own = ("service", "operation", "when", "error", "message", "match", "principal", "times", "skip")
        return {name: getattr(self, name) for name in own} | self.members


class FaultBook:
    """The faults on order; each is struck out once it has hit as often as it should."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> None:
        """Add a fault behind those already on order."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Strike out every fault."""
        with self._lock:
            self._faults.clear()

    def open(self) -> list[dict[str, Any]]:
        """The faults that can still hit."""
        with self._lock:
            return [fault.as_document() for fault in self._faults]

    def take(self, call: Call, when: When) -> Fault | None:
        """The fault that hits this call now, if any; exactly `times` calls get it, however many race."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.when != when or not fault.hits(call):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault
        return None


def read_fault(document: Any) -> Fault:
    """The fault described by the body of `POST /_local/faults`; unknown members belong to the error.

    Raises:
        InvalidFault: a member is missing, has the wrong type, or names something AWS does not have.
    """
    if not isinstance(document, dict):
        raise InvalidFault("a fault is a JSON object: {service, operation, when, error}")
    for name in ("service", "operation", "error"):
        if not isinstance(document.get(name), str) or not document[name]:
            raise InvalidFault(f"`{name}` must be a text")
    when = document.get("when", "before")
    if when not in ("before", "after"):
        raise InvalidFault(f'`when` must be "before" or "after", not {when!r}')
    _check_operation(document["service"], document["operation"])
    own = {"service", "operation", "when", "error", "message", "match", "principal", "times", "skip"}
    return Fault(
        service=document["service"],
        operation=document["operation"],
        when=when,
        error=document["error"],
        message=_text(document, "message") or "Fault on order.",
        match=_text(document, "match"),
        principal=_text(document, "principal"),
        times=_number(document, "times", 1, at_least=1),
        skip=_number(document, "skip", 0, at_least=0),
        members={name: value for name, value in document.items() if name not in own},
    )


def _check_operation(service: str, operation: str) -> None:
    try:
        operations = service_model(service).operation_names
    except LookupError as error:
        raise InvalidFault(
            f"{error}: name it as a boto3 client, for example stepfunctions or sesv2"
        ) from error
    if operation not in operations:
        near = get_close_matches(operation, operations, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise InvalidFault(f"{service} has no operation {operation}{hint}")


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidFault(f"`{name}` must be a text")
    return value


def _number(document: Mapping[str, Any], name: str, default: int, *, at_least: int) -> int:
    value = document.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise InvalidFault(f"`{name}` must be a whole number from {at_least}")
    return value


def _contains(call: Call, text: str) -> bool:
    return text.encode() in call.body or any(text in one for one in texts(call.request))
