"""Sends mails once, on behalf of one attempt, however often something is attempted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from workflows.mail.records import Attempt, MailRecords
from workflows.vending.errors import MailBusy, MailRefused, PassingError, SenderRefused
from workflows.vending.mailer import Mailer
from workflows.vending.table import Item, Key

Notice = Callable[[], bytes | None]
"""Makes a complete mail when it is about to be sent; None sends nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends from our address and records it.

    Its methods raise `MailBusy` when SES may take the mail later, its answer was lost, or somebody else is
    sending it; `SenderRefused` when SES takes no mail of ours.
    """

    mailer: Mailer
    records: MailRecords
    forward_from: str
    attempt: Attempt
    now: datetime

    def claim(self, key: Key) -> Item | None:
        """Leave word that a mail is being sent; its record if it was sent already."""
        return self.records.claim(key, self.attempt, self.now)

    def send(self, key: Key, raw: bytes, to: str, tags: Mapping[str, str] | None = None) -> str:
        """Send a mail that was claimed, and return its SES message id.

        Raises:
            MailRefused: SES refuses this mail for good; another one may be tried under the same claim.
        """
        try:
            return self.mailer.send(raw, sender=self.forward_from, recipients=[to], tags=tags)
        except (MailBusy, SenderRefused):
            # This attempt is over: nobody has to wait for its claim to run out.
            with suppress(PassingError):
                self.records.release(key, self.attempt)
            raise

    def notify(self, key: Key, to: str, notice: Notice) -> MailRefused | None:
        """Send a notice unless that has happened; the refusal, if SES does not send it.

        Args:
            key: where it is recorded.
            to: the recipient.
            notice: makes it.
        """
        if self.claim(key):
            return None
        raw = notice()
        try:
            message_id = self.send(key, raw, to) if raw is not None else ""
        except SenderRefused:
            raise
        except MailRefused as refused:
            self.records.refused(key, refused.what)
            return refused
        self.records.sent(key, self.now, {"to": to, "kind": "notice", "sesMessageId": message_id})
        return None
