"""The queue of inbound mails: brings one again soon after a failure, takes one that is to be replayed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from workflows.mail.envelope import Replay, replayed

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_FIRST_SECONDS = 10
_MOST_SECONDS = 540


class InboundQueue:
    """The queue that starts ForwardInbound; its methods raise what boto3 raises."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def bring_again(self, receipt_handle: str, receives: int) -> None:
        """Have a message brought again sooner than its visibility timeout, which is made for crashes.

        A sign-in code is worth nothing after ten minutes.

        Args:
            receipt_handle: of the message.
            receives: how often it was received so far; the delay doubles each time.
        """
        longest = min(_FIRST_SECONDS * 2 ** (receives - 1), _MOST_SECONDS)
        seconds = random.randint(longest // 2, longest)  # noqa: S311 - jitter, no secret
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )

    def replay(self, notification: str, replay: Replay) -> None:
        """Have a stored mail forwarded once more.

        Raises:
            NotificationUnreadable: it is not the notification of a mail.
        """
        self._client.send_message(QueueUrl=self._url, MessageBody=replayed(notification, replay))
