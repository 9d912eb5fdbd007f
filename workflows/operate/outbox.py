"""The mails sent on the local AWS."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workflows.operate.problems import AwsUnreachable, NoLocalAws, RequestUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PATH = "/_local/outbox"
_TIMEOUT = 30
_SET_IT = "set AWS_ENDPOINT_URL as `vend local up` prints it."


def read_outbox(endpoint_url: str | None = None) -> list[dict[str, Any]]:
    """The sent mails, oldest first: `{messageId, source, destinations, raw}`, raw in base64.

    Args:
        endpoint_url: where the local AWS is; by default what AWS_ENDPOINT_URL says.

    Raises:
        NoLocalAws: the endpoint is no local AWS.
        AwsUnreachable: nothing answers there.
    """
    url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL", "")
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise NoLocalAws(f"There is an outbox on the local AWS only: {_SET_IT}")
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=_TIMEOUT)
    try:
        connection.request("GET", _PATH)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise AwsUnreachable(f"Nothing answers at {url}: is `vend local up` running?") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise NoLocalAws(f"{url} is no local AWS (it answers {answer.status} to {_PATH}): {_SET_IT}")
    mails: list[dict[str, Any]] = json.loads(body)
    return mails


def raw_of(mail: Mapping[str, Any]) -> bytes:
    """The bytes of a sent mail."""
    return base64.b64decode(mail["raw"])


def parsed(mail: Mapping[str, Any]) -> EmailMessage:
    """A sent mail with its headers decoded, for showing."""
    return message_from_bytes(raw_of(mail), policy=policy.default)


def overview(mail: Mapping[str, Any]) -> dict[str, Any]:
    """What a table shows of a sent mail."""
    return {
        "from": mail.get("source", ""),
        "to": mail.get("destinations", []),
        "subject": str(parsed(mail)["Subject"] or ""),
        "bytes": len(raw_of(mail)),
    }


def save_mails(mails: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write each mail, byte for byte, as `NUMBER-MESSAGEID.eml` into a folder, made if it is not there.

    Raises:
        RequestUnreadable: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, mail in enumerate(mails, 1):
            name = re.sub(r"[^0-9A-Za-z._-]+", "-", str(mail["messageId"]))
            (folder / f"{number:03}-{name}.eml").write_bytes(raw_of(mail))
    except OSError as error:
        raise RequestUnreadable(f"{folder}: cannot be written: {error.strerror}.") from error
