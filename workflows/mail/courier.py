"""Carries the copies of an inbound mail to their mailboxes, each once, in the best form that SES takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workflows.mail.compose import Kind, compose
from workflows.mail.envelope import MAIL_TAG, InboundMail
from workflows.mail.header_block import Original
from workflows.mail.plan import MailRules, Plan, copy_for
from workflows.mail.records import copy_key
from workflows.mail.routing import Delivery
from workflows.mail.sending import Sender
from workflows.vending.errors import MailRefused, PassingError, RecipientUnverified, SenderRefused
from workflows.vending.table import Key

SECONDS_TO_SEND = 30
"""A copy of 40 MB takes less; with less time left the next invocation sends it."""

_AFTER = {Kind.FORWARD: Kind.ATTACHMENT, Kind.ATTACHMENT: Kind.NOTICE, Kind.NOTICE: None}
_TAG_VALUE = re.compile(r"[A-Za-z0-9_.@-]{1,256}")


class OutOfTime(PassingError):
    """The function would be stopped in the middle of sending; the queue brings the mail again."""

    meaning = "There was not enough time left to send the next copy."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the copy for one mailbox ended."""

    to: str
    addresses: tuple[str, ...]
    """The vended addresses it was for."""
    kind: Kind | None
    """None: it was not sent."""
    message_id: str = ""
    """SES's id of what was sent."""
    reason: str = ""
    """Why it is not a plain forward; completes "because ..."."""
    lost: bool = False
    """SES accepted it, and it reached nobody."""
    unverified: bool = False
    """Not sent because SES is in its sandbox and the mailbox not verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Delivers the copies of one mail."""

    mail: InboundMail
    original: Original
    plan: Plan
    rules: MailRules
    sender: Sender
    seconds_left: Callable[[], float]
    """How long the function may still run."""

    def deliver(self, delivery: Delivery) -> Ending:
        """Send one copy, unless that has happened.

        Raises:
            MailBusy: SES may take it later, its answer was lost, or somebody else is sending it.
            OutOfTime: the next invocation has to send it.
            SenderRefused: SES takes no mail of ours.
        """
        if self.seconds_left() < SECONDS_TO_SEND:
            raise OutOfTime(f"There was not enough time left to send the copy to {delivery.to}.")
        key = copy_key(self.mail, delivery.to)
        record = self.sender.claim(key)
        if record is None:
            try:
                record = self._send(key, delivery)
            except SenderRefused:
                raise
            except MailRefused as refused:
                self.sender.records.refused(key, refused.what)
                return _refused(delivery, refused)
            self.sender.records.sent(key, self.sender.now, record)
        return Ending(
            to=delivery.to,
            addresses=delivery.addresses,
            kind=Kind(record["kind"]),
            message_id=record["sesMessageId"],
            reason=record.get("lost") or record["reason"],
            lost="lost" in record,
        )

    def _send(self, key: Key, delivery: Delivery) -> dict[str, Any]:
        """Send the copy as it is, else as an attachment, else a notice; what is to be recorded of it."""
        copy = copy_for(delivery, self.mail, self.plan, self.rules)
        tags = {MAIL_TAG: self.mail.message_id} if _TAG_VALUE.fullmatch(self.mail.message_id) else {}
        at_least, reason = Kind.FORWARD, ""
        while True:
            outgoing = compose(self.original, copy, at_least=at_least, reason=reason)
            try:
                message_id = self.sender.send(key, outgoing.raw, delivery.to, tags)
            except (SenderRefused, RecipientUnverified):
                raise
            except MailRefused as refused:
                after = _AFTER[outgoing.kind]
                if after is None:
                    raise
                at_least, reason = after, f"Amazon SES refused it ({refused.what.rstrip('.')})"
            else:
                return {
                    "to": delivery.to,
                    "role": delivery.role,
                    "kind": outgoing.kind,
                    "reason": outgoing.reason,
                    "sesMessageId": message_id,
                    "addresses": list(delivery.addresses),
                    "receivedAt": self.mail.timestamp,
                    "bucket": self.mail.bucket,
                    "key": self.mail.key,
                }


def _refused(delivery: Delivery, refused: MailRefused) -> Ending:
    return Ending(
        to=delivery.to,
        addresses=delivery.addresses,
        kind=None,
        reason=f"Amazon SES does not send to {delivery.to} ({refused.what.rstrip('.')})",
        unverified=isinstance(refused, RecipientUnverified),
    )
