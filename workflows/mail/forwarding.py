"""Forwards an inbound mail: reads it, delivers its copies, holds what must be held, settles the outcome."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from workflows.mail.administrator import Administrator
from workflows.mail.announcing import ROOT_MAIL_RECEIVED, Bus
from workflows.mail.category import Category
from workflows.mail.courier import Courier, Ending
from workflows.mail.envelope import InboundMail, SetupNotification, read_notification
from workflows.mail.header_block import Original, read_original
from workflows.mail.holding import Holding
from workflows.mail.mail_store import MailStore
from workflows.mail.mailboxes import told_key
from workflows.mail.notices import unverified_notice
from workflows.mail.outcomes import (
    Outcome,
    event_of,
    outcome_of_held,
    outcome_of_sent,
    record_of,
    refusals,
)
from workflows.mail.plan import Held, HeldReason, MailRules, Plan, plan_for
from workflows.mail.records import Attempt, MailRecords
from workflows.mail.routing import Addressee, Delivery, Role, find_addressees, one_copy_each
from workflows.mail.sending import Sender
from workflows.vending.errors import MailRefused, PassingError
from workflows.vending.mailer import Mailer
from workflows.vending.operations import Operations
from workflows.vending.registry import Registry

_ENCRYPTED = "it was encrypted by a client before it was stored, and only that client's key opens it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What mails are forwarded with, the same for all of them."""

    registry: Registry
    records: MailRecords
    store: MailStore
    mailer: Mailer
    bus: Bus
    operations: Operations
    rules: MailRules
    settled: Callable[[Outcome], None]
    """Told of every outcome, once."""


def forward(
    message: str, office: Office, *, attempt: Attempt, now: datetime, seconds_left: Callable[[], float]
) -> str:
    """Do with a mail what is left to be done with it.

    Args:
        message: body of the queue's message.
        office: what to do it with.
        attempt: which receive of which message this is.
        now: the time.
        seconds_left: how long the function may still run.

    Returns:
        SES's id of the mail; empty when the message tells of none.

    Raises:
        PassingError: something could not be done yet; everything else is done.
        NotificationUnreadable, MailMissing, VendingError: a person has to look.
    """
    mail = read_notification(message)
    if isinstance(mail, SetupNotification):
        return ""
    if mail.replay is None:
        office.store.keep_notification(mail.bucket, mail.key, mail.notification)
    stored = office.store.read(mail.bucket, mail.key)
    original = read_original(stored.raw)
    plan = _encrypted(mail, office) if stored.encrypted else _plan(mail, original, office)
    sender = Sender(
        mailer=office.mailer,
        records=office.records,
        forward_from=office.rules.forward_from,
        attempt=attempt,
        now=now,
    )
    courier = Courier(
        mail=mail, original=original, plan=plan, rules=office.rules, sender=sender, seconds_left=seconds_left
    )
    _Forwarding(office, courier).run()
    return mail.message_id


class _Forwarding:
    """One attempt to forward one mail."""

    def __init__(self, office: Office, courier: Courier) -> None:
        self._office = office
        self._courier = courier
        self._mail, self._plan = courier.mail, courier.plan
        self._administrator = Administrator(
            mailbox=office.rules.administrator, sender=courier.sender, operations=office.operations
        )
        self._holding = Holding(courier=courier, administrator=self._administrator)
        self._endings: list[Ending] = []
        self._unfinished: set[str] = set()
        self._problems: list[PassingError] = []

    def run(self) -> None:
        """Send, hold, settle; what cannot be done yet is raised at the end."""
        for_administrator = []
        for delivery in self._plan.deliveries:
            if delivery.to.lower() == self._office.rules.administrator.lower():
                for_administrator.append(delivery)
            else:
                for_administrator += self._deliver(delivery)
        for delivery in one_copy_each(for_administrator):
            self._deliver(delivery)
        refused = refusals(self._endings, self._addressees(), self._office.rules.administrator)
        self._tell([*self._plan.held, *refused])
        self._settle()
        if self._problems:
            raise self._problems[0]

    def _deliver(self, delivery: Delivery) -> list[Delivery]:
        """Deliver one copy; what the administrator is to get in its place."""
        try:
            ending = self._courier.deliver(delivery)
            self._endings.append(ending)
            return self._instead_of_unverified(delivery) if ending.unverified else []
        except PassingError as problem:
            self._unfinished.update(delivery.addresses)
            self._problems.append(problem)
            return []

    def _instead_of_unverified(self, delivery: Delivery) -> list[Delivery]:
        """In the SES sandbox: ask the owner to verify, tell the administrator, and send the mail there."""
        administrator = self._office.rules.administrator
        with suppress(MailRefused, PassingError):  # the next mail asks again; this one is not to wait for it
            self._office.mailer.request_verification(delivery.to)
        mine = [one for one in delivery.addressees if _owns(one, delivery.to)]
        if delivery.to.lower() == administrator.lower() or not mine:
            return []
        self._administrator.tell(
            told_key(delivery.to, "unverified"),
            f"The owner {delivery.to} of {mine[0].address} is not verified in the SES sandbox.",
            lambda: unverified_notice(
                mine[0].address, delivery.to, to=administrator, forward_from=self._office.rules.forward_from
            ),
        )
        return [Delivery(administrator, Role.ADMINISTRATOR, (addressee,)) for addressee in mine]

    def _tell(self, held: list[Held]) -> None:
        try:
            self._holding.tell(held)
        except PassingError as problem:
            self._unfinished.update(one.addressee.address for one in held)
            self._problems.append(problem)

    def _settle(self) -> None:
        """Announce and record the outcome for every addressee with whom this attempt could finish."""
        plan, administrator = self._plan, self._office.rules.administrator
        outcomes = [outcome_of_held(one, plan) for one in plan.held]
        outcomes += [
            outcome_of_sent(addressee, plan, self._endings, administrator)
            for addressee in self._addressees()
            if addressee.address not in self._unfinished
        ]
        for outcome in outcomes:
            if outcome.addressee.address in self._unfinished:
                continue
            try:
                self._settle_one(outcome)
            except PassingError as problem:
                self._problems.append(problem)

    def _settle_one(self, outcome: Outcome) -> None:
        records, mail, now = self._office.records, self._mail, self._courier.sender.now
        run = mail.replay.id if mail.replay else ""
        earlier = records.outcome(mail, outcome.addressee.address)
        if earlier and earlier["run"] == run:
            return
        self._office.bus.announce(ROOT_MAIL_RECEIVED, event_of(outcome, mail, now))
        # Last of all: it also says that everything else is done.
        facts = record_of(outcome, mail, self._courier.original, run)
        records.settle(mail, outcome.addressee.address, now, facts)
        self._office.settled(outcome)

    def _addressees(self) -> list[Addressee]:
        found = {one.address: one for delivery in self._plan.deliveries for one in delivery.addressees}
        return list(found.values())


def _plan(mail: InboundMail, original: Original, office: Office) -> Plan:
    return plan_for(mail, original, office.registry.address, office.rules)


def _encrypted(mail: InboundMail, office: Office) -> Plan:
    """Hold for everybody what nobody can read."""
    addressees = find_addressees(mail.recipients, office.registry.address)
    held = tuple(Held(addressee, HeldReason.ENCRYPTED, _ENCRYPTED) for addressee in addressees)
    return Plan(Category.OTHER, None, (), held)


def _owns(addressee: Addressee, mailbox: str) -> bool:
    return mailbox.lower() in (owner.lower() for owner in addressee.owners)
