"""Compares the accounts of the organization with the registry: what no event told us."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from workflows.vending.registry import Status, iso, waits_for_account

if TYPE_CHECKING:
    from workflows.vending.organizations import Account

Record = Mapping[str, Any]

STUCK_AFTER = timedelta(days=1)
"""How long a request may take before people are told."""
_LISTED_AFTER = timedelta(hours=1)
"""When every account is listed that was vended before; the list takes minutes, and Organizations settles."""
_UNFINISHED = (Status.RESERVED, Status.CREATING, Status.FAILED)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the organization and the registry disagree on."""

    unknown: list[Account] = field(default_factory=list)
    """Open accounts that nobody has registered and no execution is vending."""
    closed: list[Record] = field(default_factory=list)
    """Registered accounts that were closed meanwhile."""
    reopened: list[Record] = field(default_factory=list)
    """Accounts marked CLOSED that are open again."""
    moved: list[tuple[Record, str]] = field(default_factory=list)
    """Registered accounts with the address they have now: mail to it is not forwarded by the record."""
    gone: list[Record] = field(default_factory=list)
    """Registered, open accounts that the organization has no more."""
    stuck: list[Record] = field(default_factory=list)
    """Requests unfinished for longer than a day."""


def compare(accounts: Iterable[Account], records: Iterable[Record], *, now: datetime) -> Comparison:
    """Compare all accounts of the organization with all items of the registry.

    Args:
        accounts: all of them; an account missing here counts as gone.
        records: the registry's items of addresses.
        now: the time, against which requests are old.
    """
    by_address = {str(record["address"]): record for record in records}
    by_account = {
        str(record["accountId"]): record
        for record in by_address.values()
        if record["status"] in (Status.ACTIVE, Status.CLOSED)
    }
    found = Comparison()
    present = set()
    for account in accounts:
        present.add(account.id)
        record = by_account.get(account.id)
        if record is not None:
            _compare_known(found, account, record)
        elif not account.closed and not _under_way(by_address.get(account.email.lower())):
            found.unknown.append(account)
    found.gone.extend(_gone(by_account, present, now))
    found.stuck.extend(record for record in by_address.values() if _stuck(record, now))
    return found


def _compare_known(found: Comparison, account: Account, record: Record) -> None:
    if account.closed and record["status"] == Status.ACTIVE:
        found.closed.append(record)
    elif record["status"] == Status.CLOSED and account.state == "ACTIVE":
        found.reopened.append(record)
    if not account.closed and account.email.lower() != record["address"]:
        found.moved.append((record, account.email))


def _under_way(record: Record | None) -> bool:
    """Whether an execution of ours will register the account, or waits for a redrive to do so.

    An address that is registered for another account is not under way: the adoption fails, and says so.
    """
    return record is not None and record["status"] in _UNFINISHED and not waits_for_account(record)


def _gone(by_account: Mapping[str, Record], present: Collection[str], now: datetime) -> list[Record]:
    """Registered accounts that are not in the list; one vended while it was being read may be missing."""
    return [
        record
        for account_id, record in by_account.items()
        if account_id not in present
        and record["status"] == Status.ACTIVE
        and str(record["activeAt"]) < iso(now - _LISTED_AFTER)
    ]


def _stuck(record: Record, now: datetime) -> bool:
    if record["status"] not in _UNFINISHED or waits_for_account(record):
        return False
    return str(record.get("adoptedAt") or record["createdAt"]) < iso(now - STUCK_AFTER)
