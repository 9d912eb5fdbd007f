"""SNS topics: they invoke functions asynchronously, and know how many subscriptions are confirmed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Protocol

from moto.awslambda.utils import get_backend
from moto.sns.models import Subscription, sns_backends
from moto.sns.responses import SNSResponse

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
    seams.replace(SNSResponse, "get_topic_attributes", _get_topic_attributes)


def confirm_all(account_id: str) -> None:
    """Confirm every subscription so far: whoever the template subscribes has followed the link."""
    for backend in sns_backends[account_id].values():
        for subscription in backend.subscriptions.values():
            subscription.confirmed = True


def _get_topic_attributes(response: Any) -> Any:
    """GetTopicAttributes: moto counts no subscriptions. A mailbox is pending until it is confirmed."""
    arn = response._get_param("TopicArn")  # noqa: SLF001 - the seam
    topic = response.backend.get_topic(arn)
    there = [one for one in response.backend.subscriptions.values() if one.topic == topic]
    pending = sum(one.protocol.startswith("email") and not one.confirmed for one in there)
    topic.subscriptions_pending, topic.subscriptions_confimed = pending, len(there) - pending
    return seams.original(SNSResponse, "get_topic_attributes")(response)


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
