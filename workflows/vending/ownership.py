"""Gives an account another owner, and tells both of them and operations."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.vending.errors import InvalidRequest, MailRefused, RegistryBusy
from workflows.vending.letters import account_facts, letter
from workflows.vending.mailer import Mailer
from workflows.vending.operations import Operations, Report
from workflows.vending.owner_change import OwnerChange
from workflows.vending.owners import MAX_OWNERS
from workflows.vending.problem import Problem
from workflows.vending.registry import (
    Registry,
    Status,
    address_key,
    event_key,
    history_entry,
    iso,
)
from workflows.vending.settings import Settings
from workflows.vending.table import ConditionFailed, Item, Put, Update

_TELLING_TAKES = timedelta(minutes=2)
"""Longer than a change can take to be told: an older one was left by a function that died."""

_ENDED = ""
"""Before every time: the attempt to tell is over."""

CHANGED, UNCHANGED = "changed", "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Changes owners.

    Attributes:
        registry: where owners are kept; mail follows what it says at once.
        settings: sender, administrator and templates.
        mailer: tells the owners.
        operations: who is told beside them.
        now: the time.
    """

    registry: Registry
    settings: Settings
    mailer: Mailer
    operations: Operations
    now: datetime

    def change(self, wanted: OwnerChange) -> dict[str, Any]:
        """Give an account the owner that is wanted; one that has it already is left as it is.

        An event changes an owner once: when it comes again, others may have changed the owner since.

        Returns:
            `outcome` (`changed` or `unchanged`), `address`, `accountId`, `accountName`, `owner`, `before`,
            and `untold`: whom SES would not tell, and why.

        Raises:
            InvalidRequest: no such account is registered, or it would have too many owners.
            RegistryBusy: another change of the same account is just being made.
            MailBusy: SES may take the letters later; the change is made, and a repeat tells of it.
        """
        item = self._item(wanted)
        untold: list[str] = []
        if "ownerChange" in item:
            untold = self._go_on_telling(item)
            item = self._item(wanted)
            if self._has(item, wanted):
                self._remember(wanted)
                return _answer(CHANGED, item, before=item["ownerEmails"], untold=untold)
        if self._has(item, wanted) or self._is_done(wanted):
            self._remember(wanted)
            return _answer(UNCHANGED, item, before=item["ownerEmails"], untold=[])
        changed = self._write(item, wanted)
        untold = self._tell(changed)
        return _answer(CHANGED, changed, before=changed["ownerChange"]["before"], untold=untold)

    def _item(self, wanted: OwnerChange) -> Item:
        if wanted.address:
            item = self.registry.address(wanted.address)
        else:
            item = self.registry.registered(str(wanted.account_id))
        key = "address" if wanted.address else "account"
        if item is None:
            raise InvalidRequest([Problem(key, f"{wanted.named} is not in the registry")])
        if item["status"] == Status.RETIRED:
            raise InvalidRequest([Problem(key, f"{wanted.named} is retired: no account has it")])
        if wanted.instead_of and not self._has(item, wanted) and not self._is_done(wanted):
            owners = [*item["ownerEmails"], *item.get("ownerChange", {}).get("before", [])]
            if wanted.instead_of.lower() not in _lower(owners):
                raise InvalidRequest(
                    [Problem("insteadOf", f"{wanted.instead_of} does not own {wanted.named}")]
                )
        return item

    def _is_done(self, wanted: OwnerChange) -> bool:
        return wanted.event_id is not None and self.registry.table.get(event_key(wanted.event_id)) is not None

    def _remember(self, wanted: OwnerChange) -> None:
        """Leave word that the event of a change has had its effect."""
        if done := self._done(wanted):
            with suppress(ConditionFailed):
                self.registry.write(*done)

    def _has(self, item: Item, wanted: OwnerChange) -> bool:
        same_name = wanted.owner_name in (None, item.get("ownerName"))
        same_owners = _lower(item["ownerEmails"]) == _lower(_owners_after(item, wanted))
        return same_owners and same_name and not item.get("needsOwner")

    def _write(self, item: Item, wanted: OwnerChange) -> Item:
        """Change the owner, and leave word of it until everybody is told."""
        after = _owners_after(item, wanted)
        if len(after) > MAX_OWNERS:
            raise InvalidRequest([Problem("owner.email", f"makes {len(after)} owners of {wanted.named}")])
        before = [] if item.get("needsOwner") else item["ownerEmails"]
        keeps_name = wanted.instead_of is not None and wanted.owner_name is None
        changed = {
            "ownerEmails": after,
            "ownerName": item.get("ownerName", "") if keeps_name else wanted.owner_name or "",
            "updatedAt": iso(self.now),
            "ownerChange": {
                "at": iso(self.now),
                "before": before,
                "by": wanted.requested_by,
                "why": wanted.reason,
            },
        }
        why = f"from {', '.join(before) or 'nobody'} to {', '.join(after)}: {wanted.reason}"
        try:
            self.registry.write(
                Update(
                    key=address_key(item["address"]),
                    assign=changed,
                    remove=["needsOwner", "unreachable", "unreachableOwners"],
                    condition="#updatedAt = :seen AND attribute_not_exists(#ownerChange)",
                    values={"seen": item["updatedAt"]},
                ),
                history_entry(
                    item["address"], self.now, who=wanted.requested_by, what="OWNER_CHANGED", why=why
                ),
                *self._done(wanted),
            )
        except ConditionFailed as failed:
            raise RegistryBusy(f"The owner of {item['address']} is being changed just now.") from failed
        return {**{key: value for key, value in item.items() if key != "needsOwner"}, **changed}

    def _done(self, wanted: OwnerChange) -> list[Put]:
        if wanted.event_id is None:
            return []
        pk, sk = event_key(wanted.event_id)
        done = {"pk": pk, "sk": sk, "doneAt": iso(self.now)}
        return [Put(item=done, condition="attribute_not_exists(pk)")]

    def _go_on_telling(self, item: Item) -> list[str]:
        """Tell of a change whose function ended before everybody was told."""
        seen = item["ownerChange"]["at"]
        try:
            self.registry.write(
                Update(
                    key=address_key(item["address"]),
                    assign={"ownerChange": {**item["ownerChange"], "at": iso(self.now)}},
                    condition="#ownerChange.#at = :seen AND #ownerChange.#at < :stale",
                    values={"seen": seen, "stale": iso(self.now - _TELLING_TAKES)},
                )
            )
        except ConditionFailed as failed:
            raise RegistryBusy(f"The owner of {item['address']} is being changed just now.") from failed
        return self._tell(item)

    def _tell(self, item: Item) -> list[str]:
        change, key = item["ownerChange"], address_key(item["address"])
        gone = [one for one in change["before"] if one.lower() not in _lower(item["ownerEmails"])]
        new = [one for one in item["ownerEmails"] if one.lower() not in _lower(change["before"])]
        try:
            untold = [*self._write_to("owner_new", new, item), *self._write_to("owner_old", gone, item)]
            self.operations.tell(_report(item, untold))
        except Exception:
            # Whoever repeats the change need not wait until this attempt is old.
            self.registry.write(Update(key=key, assign={"ownerChange": {**change, "at": _ENDED}}))
            raise
        self.registry.write(Update(key=key, remove=["ownerChange"]))
        return untold

    def _write_to(self, name: str, recipients: Sequence[str], item: Item) -> list[str]:
        """Send a letter; answer who could not be told, and why."""
        if not recipients:
            return []
        change = item["ownerChange"]
        facts = account_facts(item, self.settings) | {
            "owners_before": change["before"],
            "reason": change["why"],
        }
        mail = letter(name, facts, self.settings, to=recipients, address=item["address"])
        try:
            self.mailer.send(mail, sender=self.settings.forward_from, recipients=recipients)
        except MailRefused as refused:
            return [f"{', '.join(recipients)}: {refused.what}"]
        return []


