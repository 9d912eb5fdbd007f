"""The calls to SES that send mail, and their errors by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from workflows.vending.errors import MailBusy, MailRefused

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_BUSY = frozenset(
    {
        "AccountSuspendedException",
        "LimitExceededException",
        "SendingPausedException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_SERVER_ERROR = 500


class Mailer:
    """Sends mail.

    Args:
        client: a client that makes one attempt only, because SendEmail has no client token.
        configuration_set: named with every mail; empty for none.
    """

    def __init__(self, client: SESV2Client, configuration_set: str = "") -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, raw: bytes, *, sender: str, recipients: Sequence[str]) -> str:
        """Send a complete message as it is and return its SES message id.

        Raises:
            MailBusy: SES may take it later, or its answer was lost.
            MailRefused: SES will not take it.
        """
        more = {"ConfigurationSetName": self._configuration_set} if self._configuration_set else {}
        try:
            answer = self._client.send_email(
                FromEmailAddress=sender,
                Destination={"ToAddresses": list(recipients)},
                Content={"Raw": {"Data": raw}},
                **more,  # type: ignore[arg-type]  # the stubs cannot see through a dictionary
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            said = f"SES answered {code}: {error.response['Error'].get('Message', '')}"
            if code in _BUSY or error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
                raise MailBusy(said) from error
            raise MailRefused(f"{said}.") from error
        except BotoCoreError as error:
            raise MailBusy(f"SES did not answer: {error}.") from error
        return answer["MessageId"]
