"""Choosing among the registry's items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workflows.operate.problems import WrongUsage
from workflows.vending.registry import Status


def known_status(text: str) -> Status:
    """The status an operator means; raises WrongUsage where there is none of that name."""
    try:
        return Status(text.upper())
    except ValueError as error:
        raise WrongUsage(f"--status {text} is none of {', '.join(Status)}.") from error


def choose(
    items: Iterable[Mapping[str, Any]], *, owner: str | None, status: Status | None, needs_owner: bool
) -> list[dict[str, Any]]:
    """The items an operator asked for, in the order of their account names.

    Args:
        items: all of them.
        owner: an owner's whole address or whole name, in any case; None for all owners.
        status: only items with this status; None for all.
        needs_owner: only items whose owner is not known.
    """
    chosen = [
        dict(item)
        for item in items
        if (owner is None or _owned_by(item, owner.strip().lower()))
        and (status is None or item.get("status") == status)
        and (not needs_owner or item.get("needsOwner"))
    ]
    return sorted(
        chosen, key=lambda item: (str(item.get("accountName", "")).lower(), str(item.get("address", "")))
    )


def _owned_by(item: Mapping[str, Any], owner: str) -> bool:
    names = [*item.get("ownerEmails", []), item.get("ownerName") or ""]
    return owner in (str(name).lower() for name in names)
