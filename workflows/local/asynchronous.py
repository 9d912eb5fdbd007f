"""Lambda's asynchronous invocations: up to three tries, then the failure destination or dead-letter queue."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.local.agenda import Agenda
from workflows.local.clients import client
from workflows.local.lambda_pool import Invocation

_MINUTES_BETWEEN = (1, 2)
ACCESS_KEY = "AKIALAMBDADESTINATIO"
"""The key with which failed events are passed on."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Event:
    function: Any
    payload: bytes
    tries: int = 0
    last: Invocation | None = field(default=None)


class Deliveries:
    """The queue between an event and the function that is invoked for it.

    Args:
        invoke: runs a function once.
        endpoint_url: where failure targets are reached.
        speed: divides the minutes between tries.
    """

    def __init__(self, invoke: Callable[[Any, bytes], Invocation], endpoint_url: str, speed: float) -> None:
        self._invoke = invoke
        self._endpoint_url = endpoint_url
        self._speed = speed
        self._agenda = Agenda("lambda-event", 16)

    def accept(self, function: Any, payload: bytes) -> None:
        """Queue an event for a function."""
        event = _Event(function, payload)
        self._agenda.add(lambda: self._try(event))

    def close(self) -> None:
        """Try nothing any more."""
        self._agenda.close()

    def _try(self, event: _Event) -> None:
        event.last = self._invoke(event.function, event.payload)
        event.tries += 1
        if not event.last.failed:
            return
        name = event.function.function_name
        _log.warning("%s failed, try %d: %s", name, event.tries, event.last.payload.decode(errors="replace"))
        if event.tries <= _retries(event.function):
            seconds = 60 * _MINUTES_BETWEEN[event.tries - 1] / self._speed
            self._agenda.add(lambda: self._try(event), seconds=seconds)
        else:
            self._give_up(event)

    def _give_up(self, event: _Event) -> None:
        config = _event_config(event.function)
        destination = ((config.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if destination:
            send_to(self._endpoint_url, destination, json.dumps(_record(event)))
        dead_letters = (getattr(event.function, "dead_letter_config", None) or {}).get("TargetArn")
        if dead_letters:
            send_to(self._endpoint_url, dead_letters, event.payload.decode())


def send_to(endpoint_url: str, arn: str, text: str, *, attributes: Mapping[str, str] | None = None) -> None:
    """Send a text to a queue or topic.

    Args:
        endpoint_url: the local AWS.
        arn: of the queue or topic.
        text: the message.
        attributes: message attributes, all of them strings.

    Raises:
        ValueError: the ARN is neither an SQS queue's nor an SNS topic's.
    """
    _, _, service, region, _, name = arn.split(":", 5)
    given = {key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()}
    if service == "sqs":
        queues = client("sqs", endpoint_url, region, ACCESS_KEY)
        url = queues.get_queue_url(QueueName=name)["QueueUrl"]
        queues.send_message(QueueUrl=url, MessageBody=text, MessageAttributes=given)
    elif service == "sns":
        topics = client("sns", endpoint_url, region, ACCESS_KEY)
        topics.publish(TopicArn=arn, Message=text, MessageAttributes=given)
    else:
        raise ValueError(f"{arn}: only a queue or a topic can take a failed event here")


def _retries(function: Any) -> int:
    given = _event_config(function).get("MaximumRetryAttempts")
    return len(_MINUTES_BETWEEN) if given is None else int(given)


def _event_config(function: Any) -> dict[str, Any]:
    configs = getattr(function, "event_invoke_config", None) or []
    return dict(configs[-1].response()) if configs else {}


def _record(event: _Event) -> dict[str, Any]:
    answer = event.last.payload if event.last else b"null"
    return {
        "version": "1.0",
        "requestContext": {
            "functionArn": f"{event.function.function_arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": event.tries,
        },
        "requestPayload": json.loads(event.payload),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": json.loads(answer),
    }
