"""What `vend doctor` asks of the operations topic: does an alarm reach anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workflows.operate.findings import Check, Finding

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


def subscribers(topics: SNSClient, topic_arn: str) -> Check:
    """Whether somebody is subscribed to the operations topic, and has confirmed it.

    Args:
        topics: asks SNS.
        topic_arn: the topic of alarms and failure reports.
    """
    why = "Alarms, failed vends and held mail are told to its subscribers, and to nobody else."
    subscribe = f"aws sns subscribe --topic-arn {topic_arn} --protocol email --notification-endpoint ADDRESS"

    def ask(check: Check) -> Iterator[Finding]:
        attributes = topics.get_topic_attributes(TopicArn=topic_arn)["Attributes"]
        confirmed = int(attributes.get("SubscriptionsConfirmed", 0))
        pending = int(attributes.get("SubscriptionsPending", 0))
        waiting = f"{pending} subscription{'' if pending == 1 else 's'} not confirmed"
        if not confirmed:
            yield check.wrong(
                f"Alarms reach nobody: the operations topic has {waiting if pending else 'no subscription'}.",
                "Confirm by the link that SNS mails, which is good for two days. To subscribe, set "
                f"notifications and deploy, or: {subscribe}",
            )
        elif pending:
            yield check.warning(
                f"The operations topic has {waiting}.",
                f"Confirm by the link that SNS has mailed; after two days subscribe again: {subscribe}",
            )

    return Check("operations topic", why, "Somebody is subscribed to the operations topic.", ask)
