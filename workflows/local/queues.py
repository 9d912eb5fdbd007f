"""SQS as a source of events for Lambda: batches, partial failures, tries until the dead-letter queue."""

from __future__ import annotations

import base64
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend
from moto.awslambda.utils import get_backend
from moto.core.utils import unix_time_millis
from moto.sqs.exceptions import QueueDoesNotExist, ReceiptHandleIsInvalid
from moto.sqs.models import sqs_backends

from workflows.local import seams
from workflows.local.lambda_pool import MOST_WORKERS, Invocation

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 10
"""Messages that one receive can bring."""
_LONGEST_WAIT = 1
"""Seconds until a poller looks whether it is still wanted; a message that arrives is noticed at once."""


class Runner(Protocol):
    """Whoever runs functions: the `LambdaRuntime`."""

    def invoke(self, function: Any, payload: bytes) -> Invocation:
        """Run a function once."""


class QueuePollers:
    """One poller for each event source mapping of a queue.

    Args:
        runtime: runs the functions.
        speed: divides what is left of the visibility timeout after a failure: the next try comes soon.
    """

    def __init__(self, runtime: Runner, *, speed: float = 20) -> None:
        self._runtime = runtime
        self._speed = speed
        self._closed = threading.Event()
        self._threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="queue")

    def install(self) -> None:
        """Poll for the mappings that are created from now on, in place of moto's call within SendMessage."""
        create = seams.original(LambdaBackend, "create_event_source_mapping")

        def create_and_poll(backend: Any, spec: dict[str, Any]) -> Any:
            mapping = create(backend, spec)
            if mapping.event_source_arn.split(":")[2] == "sqs":
                queue = _queue(mapping)
                queue.lambda_event_source_mappings.pop(mapping.function_arn, None)
                mapping.enabled = str(mapping.enabled).lower() == "true"
                threading.Thread(target=self._poll, args=(mapping,), daemon=True).start()
            return mapping

        seams.replace(LambdaBackend, "create_event_source_mapping", create_and_poll)

    def close(self) -> None:
        """Receive nothing any more."""
        self._closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _poll(self, mapping: Any) -> None:
        free = threading.BoundedSemaphore(_concurrency(mapping))
        while not self._closed.is_set():
            free.acquire()
            messages = self._receive(mapping)
            if messages is None:
                return
            if not messages:
                free.release()
                continue
            try:
                self._threads.submit(self._work, mapping, messages, free)
            except RuntimeError:  # closed meanwhile; the messages become visible again
                return

    def _receive(self, mapping: Any) -> list[Any] | None:
        """A batch, perhaps empty; None when the mapping or its queue is gone."""
        account, region = mapping.account_id, mapping.region
        if mapping.uuid not in get_backend(account, region)._event_source_mappings:  # noqa: SLF001 - the seam
            return None
        if not mapping.enabled:
            self._closed.wait(_LONGEST_WAIT)
            return []
        backend = sqs_backends[account][region]
        try:
            queue = _queue(mapping)
            queue.wait_for_messages(_LONGEST_WAIT)
            if self._closed.is_set():
                return None
            count = min(mapping.batch_size, _MOST_AT_ONCE)
            found: list[Any] = backend.receive_message(
                queue.name, count, 0, int(queue.visibility_timeout), ["All"]
            )
        except QueueDoesNotExist:
            return None
        return found

    def _work(self, mapping: Any, messages: list[Any], free: threading.BoundedSemaphore) -> None:
        try:
            failed = self._failures(mapping, messages)
            for message in messages:
                self._settle(mapping, message, failed=message.id in failed)
        except Exception:  # noqa: BLE001 - the messages become visible again, as on AWS
            _log.exception("a batch of %s", mapping.event_source_arn)
        finally:
            free.release()

    def _failures(self, mapping: Any, messages: list[Any]) -> set[str]:
        """The ids of the messages that have to come again."""
        everything = {message.id for message in messages}
        event = json.dumps({"Records": [_record(mapping, message) for message in messages]})
        try:
            function = get_backend(mapping.account_id, mapping.region).get_function(mapping.function_arn)
        except UnknownFunctionException:
            _log.warning("%s is gone: its queue waits", mapping.function_arn)
            return everything
        ended = self._runtime.invoke(function, event.encode())
        if ended.failed:
            _log.warning("%s failed: %s", function.function_name, ended.payload.decode(errors="replace"))
            return everything
        if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
            return set()
        return _reported(json.loads(ended.payload), everything)

    def _settle(self, mapping: Any, message: Any, *, failed: bool) -> None:
        backend = sqs_backends[mapping.account_id][mapping.region]
        queue = _queue(mapping)
        try:
            if not failed:
                backend.delete_message(queue.name, message.receipt_handle)
                return
            # What was received is a copy: the function may have changed the message's visibility meanwhile.
            known = (one for one in list(queue._messages) if one.id == message.id)  # noqa: SLF001 - the seam
            visible_at = next((one.visible_at for one in known), message.visible_at)
            left = max(0.0, (visible_at - unix_time_millis()) / 1000)
            backend.change_message_visibility(queue.name, message.receipt_handle, round(left / self._speed))
        except ReceiptHandleIsInvalid:
            _log.warning("message %s was received again before it was done", message.id)


def _reported(answer: Any, everything: set[str]) -> set[str]:
    """What a batch's answer calls failed; a malformed answer fails all of it, as on AWS."""
    if not answer:
        return set()
    try:
        failed = {one["itemIdentifier"] for one in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return everything
    return failed if everything.issuperset(failed) else everything


def _concurrency(mapping: Any) -> int:
    wanted = (mapping.scaling_config or {}).get("MaximumConcurrency") or MOST_WORKERS
    return min(int(wanted), MOST_WORKERS)


def _queue(mapping: Any) -> Any:
    name = mapping.event_source_arn.rpartition(":")[2]
    return sqs_backends[mapping.account_id][mapping.region].get_queue(name)


def _record(mapping: Any, message: Any) -> dict[str, Any]:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
    }
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {name: value for name, value in attributes.items() if value is not None},
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.event_source_arn,
        "awsRegion": mapping.region,
    }


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    written = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if value.get("StringValue") is not None:
        return written | {"stringValue": value["StringValue"]}
    binary = value.get("BinaryValue") or b""
    return written | {"binaryValue": base64.b64encode(bytes(binary)).decode()}
