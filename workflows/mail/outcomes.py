"""What an inbound mail came to, for each address it was for: on record, and announced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from workflows.mail.attachment import subject_of
from workflows.mail.compose import Kind
from workflows.mail.courier import Ending
from workflows.mail.envelope import InboundMail
from workflows.mail.header_block import Original
from workflows.mail.plan import Held, HeldReason, Plan
from workflows.mail.readable import printable
from workflows.mail.routing import Addressee
from workflows.mail.senders import original_sender

FORWARDED, HELD = "forwarded", "held"

_NOISE = frozenset({HeldReason.SPAM, HeldReason.UNKNOWN_ADDRESS})
"""Anybody can send it to a public address at any time."""

_SHOWN = 200  # characters of a text from a stranger


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a mail came to for one addressee."""

    addressee: Addressee
    category: str
    held: HeldReason | None = None
    """None: it was forwarded."""
    explanation: str = ""
    """Why it is held; completes "because ..."."""
    endings: tuple[Ending, ...] = ()
    """The copies for this addressee."""

    @property
    def word(self) -> str:
        """`forwarded` or `held`."""
        return HELD if self.held else FORWARDED


def outcome_of_held(held: Held, plan: Plan) -> Outcome:
    """The outcome for a recipient for whom the plan holds the mail."""
    return Outcome(
        addressee=held.addressee, category=plan.category, held=held.reason, explanation=held.explanation
    )


def outcome_of_sent(
    addressee: Addressee, plan: Plan, endings: Iterable[Ending], administrator: str
) -> Outcome:
    """The outcome for an addressee whose copies have all ended.

    It is forwarded when the mail itself reached an owner, or the administrator in their place: a notice
    leaves somebody something to do, and a copy to others is no substitute.
    """
    mine = tuple(ending for ending in endings if addressee.address in ending.addresses)
    people = {administrator.lower(), *(owner.lower() for owner in addressee.owners)}
    decisive = [ending for ending in mine if ending.to.lower() in people]
    kinds = {ending.kind for ending in decisive if not ending.lost}
    reason = next((ending.reason for ending in decisive if ending.reason), "")
    if kinds & {Kind.FORWARD, Kind.ATTACHMENT}:
        held = None
    elif Kind.NOTICE in kinds:
        held = HeldReason.TOO_LARGE
    elif any(ending.unverified for ending in decisive):
        held = HeldReason.UNVERIFIED
    elif any(ending.lost for ending in decisive) and None not in kinds:
        held = HeldReason.UNDELIVERED
    else:
        held = HeldReason.REFUSED
    return Outcome(addressee=addressee, category=plan.category, held=held, explanation=reason, endings=mine)


def record_of(outcome: Outcome, mail: InboundMail, original: Original, run: str) -> dict[str, Any]:
    """The outcome as it is kept for `vend mail list`; texts from strangers are cut and printable."""
    account = outcome.addressee.record or {}
    sender = original_sender(original, mail.source).shown() if original.raw else mail.from_header
    facts = {
        "run": run,
        "messageId": mail.message_id,
        "receivedAt": mail.timestamp,
        "recipient": outcome.addressee.recipient,
        "accountId": account.get("accountId"),
        "accountName": account.get("accountName"),
        "from": printable(sender, _SHOWN),
        "subject": printable(subject_of(original) if original.raw else mail.subject, _SHOWN),
        "category": outcome.category,
        "verdicts": _given(mail),
        "outcome": outcome.word,
        "reason": outcome.held,
        "explanation": outcome.explanation or None,
        "bucket": mail.bucket,
        "key": mail.key,
        "sent": [_sent(ending) for ending in outcome.endings if ending.kind],
    }
    return {name: value for name, value in facts.items() if value is not None}


def event_of(outcome: Outcome, mail: InboundMail, now: datetime) -> dict[str, Any]:
    """The outcome as the event `Root Mail Received` tells it: nothing of the mail's own text is in it."""
    record = outcome.addressee.record or {}
    account = {
        "id": record.get("accountId"),
        "name": record.get("accountName"),
        "address": outcome.addressee.address,
    }
    return {
        "messageId": mail.message_id,
        "receivedAt": mail.timestamp or now.isoformat(),
        "account": {name: value for name, value in account.items() if value},
        "owner": {"email": list(outcome.addressee.owners), "name": record.get("ownerName") or ""},
        "known": outcome.addressee.record is not None,
        "category": outcome.category,
        "verdicts": _given(mail),
        "outcome": outcome.word,
        "reason": outcome.held or "",
        "bucket": mail.bucket,
        "key": mail.key,
    }


def metrics_of(outcome: Outcome) -> list[tuple[str, dict[str, str]]]:
    """What is counted of an outcome: names of metrics with their dimensions."""
    if outcome.held is None:
        return [("MailForwarded", {"Category": outcome.category})]
    return metrics_of_held(outcome.held, known=outcome.addressee.record is not None)


def metrics_of_held(reason: HeldReason, *, known: bool) -> list[tuple[str, dict[str, str]]]:
    """The same for a mail that is held: by reason, and once more without for whatever needs a person.

    Args:
        reason: why it is held.
        known: whether it was for a vended address; a virus for any other is the internet's usual noise.
    """
    by_reason: tuple[str, dict[str, str]] = ("MailHeld", {"Reason": reason})
    noise = reason in _NOISE or (reason is HeldReason.VIRUS and not known)
    return [by_reason] if noise else [by_reason, ("MailHeld", {})]


def refusals(endings: Iterable[Ending], addressees: Iterable[Addressee], administrator: str) -> list[Held]:
    """What the administrator has to be told of: copies that SES refused whichever way they were sent.

    For an owner who is not verified in the SES sandbox the administrator gets the mail itself.
    """
    by_address = {addressee.address: addressee for addressee in addressees}
    return [
        Held(
            by_address[address],
            HeldReason.UNVERIFIED if ending.unverified else HeldReason.REFUSED,
            ending.reason,
        )
        for ending in endings
        if ending.kind is None and (not ending.unverified or ending.to.lower() == administrator.lower())
        for address in ending.addresses
    ]


def _sent(ending: Ending) -> dict[str, str]:
    return {"to": ending.to, "kind": str(ending.kind), "sesMessageId": ending.message_id}


def _given(mail: InboundMail) -> dict[str, str]:
    return {name: verdict for name, verdict in asdict(mail.verdicts).items() if verdict}
