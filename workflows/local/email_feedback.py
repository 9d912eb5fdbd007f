"""SES's feedback by mail: bounces and complaints also come to the sender, unless switched off."""

from __future__ import annotations

import logging
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from workflows.local.receiving import Arrival, MailNotTaken, Receiving

if TYPE_CHECKING:
    from workflows.local.email_behaviour import EmailBehaviour
    from workflows.local.email_events import Sending
    from workflows.local.email_identities import EmailIdentities

_log = logging.getLogger(__name__)


class Feedback:
    """Sends the mails (Amazon SES Developer Guide, "Receiving Amazon SES notifications through email").

    Args:
        identities: say who wants them.
        receiving: takes them in where the sender's domain is received here; elsewhere nobody reads them.
    """

    def __init__(self, identities: EmailIdentities, receiving: Receiving) -> None:
        self._identities = identities
        self._receiving = receiving

    def tell(self, sending: Sending, behaviour: EmailBehaviour) -> None:
        """Tell the sender which recipients of a mail bounced or complained."""
        if not self._identities.forward_feedback(sending.source):
            return
        for recipient in sending.destinations:
            if behaviour.fails_at(recipient):
                arrival = Arrival(_feedback(sending, recipient), [sending.source])
                try:
                    self._receiving.receive(arrival)
                except (MailNotTaken, ClientError, BotoCoreError) as error:
                    _log.info("the feedback about %s is lost: %s", sending.message_id, error)


def _feedback(sending: Sending, recipient: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "MAILER-DAEMON@amazonses.com"
    mail["To"] = sending.source
    mail["Subject"] = "Delivery Status Notification (Failure)"
    mail.set_content(
        f"An error occurred while trying to deliver the mail to the following recipients:\n{recipient}"
    )
    return mail.as_bytes()
