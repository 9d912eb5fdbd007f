"""Takes in what SES tells of sent mails: an owner who gets none makes the administrator get it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.mail.administrator import Administrator
from workflows.mail.envelope import Replay
from workflows.mail.inbound_queue import InboundQueue
from workflows.mail.losses import Losses
from workflows.mail.mail_store import MailMissing, MailStore
from workflows.mail.mailboxes import Mailboxes, told_key
from workflows.mail.notice_limits import HourlyLimit
from workflows.mail.notices import (
    mailbox_notice,
    many_not_through_notice,
    not_through_notice,
    unreachable_notice,
)
from workflows.mail.records import MailRecords, SentCopy
from workflows.mail.routing import Role
from workflows.mail.sent_events import Fate, SentEvent
from workflows.vending.operations import Report
from workflows.vending.registry import iso
from workflows.vending.table import Item, Key

KNOWN = "known"

_MOST_AN_HOUR = 10
"""A mailbox that is full is full for every mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What events are taken in with."""

    mailboxes: Mailboxes
    records: MailRecords
    losses: Losses
    administrator: Administrator
    store: MailStore
    queue: InboundQueue

    def take(self, event: SentEvent) -> str:
        """Do what follows from an event; the same event a second time changes nothing.

        Returns:
            what followed: `unreachable`, `reachable`, `rejected`, `undelivered`, `uncertain`, or `known` for
            nothing.

        Raises:
            VendingError, ClientError, BotoCoreError: whoever invoked the function tries again.
        """
        if event.fate is Fate.DELIVERED:
            return self._delivered(event)
        copy = self.losses.copy_of(event)
        if event.fate in (Fate.BOUNCED, Fate.COMPLAINED):
            return self._fails(event, copy)
        if copy and event.fate is not Fate.UNCERTAIN:
            self.losses.mark(copy, event)
            self.losses.hold_what_nobody_has(copy, event)
        self._tell_of_one(event, copy)
        return str(event.fate)

    def _delivered(self, event: SentEvent) -> str:
        state = self.mailboxes.state(event.mailbox)
        if not state.get("unreachable") or iso(event.sent_at) <= state["at"]:
            return KNOWN  # a mail that was under way when the mailbox failed proves nothing
        for item in self.mailboxes.accounts(event.mailbox):
            self.mailboxes.unflag(item, event)
        self.records.forget(told_key(event.mailbox, "unreachable"))
        self.mailboxes.remember(event, unreachable=False)
        return "reachable"

    def _fails(self, event: SentEvent, copy: SentCopy | None) -> str:
        """Mind the mail itself first: to look for all accounts of the mailbox may outlast the function."""
        state = self.mailboxes.state(event.mailbox)
        outdated = bool(state) and not state["unreachable"] and iso(event.at) <= state["at"]
        flagged: list[Item] = []
        if not outdated:
            addresses = copy.addresses if copy else event.addresses
            flagged = self._flag(self.mailboxes.accounts(event.mailbox, among=addresses), event)
        if copy:
            self._save(event, copy, flagged)
        if outdated or state.get("unreachable"):
            return KNOWN
        known = {item["address"] for item in flagged}
        more = [one for one in self.mailboxes.accounts(event.mailbox) if one["address"] not in known]
        flagged += self._flag(more, event)
        self._tell_of_unreachable(event, sorted(str(item["address"]) for item in flagged))
        self.mailboxes.remember(event, unreachable=True)
        return "unreachable"

    def _flag(self, accounts: Sequence[Item], event: SentEvent) -> list[Item]:
        for item in accounts:
            self.mailboxes.flag(item, event)
        return list(accounts)

    def _save(self, event: SentEvent, copy: SentCopy, flagged: Sequence[Item]) -> None:
        """Have the mail reach the administrator, else hold it."""
        if event.fate is Fate.BOUNCED:
            self.losses.mark(copy, event)
        mine = event.mailbox == self.administrator.mailbox.lower()
        handed_over = copy.role == Role.OWNER and not mine and bool(flagged) and self._hand_over(event, copy)
        if event.fate is Fate.BOUNCED and not handed_over:
            self.losses.hold_what_nobody_has(copy, event)

    def _hand_over(self, event: SentEvent, copy: SentCopy) -> bool:
        """Have a mail that its owner did not get forwarded once more: now also to the administrator."""
        got_it = self.losses.is_with_administrator(copy)
        if got_it is None:
            try:
                notification = self.store.notification(copy.bucket, copy.object_key)
            except MailMissing:
                return True  # kept no longer: nothing is left to forward, or to hold
            self.queue.replay(notification, Replay(f"unreachable-{event.message_id}"))
        return got_it is not False

    def _tell_of_unreachable(self, event: SentEvent, addresses: list[str]) -> None:
        key, to = told_key(event.mailbox, "unreachable"), self.administrator.mailbox
        ours = self.administrator.sender.forward_from
        about = f"The mailbox {event.mailbox} {event.what}."
        if event.mailbox == to.lower():
            # Mail about it would go to that very mailbox.
            facts = {"event": "administrator-unreachable", "administrator": to}
            report = Report(about, f"{about}\nIt is the administrator's.\n", facts)
            self.administrator.report(key, lambda: report)
        elif addresses:
            self.administrator.tell(
                key,
                about,
                lambda: unreachable_notice(addresses, event.mailbox, event.what, to=to, forward_from=ours),
            )
        else:
            self.administrator.tell(
                key, about, lambda: mailbox_notice(event.mailbox, event.what, to=to, forward_from=ours)
            )

    def _tell_of_one(self, event: SentEvent, copy: SentCopy | None) -> None:
        """Tell of a mail that did not get through, if there are not too many of them."""
        sender, to = self.administrator.sender, self.administrator.mailbox
        key = told_key(event.mailbox, f"{event.fate}#{event.message_id}")
        limit = HourlyLimit(sender=sender, mailbox=event.mailbox, kind=event.fate, most=_MOST_AN_HOUR)
        about = f"{event.mailbox} {event.what}."
        if event.mailbox == to.lower():
            # A mail about it would have the same fate, and there would be no end of them.
            self.administrator.report(key, lambda: self._report(limit, key, event, about))
            return
        ours = sender.forward_from
        addresses = copy.addresses if copy else event.addresses
        stored_as = f"s3://{copy.bucket}/{copy.object_key}" if copy else ""
        self.administrator.tell(
            key,
            about,
            lambda: limit.choose(
                key,
                lambda: not_through_notice(
                    addresses, event.mailbox, event.what, stored_as, to=to, forward_from=ours
                ),
                lambda: many_not_through_notice(event.mailbox, event.what, to=to, forward_from=ours),
            ),
        )

    def _report(self, limit: HourlyLimit, key: Key, event: SentEvent, about: str) -> Report | None:
        to = self.administrator.mailbox
        facts = {"event": f"administrator-{event.fate}", "administrator": to}
        text = f"{about}\nIt is the administrator's mailbox.\n"
        more = "There are very many such mails; you are told of no more of them within this hour.\n"
        return limit.choose(
            key, lambda: Report(about, text, facts), lambda: Report(about, text + more, facts)
        )
