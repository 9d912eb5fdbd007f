"""The event bus on which every inbound mail is announced."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from workflows.vending.errors import MEND_DRIFT, PassingError, VendingError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "aws-account-vending"
ROOT_MAIL_RECEIVED = "Root Mail Received"

_SERVER_ERROR = 500
_PASSING = ("Throttl", "Internal", "Limit")


class BusBusy(PassingError):
    """EventBridge throttled or did not answer; the queue brings the mail again."""

    meaning = "EventBridge throttled, or did not answer."


class BusRefused(VendingError):
    """EventBridge refused an event for good."""

    meaning = "EventBridge refused an event: a missing permission, or a missing bus."
    remedy = f"Grant what the message names, or {MEND_DRIFT}; then run `vend mail redrive`."


class Bus:
    """Puts events on one bus."""

    def __init__(self, client: EventBridgeClient, name: str) -> None:
        self._client = client
        self._name = name

    def announce(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Put an event; a second one of the same detail tells whoever listens nothing new.

        Raises:
            BusBusy: the bus may take it later.
            BusRefused: the bus will not take it.
        """
        try:
            answer = self._client.put_events(
                Entries=[
                    {
                        "Source": SOURCE,
                        "DetailType": detail_type,
                        "Detail": json.dumps(detail),
                        "EventBusName": self._name,
                    }
                ]
            )
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            raise _named(code, message, passing=status >= _SERVER_ERROR) from error
        except BotoCoreError as error:
            raise BusBusy(f"EventBridge did not answer: {error}.") from error
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            raise _named(entry.get("ErrorCode", "Unknown"), entry.get("ErrorMessage", ""))


def _named(code: str, message: str, *, passing: bool = False) -> BusBusy | BusRefused:
    said = f"EventBridge answered {code}: {message}"
    if passing or any(part in code for part in _PASSING):
        return BusBusy(said)
    return BusRefused(f"{said}.")
