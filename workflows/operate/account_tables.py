"""The registry's items as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from workflows.operate.tables import facts, owner_text, status_text, with_headings

_FLAGS = {"needsOwner": "needs owner", "unreachable": "unreachable", "external": "external"}
_ROOM_FOR_LINES = 110
"""Columns from which an item has room on one line."""


def accounts(items: Sequence[Mapping[str, Any]], *, columns: int) -> Table:
    """The items, one line each; on a narrow terminal address and owner stand below the name.

    Args:
        items: what to show.
        columns: how many the terminal has.
    """
    wide = columns >= _ROOM_FOR_LINES
    table = with_headings("Account", "Id", "Status", *(["Address", "Owner"] if wide else []))
    for item in items:
        name, address = str(item.get("accountName", "")), str(item.get("address", ""))
        owner = ", ".join(item.get("ownerEmails", []))
        table.add_row(
            Text(name) if wide else Text(name).append(f"\n{address}\n{owner}", style="dim"),
            str(item.get("accountId", "")),
            _status(item),
            *([Text(address), Text(owner)] if wide else []),
        )
    return table


def account(item: Mapping[str, Any]) -> Table:
    """One item of the registry."""
    return facts(
        [
            ("Address", Text(str(item["address"]), style="bold")),
            ("Account", item.get("accountName")),
            ("Account id", item.get("accountId")),
            ("Status", status_text(str(item.get("status", "")))),
            ("Flags", _flags(item)),
            ("Owner", owner_text({"email": item.get("ownerEmails"), "name": item.get("ownerName")})),
            ("Unit", item.get("organizationalUnit")),
            ("Request", item.get("requestId")),
            ("Creation", item.get("createRequestId")),
            ("Execution", str(item.get("execution", "")).rpartition(":")[2]),
            ("Reserved", _when(str(item.get("createdAt", "")))),
            ("Updated", _when(str(item.get("updatedAt", "")))),
        ]
    )


def account_history(entries: Sequence[Mapping[str, Any]]) -> Table:
    """What happened to an address."""
    table = with_headings("When", "What", "Who", "Why")
    for entry in entries:
        when, who = _when(str(entry.get("at", ""))), _who(str(entry.get("who", "")))
        table.add_row(*map(Text, (when, str(entry.get("what", "")), who, str(entry.get("why", "")))))
    return table


def _when(at: str) -> str:
    """A time of the registry in the operator's own zone."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return at


def _who(who: str) -> str:
    """A person as written, an execution by its name."""
    return f"execution {who.rpartition(':')[2]}" if who.startswith("arn:") and ":execution:" in who else who


def _status(item: Mapping[str, Any]) -> Text:
    status, flags = status_text(str(item.get("status", ""))), _flags(item)
    return status.append(f" ({flags})", style="yellow") if flags else status


def _flags(item: Mapping[str, Any]) -> str:
    return ", ".join(word for flag, word in _FLAGS.items() if item.get(flag))
