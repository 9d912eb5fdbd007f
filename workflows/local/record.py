"""Keeps what was called, for `GET /_local/calls`: every call in order of arrival, blobs as their length."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workflows.local.email_rules import from_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.local.calls import Call

_CALLS_KEPT = 200_000


@dataclass(slots=True)
class Recorded:
    """One recorded call; `status` is None while it runs, and for ever when its connection was closed."""

    service: str
    operation: str
    principal: str | None
    request: str
    sender: str = ""
    """From address of a raw mail: what a policy may ask for, and the request does not show."""
    status: int | None = None
    error: str | None = None

    def as_document(self) -> dict[str, Any]:
        """The call as `GET /_local/calls` shows it."""
        return {
            "service": self.service,
            "operation": self.operation,
            "principal": self.principal,
            "request": json.loads(self.request),
            **({"sender": self.sender} if self.sender else {}),
            "status": self.status,
            "error": self.error,
        }


class Recorder:
    """The record of calls, the oldest dropped after 200,000."""

    def __init__(self) -> None:
        self._calls: deque[Recorded] = deque(maxlen=_CALLS_KEPT)
        self._lock = threading.Lock()

    def begin(self, call: Call) -> Recorded:
        """Note that a call arrived; the caller fills in status and error when it is answered."""
        # As text: a snapshot that nobody changes afterwards, and a fraction of the memory of nested dicts.
        request = json.dumps(readable(call.request), separators=(",", ":"))
        noted = Recorded(call.service, call.operation, call.principal, request, _sender(call))
        with self._lock:
            self._calls.append(noted)
        return noted

    def matching(self, **wanted: str) -> list[dict[str, Any]]:
        """The recorded calls, oldest first, whose service, operation, principal or error are as given.

        `match` is a text that the request must contain.
        """
        return [noted.as_document() for noted in self._snapshot() if _matches(noted, wanted)]

    def clear(self) -> None:
        """Forget every call."""
        with self._lock:
            self._calls.clear()

    def _snapshot(self) -> list[Recorded]:
        with self._lock:
            return list(self._calls)


def readable(value: Any) -> Any:
    """A request as JSON can hold it: blobs as their length, times as ISO 8601."""
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): readable(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(member) for member in value]
    return value


def texts(value: Any) -> Iterator[str]:
    """Every text inside a request, blobs read as UTF-8 where they are."""
    if isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, dict):
        for name, member in value.items():
            yield str(name)
            yield from texts(member)
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from texts(member)
    else:
        yield str(value)


def _sender(call: Call) -> str:
    content = call.request.get("Content") if call.operation == "SendEmail" else None
    raw = ((content or {}).get("Raw") or {}).get("Data")
    return from_address(raw) if raw else ""


def _matches(noted: Recorded, wanted: dict[str, str]) -> bool:
    return all(
        value in noted.request if name == "match" else getattr(noted, name) == value
        for name, value in wanted.items()
    )
