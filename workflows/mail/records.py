"""What became of inbound mails: each sending once, and the outcome for every address a mail was for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.mail.envelope import InboundMail
from workflows.vending.errors import MailBusy
from workflows.vending.registry import Registry, address_key, iso
from workflows.vending.table import ConditionFailed, Item, Key, Put, Update

_MAIL = "MAIL#"
_SENDING_TAKES = timedelta(minutes=2)
"""Longer than ForwardInbound and TrackDelivery can run: an older claim was left by one that died."""

# An earlier receive of the same message has ended when SQS brings the message again.
_FREE_OR_MINE = (
    "attribute_not_exists(#sentAt) AND (attribute_not_exists(#claim) OR #claim.#id = :id OR "
    "(#claim.#message = :message AND #claim.#receive < :receive) OR #claim.#at < :stale)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send what has to be sent."""

    id: str
    """No other try has it."""
    message: str
    """What started it: the id of a queue's or a topic's message."""
    receive: int = 1
    """How often that message was received, this time included."""


class MailRecords:
    """The records in the registry's table; they expire with the mail they are about.

    Every method raises `RegistryBusy` for what passes by itself and `RegistryRefused` for what does not.
    """

    def __init__(self, registry: Registry, *, keep_days: int) -> None:
        self._table = registry.table
        self._keep = timedelta(days=keep_days)

    def claim(self, key: Key, attempt: Attempt, now: datetime) -> Item | None:
        """Leave word that something is being sent; the record of it if it was sent already, else None.

        Raises:
            MailBusy: somebody else is sending it at this moment, or died doing so minutes ago.
        """
        claim = {
            "id": attempt.id,
            "message": attempt.message,
            "receive": attempt.receive,
            "at": iso(now),
        }
        values = {
            "id": attempt.id,
            "message": attempt.message,
            "receive": attempt.receive,
            "stale": iso(now - _SENDING_TAKES),
        }
        try:
            self._table.write(
                Update(
                    key=key,
                    assign={"claim": claim, "expiresAt": self._expiry(now)},
                    condition=_FREE_OR_MINE,
                    values=values,
                )
            )
        except ConditionFailed as failed:
            record = self._table.get(key)
            if record is None or "sentAt" not in record:
                raise MailBusy(f"Somebody else is sending {key[1]} of {key[0]}.") from failed
            return record
        return None

    def sent(self, key: Key, now: datetime, facts: Item) -> None:
        """Record that it was sent, and with what facts."""
        self._table.write(Update(key=key, assign={"sentAt": iso(now), **facts}, remove=["claim", "refused"]))

    def release(self, key: Key, attempt: Attempt) -> None:
        """Take a claim back, unless another attempt has taken over."""
        try:
            self._table.write(
                Update(key=key, remove=["claim"], condition="#claim.#id = :id", values={"id": attempt.id})
            )
        except ConditionFailed:
            return

    def refused(self, key: Key, why: str) -> None:
        """Record that SES refused it; the next attempt may try again."""
        self._table.write(Update(key=key, assign={"refused": why}, remove=["claim"]))

    def copy(self, mail: str, mailbox: str) -> Item | None:
        """The record of the copy of a mail for one mailbox, if it was sent.

        Args:
            mail: SES's id of the inbound mail.
            mailbox: who was to get it.

        Raises:
            MailBusy: it is being sent just now: what follows from it has to wait for how that ends.
        """
        record = self._table.get(_copy_key(mail, mailbox))
        if record and "claim" in record and "sentAt" not in record:
            raise MailBusy(f"The copy of mail {mail} for {mailbox} is being sent.")
        return record if record and "sentAt" in record else None

    def forget(self, key: Key) -> None:
        """Let it be sent once more."""
        self._table.write(Update(key=key, remove=["claim", "sentAt"]))

    def number(self, key: Key, counter: Key, now: datetime) -> int:
        """The place of what is claimed among all that a counter counts; the same on every try."""
        record = self._table.get(key) or {}
        if "number" not in record:
            record["number"] = self._table.add(counter, "count", 1, expiresAt=self._expiry(now))
            self._table.write(Update(key=key, assign={"number": record["number"]}))
        return int(record["number"])

    def outcome(self, mail: InboundMail, address: str) -> Item | None:
        """The outcome that is recorded for one address of a mail."""
        return self._table.get(outcome_key(mail, address))

    def settle(self, mail: InboundMail, address: str, now: datetime, facts: Item) -> None:
        """Record the outcome for one address of a mail, in the place of an earlier one."""
        pk, sk = outcome_key(mail, address)
        kept = {"pk": pk, "sk": sk, "address": address, "recordedAt": iso(now), **facts}
        self._table.write(Put(item={**kept, "expiresAt": self._expiry(now)}))

    def outcomes(self, address: str) -> list[Item]:
        """The outcomes for one address, oldest first."""
        return list(self._table.query(address_key(address)[0], prefix=_MAIL))

    def held(self) -> Iterator[Item]:
        """The outcomes of all mails that are held; reads the whole table, eventually consistent."""
        yield from self._table.scan_where(sk_prefix=_MAIL, attribute="outcome", value="held")

    def _expiry(self, now: datetime) -> int:
        return int((now + self._keep).timestamp())


def copy_key(mail: InboundMail, mailbox: str) -> Key:
    """The key of the copy of a mail for one mailbox."""
    return _run_of(mail, _copy_key(mail.message_id, mailbox))


def notice_key(mail: InboundMail, what: str, mailbox: str) -> Key:
    """The key of a notice about a mail to one mailbox."""
    return _run_of(mail, (f"{_MAIL}{mail.message_id}", f"NOTICE#{what}#{mailbox.lower()}"))


def outcome_key(mail: InboundMail, address: str) -> Key:
    """The key of the outcome for one address."""
    return address_key(address)[0], f"{_MAIL}{mail.timestamp}#{mail.message_id}"


def _copy_key(mail: str, mailbox: str) -> Key:
    return f"{_MAIL}{mail}", f"TO#{mailbox.lower()}"


def _run_of(mail: InboundMail, key: Key) -> Key:
    """What is sent again on purpose has records of its own."""
    again = mail.replay is not None and mail.replay.again
    return (key[0], f"{key[1]}#{mail.replay.id}") if mail.replay and again else key
