"""SNS topics that invoke functions: asynchronously, with the notification's own id and topic."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Protocol

from moto.awslambda.utils import get_backend
from moto.sns.models import Subscription

from workflows.local import seams


class Runner(Protocol):
    """Whoever runs functions: the `LambdaRuntime`."""

    def invoke_later(self, function: Any, payload: bytes) -> None:
        """Run a function soon, and again when it fails."""


def install(runtime: Runner) -> None:
    """Let subscribed functions run off the publisher's call, which moto makes wait for them."""
    publish = seams.original(Subscription, "publish")

    def publish_here(subscription: Any, message: str, message_id: str, *more: Any, **named: Any) -> None:
        if subscription.protocol != "lambda":
            publish(subscription, message, message_id, *more, **named)
            return
        attributes = named.get("message_attributes")
        matcher = subscription._filter_policy_matcher  # noqa: SLF001 - the seam
        if matcher is not None and not matcher.matches(attributes, message):
            return
        region = subscription.endpoint.split(":")[3]
        function = get_backend(subscription.account_id, region).get_function(subscription.endpoint)
        event = _event(subscription, message, message_id, named.get("subject"), attributes or {})
        runtime.invoke_later(function, json.dumps(event).encode())

    seams.replace(Subscription, "publish", publish_here)


def _event(
    subscription: Any, message: str, message_id: str, subject: str | None, attributes: dict[str, Any]
) -> dict[str, Any]:
    now = dt.datetime.now(tz=dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    notification = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        "Subject": subject,
        "Message": message,
        "Timestamp": now,
        "MessageAttributes": attributes,
    }
    return {
        "Records": [
            {
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription.arn,
                "EventSource": "aws:sns",
                "Sns": notification,
            }
        ]
    }
