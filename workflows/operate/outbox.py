"""The mails sent on the local AWS."""

from __future__ import annotations

import base64
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from workflows.operate.local_control import ask
from workflows.operate.problems import RequestUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def read_outbox() -> list[dict[str, Any]]:
    """The mails sent on the local AWS, oldest first: `{messageId, source, destinations, raw}`, raw in base64.

    Raises:
        NoLocalAws: the endpoint is no local AWS.
        AwsUnreachable: nothing answers there.
    """
    mails: list[dict[str, Any]] = ask("GET", "outbox")
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
