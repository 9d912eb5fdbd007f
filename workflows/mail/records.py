"""What became of inbound mails: each sending once, and the outcome for every address a mail was for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.mail.envelope import InboundMail
from workflows.vending.errors import MailBusy
from workflows.vending.registry import Registry, address_key, iso
from workflows.vending.table import ConditionFailed, Item, Key, Put, Update

_MAIL, _TO = "MAIL#", "TO#"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCopy:
    """The copy of an inbound mail for one mailbox, as it is on record."""

    key: Key
    to: str
    role: str
    addresses: tuple[str, ...]
    """The vended addresses it was for."""
    mail: str
    """SES's id of the inbound mail."""
    received_at: str
    bucket: str
    object_key: str
    message_id: str
    """SES's id of what was sent; empty before that."""
    sent_at: str
    """Empty while it is not sent, or once it is to be sent again."""
    being_sent: bool
    lost: str
    """Why it reached nobody, as a sentence; empty while nobody knows better."""

    @property
    def stands(self) -> bool:
        """It was sent, and for all we know it arrived."""
        return bool(self.sent_at) and not self.lost

    def outcome_key(self, address: str) -> Key:
        """The key of the outcome of its mail for one address."""
        return _outcome_key(address, self.received_at, self.mail)


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
        self._table.write(
            Update(key=key, assign={"sentAt": iso(now), **facts}, remove=["claim", "refused", "lost"])
        )

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

    def copies(self, mail: str) -> list[SentCopy]:
        """Every copy of a mail that was sent, is being sent, or is to be sent again; strongly consistent.

        Args:
            mail: SES's id of the inbound mail.
        """
        return [_copy(item, mail) for item in self._table.query(f"{_MAIL}{mail}", prefix=_TO)]

    def lose(self, copy: SentCopy, why: str) -> None:
        """Record that a copy reached nobody, unless it was sent once more since it was read."""
        condition = "#sesMessageId = :id AND attribute_exists(#sentAt)"
        values = {"id": copy.message_id}
        with suppress(ConditionFailed):
            self._table.write(Update(key=copy.key, assign={"lost": why}, condition=condition, values=values))

    def hold(self, key: Key, seen: Item, facts: Item) -> bool:
        """Make an outcome one that is held; False, and nothing done, where it is not as it was read."""
        condition = "#outcome = :outcome AND #recordedAt = :recordedAt"
        values = {name: seen[name] for name in ("outcome", "recordedAt")}
        try:
            self._table.write(Update(key=key, assign=facts, condition=condition, values=values))
        except ConditionFailed:
            return False
        return True

    def forget(self, key: Key) -> None:
        """Let it be sent once more."""
        self._table.write(Update(key=key, remove=["claim", "sentAt", "lost"]))

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

    def outcome_at(self, key: Key) -> Item | None:
        """The outcome that is recorded under a key."""
        return self._table.get(key)

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
    return _run_of(mail, (f"{_MAIL}{mail.message_id}", f"{_TO}{mailbox.lower()}"))


def notice_key(mail: InboundMail, what: str, mailbox: str) -> Key:
    """The key of a notice about a mail to one mailbox."""
    return _run_of(mail, (f"{_MAIL}{mail.message_id}", f"NOTICE#{what}#{mailbox.lower()}"))


def outcome_key(mail: InboundMail, address: str) -> Key:
    """The key of the outcome for one address."""
    return _outcome_key(address, mail.timestamp, mail.message_id)


def _outcome_key(address: str, received_at: str, mail: str) -> Key:
    return address_key(address)[0], f"{_MAIL}{received_at}#{mail}"


def _copy(item: Item, mail: str) -> SentCopy:
    return SentCopy(
        key=(item["pk"], item["sk"]),
        to=item.get("to") or item["sk"].removeprefix(_TO),
        role=item.get("role", ""),
        addresses=tuple(item.get("addresses", ())),
        mail=mail,
        received_at=item.get("receivedAt", ""),
        bucket=item.get("bucket", ""),
        object_key=item.get("key", ""),
        message_id=item.get("sesMessageId", ""),
        sent_at=item.get("sentAt", ""),
        being_sent="claim" in item and "sentAt" not in item,
        lost=item.get("lost", ""),
    )


def _run_of(mail: InboundMail, key: Key) -> Key:
    """What is sent again on purpose has records of its own."""
    again = mail.replay is not None and mail.replay.again
    return (key[0], f"{key[1]}#{mail.replay.id}") if mail.replay and again else key
