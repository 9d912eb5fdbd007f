"""Builders of mails, notifications and registry items for the tests of inbound mail."""

from __future__ import annotations

import json
from typing import Any

from mail_judge import FORWARDER

from workflows.mail.compose import Outgoing, compose
from workflows.mail.envelope import InboundMail
from workflows.mail.header_block import read_original
from workflows.mail.plan import MailRules
from workflows.mail.rewrite import Copy
from workflows.mail.verdicts import Verdicts

VENDED = "payments-prod@aws.example.com"
ALL_PASS = Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS")
ALL_GRAY = Verdicts(spam="GRAY", virus="GRAY", spf="GRAY", dkim="GRAY", dmarc="GRAY")


def a_mail(
    *, body: bytes = b"Hello\r\n", ending: bytes = b"\r\n", **changes: bytes | list[bytes] | None
) -> bytes:
    """A raw mail; a keyword is a header (`message_id`: Message-Id), None leaves it out, a list repeats it."""
    headers: dict[str, Any] = {
        "from": b"Jane Doe <jane@example.org>",
        "to": b"payments-prod@aws.example.com",
        "subject": b"Hello",
        "message_id": b"<1@example.org>",
        "date": b"Tue, 1 Apr 2025 10:00:00 +0000",
    } | changes
    lines = []
    for name, value in headers.items():
        written = name.replace("_", "-").title().encode()
        lines += [
            written + b": " + one
            for one in (value if isinstance(value, list) else [value])
            if one is not None
        ]
    return ending.join([*lines, b"", b""]) + body


def a_copy(**changes: Any) -> Copy:
    """What a forwarded mail tells its reader."""
    values: dict[str, Any] = {
        "addresses": (VENDED,),
        "forward_from": FORWARDER,
        "envelope_from": "bounces@example.org",
        "category": "other",
        "verdicts": ALL_PASS.in_words(),
        "stored_as": "s3://mails/inbound/abc123",
    }
    return Copy(**values | changes)


def forwarded(raw: bytes, **changes: Any) -> Outgoing:
    """The mail that an owner gets for a raw one."""
    return compose(read_original(raw), a_copy(**changes))


def an_inbound_mail(**changes: Any) -> InboundMail:
    """What SES says about a mail that it stored."""
    values: dict[str, Any] = {
        "message_id": "abc123",
        "recipients": (VENDED,),
        "source": "bounces@example.org",
        "bucket": "mails",
        "key": "inbound/abc123",
        "verdicts": ALL_PASS,
    }
    return InboundMail(**values | changes)


def a_notification(**receipt: Any) -> dict[str, Any]:
    """SES's notification about a stored mail; keywords change its receipt."""
    passed = {"status": "PASS"}
    verdicts = {f"{name}Verdict": passed for name in ("spam", "virus", "spf", "dkim", "dmarc")}
    return {
        "notificationType": "Received",
        "mail": {
            "timestamp": "2025-04-01T10:00:00.000Z",
            "source": "bounces@example.org",
            "messageId": "abc123",
            "destination": ["somebody-else@example.com"],
            "commonHeaders": {"from": ["Jane Doe <jane@example.org>"], "subject": "Hello"},
        },
        "receipt": {
            "recipients": [VENDED],
            **verdicts,
            "action": {"type": "S3", "bucketName": "mails", "objectKey": "inbound/abc123"},
            **receipt,
        },
    }


def in_sns(notification: dict[str, Any] | str) -> str:
    """The body of the SQS message that SNS makes of a notification."""
    text = notification if isinstance(notification, str) else json.dumps(notification)
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": text})


def an_account(*owners: str, **flags: Any) -> dict[str, Any]:
    """A registry item."""
    return {"ownerEmails": list(owners), "accountId": "111122223333", "status": "ACTIVE", **flags}


def rules(**changes: Any) -> MailRules:
    """The configuration of inbound mail."""
    values: dict[str, Any] = {"forward_from": FORWARDER, "administrator": "cloud-team@example.com"}
    return MailRules(**values | changes)
