"""Reads SES's notification about a mail it stored: the envelope, the verdicts, where the mail is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from workflows.mail.verdicts import Verdicts

MAIL_TAG = "mail"
"""Message tag that leads from an event about a copy back to the inbound mail."""

_SETUP_OBJECT = "AMAZON_SES_SETUP_NOTIFICATION"
_SETUP_MESSAGE = "Successfully validated SNS topic"


class NotificationUnreadable(Exception):
    """A queue message is not SES's notification about a stored mail."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A stored mail is delivered once more, to those who have not got it."""

    id: str
    again: bool = False
    """Also to those who got it already."""
    overrules: bool = False
    """By an operator's decision: what was held goes out, unless it has a virus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """What SES says about a mail that it received and stored."""

    message_id: str
    """SES's own id of the mail."""
    recipients: tuple[str, ...]
    """Envelope recipients as SES got them, Bcc included (`receipt.recipients`, never `mail.destination`)."""
    source: str
    """Envelope sender; empty for a bounce."""
    bucket: str
    key: str
    """Object key of the raw mail, prefix included."""
    verdicts: Verdicts
    timestamp: str = ""
    """When SES received it, ISO 8601."""
    subject: str = ""
    """For people to read, possibly cut by SES; the stored mail has the real one."""
    from_header: str = ""
    """Likewise."""
    notification: str = ""
    """The notification itself, to be kept beside the mail."""
    replay: Replay | None = None
    """Set when an operator asked for it."""


@dataclass(frozen=True, slots=True)
class SetupNotification:
    """SES says that a rule or topic was set up: there is no mail, and nothing to do."""


def read_notification(text: str) -> InboundMail | SetupNotification:
    """Read a queue message: an SNS envelope around SES's notification, or that notification alone.

    Args:
        text: body of the SQS message, or the notification stored beside a mail.

    Raises:
        NotificationUnreadable: it is neither; the message says what is wrong with it.
    """
    document = _json_object(text)
    if isinstance(document.get("Message"), str):
        text = document["Message"]
        if text.startswith(_SETUP_MESSAGE):
            return SetupNotification()
        document = _json_object(text)
    mail, receipt = _part(document, "mail"), _part(document, "receipt")
    action = _part(receipt, "action")
    bucket, key = _text(action, "bucketName"), _text(action, "objectKey")
    if _SETUP_OBJECT in (mail.get("messageId"), key.rpartition("/")[2]):
        return SetupNotification()
    headers = mail.get("commonHeaders")
    headers = headers if isinstance(headers, Mapping) else {}
    return InboundMail(
        message_id=_text(mail, "messageId"),
        recipients=_recipients(receipt),
        source=_as_text(mail.get("source")),
        bucket=bucket,
        key=key,
        verdicts=Verdicts.from_receipt(receipt),
        timestamp=_as_text(mail.get("timestamp")),
        subject=_as_text(headers.get("subject")),
        from_header=_as_text(headers.get("from")),
        notification=text,
        replay=_replay(document.get("replay")),
    )


def replayed(notification: str, replay: Replay) -> str:
    """A queue message that has a mail delivered once more.

    Args:
        notification: as it is kept beside the mail.
        replay: how.

    Raises:
        NotificationUnreadable: it is none.
    """
    return json.dumps({**_json_object(notification), "replay": asdict(replay)})


def _json_object(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _unreadable("it is not a JSON object")
    return document


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = document.get(name)
    if not isinstance(part, Mapping):
        raise _unreadable(f"it has no {name!r} object")
    return part


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    if not isinstance(value, str) or not value:
        raise _unreadable(f"it has no {name!r}")
    return value


def _recipients(receipt: Mapping[str, Any]) -> tuple[str, ...]:
    recipients = receipt.get("recipients")
    if (
        not isinstance(recipients, list)
        or not recipients
        or not all(isinstance(one, str) for one in recipients)
    ):
        raise _unreadable("it has no receipt.recipients")
    return tuple(recipients)


def _replay(value: Any) -> Replay | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), str):
        return None
    return Replay(value["id"], again=value.get("again") is True, overrules=value.get("overrules") is True)


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(one for one in value if isinstance(one, str))
    return value if isinstance(value, str) else ""


def _unreadable(why: str) -> NotificationUnreadable:
    return NotificationUnreadable(
        f"the message is not SES's notification about a stored mail: {why}. The mail itself, if there is "
        "one, is in the mail bucket; find out who else publishes to the topic or sends to the queue."
    )
