"""Reads what SES tells of the mails that we sent: delivered, bounced, complained about, rejected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from workflows.mail.envelope import MAIL_TAG
from workflows.mail.readable import printable

_SETUP_MESSAGE = "Successfully validated SNS topic"
_SHOWN = 300
_GIVEN_UP = frozenset({"MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"})
"""Kinds of transient bounce that no machine answers for a mail that it took."""


class Fate(StrEnum):
    """What became of a mail at one mailbox."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    """For good: nobody is there."""
    COMPLAINED = "complained"
    UNDELIVERED = "undelivered"
    """Given up: the mailbox may be full, or take no mail so large; the next mail is tried again."""
    UNCERTAIN = "uncertain"
    """Answered by a machine, which may be on holiday for somebody who did get the mail."""
    REJECTED = "rejected"
    """SES itself threw it away after it had accepted it."""


class EventUnreadable(Exception):
    """A message is not one of SES's events about a sent mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """What SES tells of a sent mail at one mailbox."""

    fate: Fate
    mailbox: str
    """Lower case."""
    what: str
    """Completes "MAILBOX ...", such as "answered with a hard bounce: 550 no such user"."""
    at: datetime
    sent_at: datetime
    """When we sent the mail."""
    message_id: str
    """SES's id of the sent mail."""
    mail: str = ""
    """SES's id of the inbound mail it is a copy of; empty for mails of our own."""
    addresses: tuple[str, ...] = ()
    """The vended addresses it was about."""


def read_event(text: str) -> list[SentEvent]:
    """Read one event; empty for those that say nothing about a mailbox, such as a delay.

    Args:
        text: the message of a topic (Amazon SES Developer Guide, "Contents of event data ... Amazon SNS").

    Raises:
        EventUnreadable: it is no such event.
    """
    if text.startswith(_SETUP_MESSAGE):
        return []
    try:
        document = json.loads(text)
        mail = document["mail"]
        kind = document.get("eventType") or document["notificationType"]
        return [
            SentEvent(
                fate=fate,
                mailbox=_bare(mailbox),
                what=what,
                at=_time(at or mail["timestamp"]),
                sent_at=_time(mail["timestamp"]),
                message_id=mail["messageId"],
                mail=next(iter(mail.get("tags", {}).get(MAIL_TAG, [])), ""),
                addresses=_vended_addresses(mail),
            )
            for fate, mailbox, what, at in _READERS.get(kind, _nothing)(document)
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EventUnreadable(f"the message is not SES's event about a sent mail ({error!r})") from error


_Told = Iterator[tuple[Fate, str, str, str]]


def _bounce(document: Mapping[str, Any]) -> _Told:
    bounce = document["bounce"]
    if bounce["bounceType"] != "Permanent":
        for one in bounce["bouncedRecipients"]:
            said = printable(_said(one, bounce), _SHOWN)
            given_up = one.get("action") == "failed" or bounce.get("bounceSubType") in _GIVEN_UP
            fate = Fate.UNDELIVERED if given_up else Fate.UNCERTAIN
            what = f"{'did not get' if given_up else 'may not have got'} it: {said}"
            yield fate, _sent_to(document, one), what, bounce["timestamp"]
        return
    suppressed = "Suppress" in bounce.get("bounceSubType", "")
    for one in bounce["bouncedRecipients"]:
        what = f"answered with a hard bounce: {printable(_said(one, bounce), _SHOWN)}"
        if suppressed:
            what = "is on the suppression list of Amazon SES, after a bounce or complaint"
        yield Fate.BOUNCED, _sent_to(document, one), what, bounce["timestamp"]


def _said(recipient: Mapping[str, Any], bounce: Mapping[str, Any]) -> str:
    return str(
        recipient.get("diagnosticCode")
        or recipient.get("status")
        or bounce.get("bounceSubType")
        or "no reason"
    )


def _sent_to(document: Mapping[str, Any], recipient: Mapping[str, Any]) -> str:
    """The mailbox that we sent to: the report may name another one, to which that mailbox forwards."""
    destination = document["mail"].get("destination") or []
    return str(destination[0] if len(destination) == 1 else recipient["emailAddress"])


def _complaint(document: Mapping[str, Any]) -> _Told:
    complaint = document["complaint"]
    kind = complaint.get("complaintFeedbackType") or ""
    if kind == "not-spam":
        return
    about = f" ({printable(kind, _SHOWN)})" if kind else ""
    for one in complaint["complainedRecipients"]:
        yield (
            Fate.COMPLAINED,
            _sent_to(document, one),
            f"complained about our mail{about}",
            complaint["timestamp"],
        )


def _reject(document: Mapping[str, Any]) -> _Told:
    reason = printable(document["reject"].get("reason") or "no reason", _SHOWN)
    for mailbox in document["mail"]["destination"]:
        yield Fate.REJECTED, mailbox, f"did not get it: Amazon SES rejected the mail ({reason})", ""


def _delivery(document: Mapping[str, Any]) -> _Told:
    for mailbox in document["delivery"]["recipients"]:
        yield Fate.DELIVERED, mailbox, "accepted a mail", document["delivery"]["timestamp"]


def _nothing(_document: Mapping[str, Any]) -> _Told:
    return iter(())


_READERS = {"Bounce": _bounce, "Complaint": _complaint, "Reject": _reject, "Delivery": _delivery}


def _bare(mailbox: str) -> str:
    return mailbox.rpartition("<")[2].rstrip("> ").lower()


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _vended_addresses(mail: Mapping[str, Any]) -> tuple[str, ...]:
    for header in mail.get("headers") or []:
        if header["name"].lower() == "x-vended-address":
            return tuple(part.strip().lower() for part in header["value"].split(",") if part.strip())
    return ()
