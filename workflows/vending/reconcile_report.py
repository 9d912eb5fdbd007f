"""What operations is told after a comparison of the organization with the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.vending.comparison import Record
from workflows.vending.operations import Report

if TYPE_CHECKING:
    from workflows.vending.organizations import Account

_SHOWN = 50
"""Lines of one kind; SNS takes 256 KiB, all forms of a message together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What one run did and found."""

    adopted: Sequence[Account]
    """Accounts whose adoption was started."""
    left: int
    """Unknown accounts that the next run takes on."""
    closed: Sequence[Record]
    reopened: Sequence[Record]
    moved: Sequence[tuple[Record, str]]
    gone: Sequence[Record]
    stuck: Sequence[Record]

    @property
    def changed(self) -> bool:
        """Whether the run changed anything."""
        return bool(self.adopted or self.closed or self.reopened)

    @property
    def needs_people(self) -> bool:
        """Whether something needs a person."""
        return bool(self.moved or self.gone or self.stuck)

    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return {
            "adopted": len(self.adopted),
            "leftForNextRun": self.left,
            "closed": len(self.closed),
            "reopened": len(self.reopened),
            "addressChanged": len(self.moved),
            "gone": len(self.gone),
            "stuck": len(self.stuck),
        }


def reconcile_report(done: Reconciled) -> Report:
    """The report of one run: what needs a person first, then what changed by itself."""
    needs = [
        _part(
            "These accounts have another root address than the registry; mail to it does not reach the "
            "owner. Change it back in the account, or see that its new mailbox is read.",
            [f"{_account(record)}: now {address}" for record, address in done.moved],
        ),
        _part(
            "These requests have not been finished for more than a day. See `vend status REQUEST`; then "
            "redrive or cancel.",
            [f"{record['requestId']}: {_account(record)}, {record['status']}" for record in done.stuck],
        ),
        _part(
            "These accounts are not in the organization any more. Mail to their addresses still reaches "
            "their owners.",
            [_account(record) for record in done.gone],
        ),
    ]
    changed = [
        _part(
            "These accounts were not registered; they are being adopted. Those without an owner are "
            "listed by `vend list --needs-owner`.",
            [f"{account.id} {account.name} {account.email}" for account in done.adopted],
        ),
        _part(
            "These accounts were closed; mail still reaches their owners.", list(map(_account, done.closed))
        ),
        _part("These accounts are open again.", list(map(_account, done.reopened))),
        *([f"{done.left} more accounts are adopted by the next run."] if done.left else []),
    ]
    text = "\n".join(part for part in [*needs, *changed] if part)
    return Report(_subject(done), text, _facts(done))


def _subject(done: Reconciled) -> str:
    counts = {name: count for name, count in done.counts().items() if count and name != "leftForNextRun"}
    words = {"addressChanged": "with another address", "gone": "gone", "stuck": "stuck"}
    told = [f"{count} {words.get(name, name)}" for name, count in counts.items()]
    return f"Accounts compared: {', '.join(told)}"


def _facts(done: Reconciled) -> dict[str, Any]:
    return {
        "event": "reconciled",
        "counts": done.counts(),
        "adopted": [account.id for account in done.adopted[:_SHOWN]],
        "closed": [record["address"] for record in done.closed[:_SHOWN]],
        "reopened": [record["address"] for record in done.reopened[:_SHOWN]],
        "addressChanged": [
            {"accountId": record["accountId"], "address": record["address"], "now": now}
            for record, now in done.moved[:_SHOWN]
        ],
        "gone": [record["address"] for record in done.gone[:_SHOWN]],
        "stuck": [record["requestId"] for record in done.stuck[:_SHOWN]],
    }


def _part(about: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    more = [f"  and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join([about, *(f"  {line}" for line in lines[:_SHOWN]), *more, ""])


def _account(record: Record) -> str:
    return " ".join(
        str(one) for one in (record.get("accountId"), record["accountName"], record["address"]) if one
    )
