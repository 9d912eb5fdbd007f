"""Tells the administrator what somebody has to know; where no mail gets through, the operations topic."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from workflows.mail.sending import Notice, Sender
from workflows.vending.errors import MailRefused, RecipientUnverified
from workflows.vending.operations import Operations, Report
from workflows.vending.table import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """The administrator's mailbox, and what stands in for it."""

    mailbox: str
    sender: Sender
    operations: Operations

    def tell(self, key: Key, about: str, notice: Notice) -> None:
        """Send a notice, once.

        Args:
            key: where it is recorded that it was sent.
            about: one sentence, for the operations topic.
            notice: makes the mail.

        Raises:
            MailBusy: SES may take it later, or somebody else is sending it.
            SenderRefused: SES takes no mail of ours.
            ClientError, BotoCoreError: the operations topic could not be told.
        """
        refused = self.sender.notify(key, self.mailbox, notice)
        if refused is None:
            return
        if isinstance(refused, RecipientUnverified):
            with suppress(MailRefused):
                self.sender.mailer.request_verification(self.mailbox)
        self.operations.tell(self._report(about, refused))
        self.sender.records.sent(key, self.sender.now, {"kind": "report"})

    def report(self, key: Key, report: Callable[[], Report | None]) -> None:
        """Tell operations, once, what no mail can tell.

        Args:
            key: where it is recorded that it was told.
            report: makes what is told, once that is claimed; None tells nothing.

        Raises:
            MailBusy: somebody else is telling it.
            ClientError, BotoCoreError: the operations topic could not be told.
        """
        if self.sender.claim(key) is None:
            if told := report():
                self.operations.tell(told)
            self.sender.records.sent(key, self.sender.now, {"kind": "report"})

    def _report(self, about: str, refused: MailRefused) -> Report:
        text = (
            f"{about}\n"
            "\n"
            f"You read this here because Amazon SES does not send mail to the administrator {self.mailbox}:\n"
            f"{refused.what}\n"
        )
        facts = {"event": "administrator-not-reached", "administrator": self.mailbox, "about": about}
        return Report(about, text, facts)
