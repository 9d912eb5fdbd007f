"""The calls to SES that send mail, and their errors by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from workflows.vending.errors import MailBusy, MailRefused, RecipientUnverified, SenderRefused

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_THIS_MAIL = frozenset({"BadRequestException", "MessageRejected"})
"""Refusals that another mail need not meet."""
_ALL_MAIL = frozenset({"AccessDeniedException", "MailFromDomainNotVerifiedException", "NotFoundException"})
"""Refusals that meet every mail of ours; NotFound is the configuration set's."""
_NO_RIGHT = frozenset({401, 403})
_TOO_LARGE = 413


class Mailer:
    """Sends mail.

    Args:
        client: a client that makes one attempt only, because SendEmail has no client token.
        configuration_set: named with every mail; empty for none.
    """

    def __init__(self, client: SESV2Client, configuration_set: str = "") -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(
        self, raw: bytes, *, sender: str, recipients: Sequence[str], tags: Mapping[str, str] | None = None
    ) -> str:
        """Send a complete message as it is and return its SES message id.

        Args:
            raw: the message, headers and all; its From is ours.
            sender: the address in it, by which a refusal of ours is told from one of a recipient.
            recipients: envelope recipients.
            tags: come back with SES's events about the mail; ASCII letters, digits, `_-.@` only.

        Raises:
            MailBusy: SES may take it later, or its answer was lost.
            RecipientUnverified: SES is in its sandbox, and a recipient is not verified.
            SenderRefused: SES takes no mail of ours.
            MailRefused: SES will not take this one.
        """
        more = {"ConfigurationSetName": self._configuration_set} if self._configuration_set else {}
        try:
            # No FromEmailAddress: SES would put it in the place of the mail's From, without the name.
            answer = self._client.send_email(
                Destination={"ToAddresses": list(recipients)},
                Content={"Raw": {"Data": raw}},
                EmailTags=[{"Name": name, "Value": value} for name, value in (tags or {}).items()],
                **more,  # type: ignore[arg-type]  # the stubs cannot see through a dictionary
            )
        except ClientError as error:
            raise _named(error, sender) from error
        except BotoCoreError as error:
            raise MailBusy(f"SES did not answer: {error}.") from error
        return answer["MessageId"]

    def request_verification(self, address: str) -> None:
        """Have SES ask the reader of an address to verify it; one that was asked before is not asked again.

        Raises:
            MailBusy: SES may do it later.
            MailRefused: SES will not do it.
        """
        try:
            self._client.create_email_identity(EmailIdentity=address)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise _named(error, address) from error
        except BotoCoreError as error:
            raise MailBusy(f"SES did not answer: {error}.") from error


def _named(error: ClientError, sender: str) -> MailBusy | MailRefused:
    """What a refusal means; one that nobody knows must not keep a good mail from being sent."""
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    message = error.response["Error"].get("Message", "")
    said = f"SES answered {code}: {message}"
    if code in _ALL_MAIL or status in _NO_RIGHT:
        return SenderRefused(f"{said}.")
    # There is no code of its own for it; whose address is not verified only the message tells.
    if code == "MessageRejected" and "not verified" in message:
        ours = sender.lower() in message.lower()
        return (SenderRefused if ours else RecipientUnverified)(f"{said}.")
    if code in _THIS_MAIL or status == _TOO_LARGE or "TooLarge" in code:
        return MailRefused(f"{said}.")
    return MailBusy(said)