def _owners_after(item: Item, wanted: OwnerChange) -> list[str]:
    if wanted.instead_of is None:
        return list(wanted.owner_emails)
    kept = [one for one in item["ownerEmails"] if one.lower() != wanted.instead_of.lower()]
    return [*kept, *(one for one in wanted.owner_emails if one.lower() not in _lower(kept))]


def _lower(addresses: Sequence[str]) -> set[str]:
    return {one.lower() for one in addresses}


def _answer(outcome: str, item: Item, *, before: Sequence[str], untold: Sequence[str]) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "address": item["address"],
        "accountId": item.get("accountId"),
        "accountName": item["accountName"],
        "owner": {"email": item["ownerEmails"], "name": item.get("ownerName", "")},
        "before": list(before),
        "untold": list(untold),
    }


def _report(item: Item, untold: Sequence[str]) -> Report:
    change, name = item["ownerChange"], item["accountName"]
    facts = {"event": "ownerChanged", "by": change["by"], "reason": change["why"]}
    facts |= _answer(CHANGED, item, before=change["before"], untold=untold)
    about = [
        ("Account", f"{name} {item.get('accountId', '')}".strip()),
        ("Address", item["address"]),
        ("Before", ", ".join(change["before"]) or "nobody"),
        ("Now", ", ".join(item["ownerEmails"])),
        ("Why", change["why"]),
        ("By", change["by"]),
        *(("Not told", one) for one in untold),
    ]
    lines = [
        f"The account {name} has another owner; its mail goes there from now on.",
        "",
        *(f"{label:<11}{value}" for label, value in about),
    ]
    return Report(f"Owner changed: {name}", "\n".join(lines) + "\n", facts)
