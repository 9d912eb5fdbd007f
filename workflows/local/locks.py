"""Locks for what moto changes without any: calls overlap, and none of their writes may be lost."""

from __future__ import annotations

import functools
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from moto.sqs import models

from workflows.local import seams

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.local.calls import Call

_LOCKS: dict[str, AbstractContextManager[Any]] = {
    "dynamodb": threading.RLock(),
    "organizations": threading.RLock(),
    "stepfunctions": threading.RLock(),
}
_WAITS = {("stepfunctions", "GetActivityTask"), ("stepfunctions", "StartSyncExecution")}
"""Operations that wait for something other calls must bring about."""

_QUEUES = threading.RLock()
_QUEUE_METHODS = (
    "create_queue",
    "delete_queue",
    "set_queue_attributes",
    "send_message",
    "send_message_batch",
    "delete_message",
    "delete_message_batch",
    "change_message_visibility",
    "change_message_visibility_batch",
    "purge_queue",
)


def lock_for(call: Call) -> AbstractContextManager[Any]:
    """The lock to hold while the call is carried out."""
    if (call.service, call.operation) in _WAITS:
        return nullcontext()
    return _LOCKS.get(call.service, nullcontext())


def protect_queues() -> None:
    """Put one lock around moto's queues, which SNS and EventBridge fill without passing the front door."""
    backend = models.SQSBackend
    for name in _QUEUE_METHODS:
        seams.replace(backend, name, _locked(seams.original(backend, name)))
    seams.replace(backend, "receive_message", _receiving(seams.original(backend, "receive_message")))


def _locked(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def locked(*arguments: Any, **named: Any) -> Any:
        with _QUEUES:
            return method(*arguments, **named)

    return locked


def _receiving(receive: Callable[..., Any]) -> Callable[..., Any]:
    """Looks under the lock and waits outside it: a long poll holds up nobody who wants to send."""

    @functools.wraps(receive)
    def received(
        self: Any, queue_name: str, count: int, wait_seconds_timeout: int, *rest: Any, **named: Any
    ) -> list[Any]:
        until = time.monotonic() + (wait_seconds_timeout or 0)
        while True:
            with _QUEUES:
                found: list[Any] = receive(self, queue_name, count, 0, *rest, **named)
            if found or time.monotonic() >= until:
                return found
            self.get_queue(queue_name).wait_for_messages(min(1.0, until - time.monotonic()))

    return received
