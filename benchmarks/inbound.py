"""Mails that arrive on a local AWS, and what becomes of them."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from benchmarks.vends import Deployment

DOMAIN = "aws.example.com"


@dataclass(frozen=True, slots=True)
class Inbound:
    """The mail side of a deployed stack."""

    aws: Deployment
    table: Any
    queues: Any
    store: Any

    @classmethod
    def of(cls, aws: Deployment) -> Inbound:
        """Make the clients that look at it."""
        environment = aws.aws.environment
        session = boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=environment["AWS_DEFAULT_REGION"],
        )
        made = {name: session.client(name, endpoint_url=aws.aws.endpoint_url) for name in ("sqs", "s3")}
        return cls(aws, aws.dynamodb, made["sqs"], made["s3"])

    def own(self, address: str, owner: str) -> None:
        """Register an account as RegisterOwner does."""
        item = {
            "pk": {"S": f"ADDRESS#{address}"},
            "sk": {"S": "STATE"},
            "address": {"S": address},
            "status": {"S": "ACTIVE"},
            "accountId": {"S": "111122223333"},
            "accountName": {"S": address.partition("@")[0]},
            "ownerEmails": {"L": [{"S": owner}]},
            "updatedAt": {"S": "2025-04-01T10:00:00.000000Z"},
        }
        self.table.put_item(TableName=self.aws.outputs["TableName"], Item=item)

    def receive(self, raw: bytes, address: str, **verdicts: str) -> dict[str, str]:
        """Let SES receive a mail: its messageId, bucket and key."""
        arrival = {
            "raw": base64.b64encode(raw).decode("ascii"),
            "recipients": [address],
            "mailFrom": "bounces@example.org",
            "verdicts": verdicts,
        }
        stored: dict[str, str] = self.control("ses/receive", arrival)
        return stored

    def control(self, path: str, document: Any = None) -> Any:
        """Call a control endpoint of the local AWS."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.aws.aws.endpoint_url}/_local/{path}", data=body)  # noqa: S310 - our own
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - likewise
            return json.loads(answer.read())

    def send(self, body: str) -> None:
        """Put a message into the queue of mails."""
        self.queues.send_message(QueueUrl=self.aws.outputs["InboundQueueUrl"], MessageBody=body)

    def dead_letters(self) -> int:
        """How many messages are dead letters."""
        answer = self.queues.get_queue_attributes(
            QueueUrl=self.aws.outputs["InboundDeadLetterQueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def outcomes(self) -> Iterator[dict[str, Any]]:
        """Every recorded outcome."""
        pages = self.table.get_paginator("scan").paginate(
            TableName=self.aws.outputs["TableName"],
            FilterExpression="begins_with(sk, :sk)",
            ExpressionAttributeValues={":sk": {"S": "MAIL#"}},
        )
        for page in pages:
            yield from page["Items"]


def a_mail(number: int, *, size: int = 2_000, line: bytes = b"0123456789abcdef" * 4) -> bytes:
    """A mail of about so many bytes with a message id of its own."""
    head = (
        b"From: AWS <no-reply@example.org>\r\nTo: you\r\nSubject: Mail %d\r\n"
        b"Message-ID: <%d@example.org>\r\nDate: Tue, 1 Apr 2025 10:00:00 +0000\r\n\r\n" % (number, number)
    )
    lines = (size - len(head)) // (len(line) + 2)
    return head + (line + b"\r\n") * lines
