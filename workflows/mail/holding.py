"""Tells of held mails: the owner of a virus, the administrator of everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from workflows.mail.administrator import Administrator
from workflows.mail.courier import Courier
from workflows.mail.notice_limits import HourlyLimit
from workflows.mail.notices import encrypted_notice, held_notice, many_held_notice, virus_notice
from workflows.mail.plan import Held, HeldReason, copy_for
from workflows.mail.records import notice_key
from workflows.mail.rewrite import Copy
from workflows.mail.routing import Addressee, Delivery, Role
from workflows.vending.table import Key

_MOST_AN_HOUR = 100
_MOST_LOOPS_AN_HOUR = 10
"""What goes round may bring notices that go round themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Tells that one mail is held, everybody once, and of so many mails an hour."""

    courier: Courier
    """Has the mail."""
    administrator: Administrator

    def tell(self, held: Iterable[Held]) -> None:
        """Tell everybody who has to know for whom the mail is held.

        Raises:
            PassingError: somebody could not be told yet.
            SenderRefused: SES takes no mail of ours.
        """
        owners: dict[str, list[Addressee]] = {}
        administrator: dict[tuple[HeldReason, str], list[Addressee]] = {}
        for one in held:
            for mailbox in one.tell:
                owners.setdefault(mailbox, []).append(one.addressee)
            if not one.tell:
                administrator.setdefault((one.reason, one.explanation), []).append(one.addressee)
        for mailbox, addressees in owners.items():
            if not self._tell_owner(mailbox, addressees):
                why = (HeldReason.VIRUS, f"Amazon SES found a virus in it, and {mailbox} cannot be told")
                administrator.setdefault(why, []).extend(addressees)
        for (reason, explanation), addressees in administrator.items():
            self._tell_administrator(reason, explanation, addressees)

    def _tell_owner(self, mailbox: str, addressees: list[Addressee]) -> bool:
        copy = self._copy(mailbox, addressees)

        def notice() -> bytes:
            return virus_notice(self.courier.original, copy, mailbox)

        key = notice_key(self.courier.mail, HeldReason.VIRUS, mailbox)
        refused = self.courier.sender.notify(
            key, mailbox, lambda: self._unless_too_many(key, HeldReason.VIRUS, mailbox, notice)
        )
        return refused is None

    def _tell_administrator(self, reason: HeldReason, why: str, addressees: list[Addressee]) -> None:
        to, mail = self.administrator.mailbox, self.courier.mail
        copy = self._copy(to, addressees)

        def notice() -> bytes:
            if reason is HeldReason.ENCRYPTED:
                return encrypted_notice(mail, copy.addresses, to=to, forward_from=copy.forward_from)
            return held_notice(self.courier.original, copy, why, to)

        key = notice_key(mail, f"{reason}#{copy.addresses[0]}", to)
        self.administrator.tell(
            key,
            f"A mail to {', '.join(copy.addresses)} is held, because {why}.",
            lambda: self._unless_too_many(key, reason, to, notice),
        )

    def _copy(self, to: str, addressees: list[Addressee]) -> Copy:
        delivery = Delivery(to, Role.ADMINISTRATOR, tuple(addressees))
        return copy_for(delivery, self.courier.mail, self.courier.plan, self.courier.rules)

    def _unless_too_many(
        self, key: Key, reason: HeldReason, to: str, notice: Callable[[], bytes]
    ) -> bytes | None:
        most = _MOST_LOOPS_AN_HOUR if reason is HeldReason.LOOP else _MOST_AN_HOUR
        sender = self.courier.sender
        return HourlyLimit(sender=sender, mailbox=to, kind=reason, most=most).choose(
            key, notice, lambda: many_held_notice(reason, to=to, forward_from=sender.forward_from)
        )
