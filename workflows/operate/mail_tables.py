"""Inbound mails as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from workflows.operate.tables import with_headings
from workflows.operate.wording import moment

_STYLES = {"forwarded": "green", "held": "yellow"}


def outcomes(mails: Sequence[Mapping[str, Any]]) -> Table:
    """The mails for one address, one line each."""
    table = with_headings("Received", "Outcome", "About", "From and subject", "Sent to")
    for mail in mails:
        table.add_row(
            _received(mail),
            _outcome(mail),
            str(mail["category"]),
            _what(mail),
            Text("\n".join(_sent_to(mail))),
        )
    return table


def held(mails: Sequence[Mapping[str, Any]]) -> Table:
    """Held mails, one line each."""
    table = with_headings("Received", "Reason", "For", "From and subject")
    for mail in mails:
        table.add_row(_received(mail), str(mail.get("reason", "")), Text(str(mail["address"])), _what(mail))
    return table


def _received(mail: Mapping[str, Any]) -> str:
    try:
        received = datetime.fromisoformat(str(mail["receivedAt"]))
    except ValueError:
        return str(mail["receivedAt"])
    return moment(received, datetime.now(UTC))


def _outcome(mail: Mapping[str, Any]) -> Text:
    outcome = str(mail["outcome"])
    text = Text(outcome, style=_STYLES.get(outcome, ""))
    return text.append(f" ({mail['reason']})") if mail.get("reason") else text


def _what(mail: Mapping[str, Any]) -> Text:
    """Sender and subject, and the key by which a replay finds the mail."""
    text = Text(f"{mail['from']}\n{mail['subject'] or '(no subject)'}\n")
    return text.append(str(mail["key"]), style="dim")


def _sent_to(mail: Mapping[str, Any]) -> list[str]:
    sent = mail.get("sent", [])
    return [one["to"] if one["kind"] == "forward" else f"{one['to']} (as {one['kind']})" for one in sent]
