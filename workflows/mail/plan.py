"""Decides what becomes of an inbound mail: who gets a copy, for whom it is held and why, what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from workflows.mail.category import (
    AWS_DOMAINS,
    Author,
    Category,
    authenticated_author,
    category_of,
    is_from_aws,
)
from workflows.mail.envelope import InboundMail
from workflows.mail.header_block import Original
from workflows.mail.loops import is_to_forwarder, loop_of
from workflows.mail.rewrite import Copy
from workflows.mail.routing import (
    Addressee,
    Delivery,
    Lookup,
    deliveries_for,
    find_addressees,
    one_copy_each,
)
from workflows.mail.verdicts import Verdicts

_VIRUS = "Amazon SES found a virus in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRules:
    """What the configuration says about inbound mail."""

    forward_from: str
    """Our From address."""
    administrator: str
    forward_unknown: bool = True
    """Mail to unknown addresses goes to the administrator (catch-all policy `admin`), or is held (`hold`)."""
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Category -> further mailboxes that get mail of that category."""
    aws_domains: tuple[str, ...] = AWS_DOMAINS


class HeldReason(StrEnum):
    """Why a mail is held for a recipient."""

    VIRUS = "virus"
    SPAM = "spam"
    UNKNOWN_ADDRESS = "unknown-address"
    LOOP = "loop"
    ENCRYPTED = "encrypted"
    """A client encrypted it before it was stored: nobody here can read it."""
    TOO_LARGE = "too-large"
    """SES sends it neither as it is nor as an attachment; the owner got a notice."""
    REFUSED = "refused"
    """SES refused it for good, whichever way it was to be sent."""
    UNDELIVERED = "undelivered"
    """SES accepted it, and no copy that counts reached anybody."""
    UNVERIFIED = "unverified"
    """In the SES sandbox neither the owner nor the administrator is verified."""


@dataclass(frozen=True, slots=True)
class Held:
    """A recipient for whom the mail is kept and not forwarded."""

    addressee: Addressee
    reason: HeldReason
    explanation: str
    """Completes "because ..."."""
    tell: tuple[str, ...] = ()
    """Mailboxes to be told: of a virus, those who would have got the mail."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a mail; every envelope recipient is in `deliveries` or in `held`."""

    category: Category
    author: Author | None
    """The proven author, if there is one."""
    deliveries: tuple[Delivery, ...]
    held: tuple[Held, ...]


def plan_for(mail: InboundMail, original: Original, lookup: Lookup, rules: MailRules) -> Plan:
    """Decide about a mail.

    What an operator replays is held for a virus only: to deliver what was held is what a replay is for.

    Args:
        mail: envelope and verdicts, from SES's notification.
        original: the stored mail.
        lookup: finds the registry item of an address.
        rules: the configuration.
    """
    author = authenticated_author(original, mail.verdicts)
    category = category_of(original, author, rules.aws_domains)
    copies = rules.copies.get(category, ())
    deliveries: list[Delivery] = []
    held: list[Held] = []
    for addressee in find_addressees(mail.recipients, lookup):
        would_get = deliveries_for(addressee, rules.administrator, copies)
        if mail.replay is None or not mail.replay.overrules:
            reason, explanation = _why_held(mail, original, addressee, author, rules)
        else:
            reason, explanation = (HeldReason.VIRUS, _VIRUS) if mail.verdicts.has_virus else (None, "")
        if reason is None:
            deliveries += would_get
        else:
            tell = reason is HeldReason.VIRUS and addressee.record is not None
            told = tuple(one.to for one in would_get) if tell else ()
            held.append(Held(addressee, reason, explanation, told))
    return Plan(category, author, tuple(one_copy_each(deliveries)), tuple(held))


def copy_for(delivery: Delivery, mail: InboundMail, plan: Plan, rules: MailRules) -> Copy:
    """What a delivery's mail tells its reader; to be composed."""
    return Copy(
        addresses=delivery.addresses,
        forward_from=rules.forward_from,
        envelope_from=mail.source,
        category=plan.category,
        verdicts=mail.verdicts.in_words(),
        stored_as=f"s3://{mail.bucket}/{mail.key}" if mail.key else "",
    )


def _why_held(
    mail: InboundMail, original: Original, addressee: Addressee, author: Author | None, rules: MailRules
) -> tuple[HeldReason | None, str]:
    if loop := loop_of(original, rules.forward_from):
        return HeldReason.LOOP, loop
    if is_to_forwarder(addressee.address, rules.forward_from):
        return HeldReason.LOOP, "it is to the address we forward from"
    if mail.verdicts.has_virus:
        return HeldReason.VIRUS, _VIRUS
    if mail.verdicts.is_spam and not is_from_aws(author, rules.aws_domains):
        return HeldReason.SPAM, "Amazon SES takes it for spam"
    if addressee.record is None:
        return _why_unknown_is_held(mail.verdicts, rules)
    return None, ""


def _why_unknown_is_held(verdicts: Verdicts, rules: MailRules) -> tuple[HeldReason | None, str]:
    never = "its address was never vended"
    if not rules.forward_unknown:
        return HeldReason.UNKNOWN_ADDRESS, f"{never}, and the configuration holds such mail"
    if not verdicts.vouch_for_a_stranger:
        given = verdicts.in_words() or "none"
        return HeldReason.UNKNOWN_ADDRESS, f"{never}, and SES's verdicts do not vouch for it ({given})"
    return None, ""
