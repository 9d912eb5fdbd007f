"""The operations topic: what the people who run this product are told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_MAX_SUBJECT = 100
"""Characters of a subject: ASCII, no line breaks or control characters (SNS API reference, Publish)."""
_FOR_MACHINES = ("sqs", "lambda", "http", "https", "email-json", "firehose")


@dataclass(frozen=True, slots=True)
class Report:
    """A message to operations: a text for people, and the same facts for machines."""

    subject: str
    text: str
    facts: Mapping[str, Any]


class Operations:
    """Publishes reports to the operations topic."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def tell(self, report: Report) -> None:
        """Publish: mail subscribers get the text, queues, functions and web hooks the facts as JSON.

        Raises:
            ClientError, BotoCoreError: as boto3 raises them; whoever invoked the function tries again.
        """
        facts = json.dumps(report.facts, ensure_ascii=False)
        subject = printable_subject(report.subject)
        message = {"default": report.text, "sms": subject, **dict.fromkeys(_FOR_MACHINES, facts)}
        self._client.publish(
            TopicArn=self._topic_arn,
            Subject=subject,
            Message=json.dumps(message, ensure_ascii=False),
            MessageStructure="json",
        )


def printable_subject(text: str) -> str:
    """A text as the subject of an SNS message: at most 100 printable ASCII characters."""
    plain = "".join(one if " " <= one <= "~" else "?" for one in " ".join(text.split())).lstrip("? ")
    return plain if len(plain) <= _MAX_SUBJECT else plain[: _MAX_SUBJECT - 3].rstrip() + "..."
