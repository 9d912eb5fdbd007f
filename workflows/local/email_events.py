"""What SES tells the event destinations of a configuration set about the mails that were sent with it."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.local.email_behaviour import EmailBehaviour
from workflows.local.mail_facts import headers_of, iso

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR"
"""How the harmless file begins that every virus scanner takes for a virus."""

_REPORTING = "a8-70.smtp-out.amazonses.com"


@dataclass(frozen=True, slots=True)
class Sending:
    """A mail that SES accepted."""

    message_id: str
    source: str
    destinations: list[str]
    raw: bytes
    configuration_set: str
    tags: Mapping[str, str]
    at: dt.datetime


class EventDestinations:
    """Publishes events to the topics that configuration sets name.

    Args:
        destinations: the `EventDestination` documents of each configuration set, by its name.
        publish: publishes a text to a topic's ARN, off the sender's call.
        account_id: the account that sends.
    """

    def __init__(
        self,
        destinations: Mapping[str, list[dict[str, Any]]],
        publish: Callable[[str, str], None],
        account_id: str,
    ) -> None:
        self._destinations = destinations
        self._publish = publish
        self._account_id = account_id

    def tell(self, sending: Sending, behaviour: EmailBehaviour) -> None:
        """Tell what becomes of a mail: of each recipient on its own."""
        if EICAR in sending.raw:
            self._send("Reject", sending, sending.destinations, {"reject": {"reason": "Bad content"}})
            return
        for recipient in sending.destinations:
            address = recipient.lower()
            if address in behaviour.suppressed:
                self._send("Bounce", sending, [recipient], _bounce(recipient, "OnAccountSuppressionList"))
            elif address in behaviour.bounces:
                self._send("Bounce", sending, [recipient], _bounce(recipient, "General"))
            elif address in behaviour.full:
                self._send("Bounce", sending, [recipient], _bounce(recipient, "MailboxFull"))
            else:
                self._send("Delivery", sending, [recipient], _delivery(recipient))
                if address in behaviour.complaints:
                    self._send("Complaint", sending, [recipient], _complaint(recipient))

    def _send(self, kind: str, sending: Sending, to: list[str], details: dict[str, Any]) -> None:
        event = json.dumps({"eventType": kind, "mail": self._mail(sending, to), **details})
        for destination in self._destinations.get(sending.configuration_set, []):
            wanted = [one.lower() for one in destination["MatchingEventTypes"]]
            topic = (destination.get("SnsDestination") or {}).get("TopicARN")
            enabled = str(destination.get("Enabled", True)).lower() == "true"
            if enabled and topic and kind.lower() in wanted:
                self._publish(topic, event)

    def _mail(self, sending: Sending, to: list[str]) -> dict[str, Any]:
        own = {
            "ses:operation": ["SendRawEmail"],
            "ses:configuration-set": [sending.configuration_set],
            "ses:from-domain": [sending.source.rpartition("@")[2]],
        }
        return {
            "timestamp": iso(sending.at),
            "source": sending.source,
            "sendingAccountId": self._account_id,
            "messageId": sending.message_id,
            "destination": to,
            **headers_of(sending.raw),
            "tags": own | {name: [value] for name, value in sending.tags.items()},
        }


_BOUNCES = {
    "General": ("Permanent", "5.1.1", "550 5.1.1 user unknown"),
    "OnAccountSuppressionList": (
        "Permanent",
        "5.1.1",
        "Amazon SES did not send the message to this address",
    ),
    "MailboxFull": ("Transient", "4.2.2", "452 4.2.2 mailbox full"),
}


def _bounce(recipient: str, kind: str) -> dict[str, Any]:
    bounce_type, status, said = _BOUNCES[kind]
    recipients = [
        {
            "emailAddress": recipient,
            "action": "failed",
            "status": status,
            "diagnosticCode": f"smtp; {said}",
        }
    ]
    return {
        "bounce": {
            "bounceType": bounce_type,
            "bounceSubType": kind,
            "bouncedRecipients": recipients,
            "timestamp": _now(),
            "feedbackId": str(uuid.uuid4()),
            "reportingMTA": f"dns; {_REPORTING}",
        }
    }


def _complaint(recipient: str) -> dict[str, Any]:
    return {
        "complaint": {
            "complainedRecipients": [{"emailAddress": recipient}],
            "timestamp": _now(),
            "feedbackId": str(uuid.uuid4()),
            "complaintFeedbackType": "abuse",
        }
    }


def _delivery(recipient: str) -> dict[str, Any]:
    return {
        "delivery": {
            "timestamp": _now(),
            "processingTimeMillis": 500,
            "recipients": [recipient],
            "smtpResponse": "250 2.6.0 Message received",
            "reportingMTA": _REPORTING,
        }
    }


def _now() -> str:
    return iso(dt.datetime.now(tz=dt.UTC))
