"""Copies that SES accepted and that reached nobody: what nobody has is held, and a replay sends it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflows.mail.outcomes import FORWARDED, HELD
from workflows.mail.plan import HeldReason
from workflows.mail.records import MailRecords, SentCopy
from workflows.mail.routing import Role
from workflows.mail.sent_events import SentEvent
from workflows.vending.errors import MailBusy
from workflows.vending.table import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What became of the copies of mails after they were sent.

    Its methods raise `RegistryBusy` for what passes by itself and `RegistryRefused` for what does not.
    """

    records: MailRecords
    administrator: str
    held: Callable[[], None]
    """Told of every address for which a mail becomes held, once."""

    def copy_of(self, event: SentEvent) -> SentCopy | None:
        """The copy that an event is about; None for a mail of our own, and for a copy that was sent twice.

        Raises:
            MailBusy: it is being sent just now: what follows from it has to wait for how that ends.
        """
        copies = self.records.copies(event.mail) if event.mail else []
        found = next((copy for copy in copies if copy.message_id == event.message_id), None)
        if found is None and any(copy.to.lower() == event.mailbox and copy.being_sent for copy in copies):
            raise MailBusy(f"The copy of mail {event.mail} for {event.mailbox} is being sent.")
        return found

    def is_with_administrator(self, copy: SentCopy) -> bool | None:
        """Whether the administrator got the mail, too; None while nobody sent it there."""
        theirs = [
            one for one in self.records.copies(copy.mail) if one.to.lower() == self.administrator.lower()
        ]
        sent = [one for one in theirs if one.sent_at and set(copy.addresses) <= set(one.addresses)]
        return any(one.stands for one in sent) if sent else None

    def mark(self, copy: SentCopy, event: SentEvent) -> None:
        """Record that a copy reached nobody."""
        self.records.lose(copy, f"{event.mailbox} {event.what}")

    def hold_what_nobody_has(self, copy: SentCopy, event: SentEvent) -> None:
        """Hold the mail for those addresses of a lost copy for which no other copy of it stands.

        Raises:
            MailBusy: the mail is not done with: what follows has to wait for how that ends.
        """
        if not copy.sent_at or not self._counts(copy):
            return  # it is forgotten already, or was nobody's substitute for the mail
        copies = [one for one in self.records.copies(copy.mail) if self._counts(one)]
        for address in copy.addresses:
            mine = [one for one in copies if address in one.addresses]
            if not any(one.stands for one in mine):
                self._hold(address, copy, event)
                for one in mine:
                    if one.lost:
                        self.records.forget(one.key)

    def _hold(self, address: str, copy: SentCopy, event: SentEvent) -> None:
        key = copy.outcome_key(address)
        outcome = self.records.outcome_at(key)
        if outcome is None or (not _tells_of(outcome, copy) and outcome["recordedAt"] <= copy.sent_at):
            raise MailBusy(f"The mail {copy.mail} to {address} is not done with.")
        if outcome["outcome"] != FORWARDED or not _tells_of(outcome, copy):
            return  # held already, or a later run of it has an outcome of its own
        why = f"{event.mailbox} {event.what}"
        facts = {"outcome": HELD, "reason": HeldReason.UNDELIVERED, "explanation": why}
        if self.records.hold(key, outcome, facts):
            self.held()

    def _counts(self, copy: SentCopy) -> bool:
        """Whether it is the owner's or, in their place, the administrator's."""
        return copy.role != Role.COPY or copy.to.lower() == self.administrator.lower()


def _tells_of(outcome: Item, copy: SentCopy) -> bool:
    return any(one["sesMessageId"] == copy.message_id for one in outcome.get("sent", []))
