"""What the functions of inbound mail are told by their environment, beside what all functions are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.mail.category import AWS_DOMAINS
from workflows.mail.plan import MailRules
from workflows.vending.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings(Settings):
    """The settings of ForwardInbound and TrackDelivery; `from_environment` reads them like all others."""

    catch_all: str = "admin"
    """Mail to unknown addresses: `admin` sends it to the administrator, `hold` holds it."""
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Category of mail -> further mailboxes that get it."""
    aws_domains: tuple[str, ...] = AWS_DOMAINS
    mail_retention_days: int = 400
    """How long a mail and what is recorded about it are kept."""
    bus_name: str = ""
    """Event bus on which mails are announced."""
    inbound_queue_url: str = ""
    """Queue from which mails are forwarded."""

    def rules(self) -> MailRules:
        """The rules by which mails are forwarded."""
        return MailRules(
            forward_from=self.forward_from,
            administrator=self.administrator,
            forward_unknown=self.catch_all == "admin",
            copies={category: tuple(mailboxes) for category, mailboxes in self.copies.items()},
            aws_domains=self.aws_domains,
        )
