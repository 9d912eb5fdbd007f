"""Takes in what SES tells of sent mails: an owner who gets none makes the administrator get it too."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.mail.administrator import Administrator
from workflows.mail.envelope import Replay
from workflows.mail.inbound_queue import InboundQueue
from workflows.mail.mail_store import MailMissing, MailStore
from workflows.mail.mailboxes import Mailboxes, told_key
from workflows.mail.notices import mailbox_notice, not_through_notice, unreachable_notice
from workflows.mail.records import MailRecords
from workflows.mail.sent_events import Fate, SentEvent
from workflows.vending.operations import Report
from workflows.vending.registry import iso

KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """What events are taken in with."""

    mailboxes: Mailboxes
    records: MailRecords
    administrator: Administrator
    store: MailStore
    queue: InboundQueue

    def take(self, event: SentEvent) -> str:
        """Do what follows from an event; the same event a second time changes nothing.

        Returns:
            what followed: `unreachable`, `reachable`, `rejected`, `undelivered`, or `known` for nothing.

        Raises:
            VendingError, ClientError, BotoCoreError: whoever invoked the function tries again.
        """
        if event.fate in (Fate.REJECTED, Fate.UNDELIVERED):
            return self._did_not_get_through(event)
        state = self.mailboxes.state(event.mailbox)
        if event.fate is Fate.DELIVERED:
            return self._delivered(event) if state.get("unreachable") and _after(event, state) else KNOWN
        if state and not state["unreachable"] and iso(event.at) <= state["at"]:
            return KNOWN  # older than a delivery
        if state.get("unreachable"):
            self._flag_new_accounts(event)
        else:
            self._fails_now(event)
        self._send_to_administrator(event)
        return KNOWN if state.get("unreachable") else "unreachable"

    def _fails_now(self, event: SentEvent) -> None:
        accounts = self.mailboxes.accounts(event.mailbox)
        for item in accounts:
            self.mailboxes.flag(item, event)
        self._tell_of_unreachable(event, sorted(str(item["address"]) for item in accounts))
        self.mailboxes.remember(event, unreachable=True)

    def _flag_new_accounts(self, event: SentEvent) -> None:
        for item in self.mailboxes.accounts(event.mailbox, among=event.addresses):
            self.mailboxes.flag(item, event)

    def _delivered(self, event: SentEvent) -> str:
        for item in self.mailboxes.accounts(event.mailbox):
            self.mailboxes.unflag(item, event)
        self.records.forget(told_key(event.mailbox, "unreachable"))
        self.mailboxes.remember(event, unreachable=False)
        return "reachable"

    def _tell_of_unreachable(self, event: SentEvent, addresses: list[str]) -> None:
        key, to = told_key(event.mailbox, "unreachable"), self.administrator.mailbox
        ours = self.administrator.sender.forward_from
        about = f"The mailbox {event.mailbox} {event.what}."
        if event.mailbox == to.lower():
            # Mail about it would go to that very mailbox.
            facts = {"event": "administrator-unreachable", "administrator": to}
            self.administrator.report(key, Report(about, f"{about}\nIt is the administrator's.\n", facts))
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

    def _send_to_administrator(self, event: SentEvent) -> None:
        """Have a mail that its owner did not get forwarded once more: now also to the administrator."""
        copy = self.records.copy(event.mail, event.mailbox) if event.mail else None
        if copy is None or copy.get("role") != "owner":
            return
        if self.records.copy(event.mail, self.administrator.mailbox):
            return
        try:
            notification = self.store.notification(copy["bucket"], copy["key"])
        except MailMissing:
            return  # kept no longer: nothing is left to forward
        self.queue.replay(notification, Replay(f"unreachable-{event.message_id}"))

    def _did_not_get_through(self, event: SentEvent) -> str:
        to, ours = self.administrator.mailbox, self.administrator.sender.forward_from
        key = told_key(event.mailbox, f"{event.fate}#{event.message_id}")
        about = f"{event.mailbox} {event.what}."
        if event.mailbox == to.lower():
            # A mail about it would have the same fate, and there would be no end of them.
            facts = {"event": f"administrator-{event.fate}", "administrator": to}
            self.administrator.report(
                key, Report(about, f"{about}\nIt is the administrator's mailbox.\n", facts)
            )
        else:
            self.administrator.tell(
                key,
                about,
                lambda: not_through_notice(
                    event.addresses, event.mailbox, event.what, to=to, forward_from=ours
                ),
            )
        return str(event.fate)


def _after(event: SentEvent, state: dict[str, str]) -> bool:
    """Whether the mail was sent after the mailbox failed; one that was under way then proves nothing."""
    return iso(event.sent_at) > state["at"]
