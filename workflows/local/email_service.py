"""SESv2 as AWS does it: keeps every byte, refuses what SES would refuse, tells what became of a mail."""

from __future__ import annotations

import base64
import datetime as dt
import threading
import time
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

from moto.sesv2.models import sesv2_backends

from workflows.local import email_rules
from workflows.local.email_behaviour import EmailBehaviour, EmailOrder
from workflows.local.email_events import EICAR, EventDestinations, Sending
from workflows.local.email_feedback import Feedback
from workflows.local.email_identities import EmailIdentities
from workflows.local.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.local.calls import Call
    from workflows.local.receiving import Receiving


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail that SES took."""

    message_id: str
    source: str
    """Envelope sender."""
    destinations: list[str]
    """Envelope recipients."""
    raw: bytes

    def as_document(self) -> dict[str, Any]:
        """The mail as `GET /_local/outbox` shows it."""
        return {
            "messageId": self.message_id,
            "source": self.source,
            "destinations": self.destinations,
            "raw": base64.b64encode(self.raw).decode(),
        }


class EmailService:
    """Sends nothing anywhere and keeps everything.

    Args:
        account_id: the account that sends.
        region: whose identities are the account's in all regions; SES receives there only.
        events: told of every mail that is sent with a configuration set.
        receiving: takes in what SES itself mails to the sender.

    Attributes:
        behaviour: what SES does with what is sent.
        identities: who may send.
    """

    def __init__(self, account_id: str, region: str, events: EventDestinations, receiving: Receiving) -> None:
        self.behaviour = EmailBehaviour()
        self._events = events
        self._account_id = account_id
        self.identities = EmailIdentities(sesv2_backends[account_id][region].core_backend)
        self._feedback = Feedback(self.identities, receiving)
        self._region = region
        self._outbox: list[SentMail] = []
        self._lock = threading.Lock()

    @property
    def outbox(self) -> list[SentMail]:
        """What was sent, oldest first."""
        with self._lock:
            return list(self._outbox)

    def obey(self, order: EmailOrder) -> None:
        """Behave as ordered, and verify or doubt identities."""
        self.behaviour = order.behaviour
        for name in order.verified:
            self.identities.verify(name)
        for name in order.unverified:
            self.identities.doubt(name)
        if order.dkim_state is not None:
            self.identities.set_dkim_state(order.dkim_state)
        if order.mail_from_state is not None:
            self.identities.set_mail_from_state(order.mail_from_state)

    def put_suppressed(self, call: Call) -> dict[str, Any]:
        """PutSuppressedDestination."""
        self.behaviour = self.behaviour.suppressing(call.request["EmailAddress"])
        return {}

    def delete_suppressed(self, call: Call) -> dict[str, Any]:
        """DeleteSuppressedDestination: the next mail is tried again."""
        address = call.request["EmailAddress"]
        if address.lower() not in self.behaviour.suppressed:
            message = f"Email address {address} does not exist on your suppression list."
            raise Refusal("NotFoundException", message)
        self.behaviour = self.behaviour.trying_again(address)
        return {}

    def send_email(self, call: Call) -> dict[str, Any]:
        """SendEmail with raw or simple content; templates of SES are not emulated."""
        request = call.request
        configuration_set = request.get("ConfigurationSetName") or ""
        content = request.get("Content") or {}
        named = _named_recipients(request.get("Destination") or {})
        if content.get("Raw"):
            raw = content["Raw"]["Data"]
            if sender := request.get("FromEmailAddress"):
                raw = email_rules.with_from(raw, sender)
            headers = email_rules.read_headers(raw)
            recipients = named or email_rules.recipients_of_headers(headers)
            addresses = email_rules.senders(headers)
            configuration_set = email_rules.configuration_set_of(headers) or configuration_set
        elif content.get("Simple"):
            recipients, addresses = named, []
            raw = _compose(request, content["Simple"])
        else:
            raise Refusal("BadRequestException", "Only raw and simple content are emulated.")
        self._check_configuration_set(configuration_set, call.region)
        source = email_rules.bare(request.get("FromEmailAddress") or next(iter(addresses), ""))
        recipients = [email_rules.bare(recipient) for recipient in recipients]
        email_rules.check_recipients(recipients)
        checked = [source, *addresses, *(recipients if self.behaviour.sandbox else [])]
        email_rules.check_verified(checked, self.identities.verified(), self._region)
        sending = Sending(
            message_id=f"{int(time.time() * 1000):016x}-{uuid.uuid4()}-000000",
            source=source,
            destinations=recipients,
            raw=raw,
            configuration_set=configuration_set,
            tags={tag["Name"]: tag["Value"] for tag in request.get("EmailTags") or []},
            at=dt.datetime.now(tz=dt.UTC),
        )
        self._send(sending)
        return {"MessageId": sending.message_id}

    def get_account(self, call: Call) -> dict[str, Any]:
        """GetAccount: healthy."""
        del call
        return {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": not self.behaviour.sandbox,
            "SendingEnabled": True,
            "SendQuota": {
                "Max24HourSend": self.behaviour.daily_quota,
                "MaxSendRate": 14.0,
                "SentLast24Hours": float(len(self.outbox)),
            },
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }

    def _check_configuration_set(self, name: str, region: str) -> None:
        if name and name not in sesv2_backends[self._account_id][region].core_backend.config_sets:
            raise Refusal("NotFoundException", f"Configuration set <{name}> does not exist.")

    def _send(self, sending: Sending) -> None:
        before = self.behaviour
        reached = [one for one in sending.destinations if one.lower() not in before.suppressed]
        if reached and EICAR not in sending.raw:
            sent = SentMail(sending.message_id, sending.source, reached, sending.raw)
            with self._lock:
                self._outbox.append(sent)
                for address in reached:
                    if address.lower() in (*before.bounces, *before.complaints):
                        self.behaviour = self.behaviour.suppressing(address)
        self._events.tell(sending, before)
        self._feedback.tell(sending, before)


def _named_recipients(destination: Mapping[str, list[str]]) -> list[str]:
    kinds = ("ToAddresses", "CcAddresses", "BccAddresses")
    return [address for kind in kinds for address in destination.get(kind) or []]


def _compose(request: Mapping[str, Any], simple: Mapping[str, Any]) -> bytes:
    """The mail SES itself makes of simple content."""
    if simple.get("Attachments"):
        raise Refusal(
            "BadRequestException", "Attachments of simple content are not emulated: send raw content."
        )
    mail = EmailMessage(policy=SMTP)
    destination = request.get("Destination") or {}
    mail["From"] = request.get("FromEmailAddress") or ""
    for name, values in (
        ("To", destination.get("ToAddresses")),
        ("Cc", destination.get("CcAddresses")),
        ("Reply-To", request.get("ReplyToAddresses")),
    ):
        if values:
            mail[name] = ", ".join(values)
    mail["Subject"] = simple["Subject"]["Data"]
    for header in simple.get("Headers") or []:
        mail[header["Name"]] = header["Value"]
    text, html = simple["Body"].get("Text"), simple["Body"].get("Html")
    if text is not None:
        mail.set_content(text["Data"])
    if html is not None and text is not None:
        mail.add_alternative(html["Data"], subtype="html")
    elif html is not None:
        mail.set_content(html["Data"], subtype="html")
    return mail.as_bytes()
