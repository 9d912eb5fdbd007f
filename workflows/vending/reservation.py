"""Reserves an account name and a root address for a request, in one conditional transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.vending.choosing import MOST_CANDIDATES, counter_key, free_address, stem_of
from workflows.vending.creation import Execution
from workflows.vending.errors import (
    AccountClosed,
    AddressTaken,
    NameTaken,
    RegistryBusy,
    RequestCancelled,
)
from workflows.vending.naming import NameStem
from workflows.vending.registry import (
    Registry,
    Status,
    address_key,
    history_entry,
    iso,
    name_key,
    pointer,
    request_key,
)
from workflows.vending.request import Mode, Order
from workflows.vending.settings import Settings
from workflows.vending.table import ConditionFailed, Item, Put, Update, Write

_GIVEN_UP = "#status = :given_up AND #ownAddress = :own AND attribute_not_exists(#accountId)"
"""The condition that `may_be_had_again` holds."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """The address and account name that belong to a request."""

    address: str
    account_name: str
    external: bool = False
    """The address is outside our domain: registered, not forwarded."""
    organizational_unit: str | None = None
    """Where the account is to be placed; None leaves it where it is."""

    def document(self) -> dict[str, Any]:
        """The reservation as the execution carries it."""
        unit = {"organizationalUnit": self.organizational_unit} if self.organizational_unit else {}
        return {"address": self.address, "accountName": self.account_name, "external": self.external, **unit}


def reserve(
    order: Order, *, registry: Registry, settings: Settings, execution: Execution, now: datetime
) -> Reservation:
    """Reserve name and address for an order; the same request id always gets the same answer.

    An address that was retired (taken outside the organization, or cancelled) is replaced by a fresh one. An
    execution that finds the reservation of an earlier one goes on with it, and is the one that it names.

    Args:
        order: what to vend.
        registry: where it is reserved.
        settings: patterns and domain.
        execution: the execution that wants it; one from before a cancel gets nothing.
        now: the time of the reservation.

    Raises:
        RequestCancelled: the request was cancelled since this execution was started.
        AccountClosed: the request has had its account, which was closed since.
        NameTaken: the order's own name, or one built without a counter, is claimed already.
        AddressTaken: the order's own address is known already.
        RegistryBusy: too many others reserve at the same time.
    """
    desk = _Desk(order, registry, settings, execution, now)
    for attempt in range(MOST_CANDIDATES):
        known = registry.request(order.request_id)
        current = registry.pointed_at(known)
        try:
            if current and current["status"] != Status.RETIRED:
                return desk.take_over(current)
            if known and "cancelledAt" in known:
                desk.refuse_to_resurrect(known, current)
            name = desk.name(current)
            address = desk.address(name, attempt)
            return desk.reserve(name, address, known, current)
        except ConditionFailed:
            continue
    raise RegistryBusy(f"No free name and address were found in {MOST_CANDIDATES} attempts.")


class _Desk:
    """What one reservation needs to know."""

    def __init__(
        self, order: Order, registry: Registry, settings: Settings, execution: Execution, now: datetime
    ) -> None:
        self._order = order
        self._registry = registry
        self._settings = settings
        self._execution = execution
        self._now = now

    @property
    def external(self) -> bool:
        own = self._order.account_email
        return own is not None and not own.endswith(f"@{self._settings.domain.lower()}")

    def name(self, retired: Item | None) -> str:
        """The order's own name, the one the request had before, or the next of its pattern."""
        if self._order.account_name is not None:
            return self._order.account_name
        if retired and self._claimed_by(retired["accountName"]) == retired["address"]:
            return str(retired["accountName"])
        stem = self._stem()
        return stem.name(self._count(stem) if stem.counts else 0)

    def address(self, name: str, attempt: int) -> str:
        """The order's own address, or the first of the pattern that is free."""
        if self._order.account_email is not None:
            return self._order.account_email
        free = free_address(self._order, name, self._registry, self._settings, attempt)
        if free is None:
            raise RegistryBusy(f"No free address was found for {name} in {MOST_CANDIDATES} attempts.")
        return free

    def take_over(self, item: Item) -> Reservation:
        """Go on with what an earlier step or execution reserved for the request."""
        if item["status"] == Status.CLOSED:
            raise AccountClosed(f"The account {item['accountId']} of this request is closed.")
        if item["execution"] != self._execution.arn:
            now = iso(self._now)
            self._registry.write(
                Update(
                    key=address_key(item["address"]),
                    assign={"execution": self._execution.arn, "takenAt": now, "updatedAt": now},
                    condition="#status <> :retired AND #requestId = :mine",
                    values={"retired": Status.RETIRED, "mine": self._order.request_id},
                )
            )
        # A registered account stays where it is: people move accounts.
        unit = None if item["status"] == Status.ACTIVE else item.get("organizationalUnit")
        return Reservation(item["address"], item["accountName"], bool(item.get("external")), unit)

    def refuse_to_resurrect(self, known: Item, retired: Item | None) -> None:
        """Raise where the execution is one that was given up with its request."""
        mine = retired is not None and retired["execution"] == self._execution.arn
        started_at = self._execution.started_at
        if mine or (started_at and iso(started_at) < known["cancelledAt"]):
            raise RequestCancelled(f"The request {self._order.request_id} was cancelled.")

    def reserve(self, name: str, address: str, known: Item | None, retired: Item | None) -> Reservation:
        """Write the reservation of a request that is known with the address it had before, or neither."""
        try:
            self._registry.write(*self._writes(name, address, known, retired))
        except ConditionFailed:
            self._explain(name, address)  # raises where another attempt could not do better
            raise
        return Reservation(address, name, self.external, self._order.organizational_unit)

    def _writes(self, name: str, address: str, known: Item | None, retired: Item | None) -> list[Write]:
        """The transaction: request, name and address, each only if nobody else has it."""
        request_id, now = self._order.request_id, self._now
        claim = Put(
            item=pointer(name_key(name), address, now),
            condition="attribute_not_exists(pk) OR #address = :retired",
            values={"retired": retired["address"] if retired else ""},
        )
        state = Put(
            item=self._item(name, address),
            condition=f"attribute_not_exists(pk) OR ({_GIVEN_UP})",
            values={"given_up": Status.RETIRED, "own": True},
        )
        who = self._order.requested_by or self._execution.arn
        why = f"request {request_id}" + (f", ticket {self._order.ticket}" if self._order.ticket else "")
        entry = history_entry(address, now, who=who, what="RESERVED", why=why)
        before = self._registry.address(address) if self._order.account_email else None
        theirs = self._registry.parting(before, request_id=request_id, name=name) if before else []
        return [self._request(address, known), claim, state, entry, *theirs]

    def _request(self, address: str, known: Item | None) -> Write:
        """The pointer from the request to its address; it counts the addresses that were taken elsewhere."""
        key = request_key(self._order.request_id)
        if known is None:
            item = pointer(key, address, self._now, requestId=self._order.request_id)
            return Put(item=item, condition="attribute_not_exists(pk)")
        anew = "cancelledAt" in known
        return Update(
            key=key,
            assign={"address": address, **({"replaced": 0} if anew else {})},
            add={} if anew else {"replaced": 1},
            remove=["cancelledAt"] if anew else [],
            condition="#address = :retired" if "address" in known else "attribute_not_exists(#address)",
            values={"retired": known["address"]} if "address" in known else {},
        )

    def _explain(self, name: str, address: str) -> None:
        """Raise what the order itself makes impossible; return where another attempt may succeed."""
        order = self._order
        mine = self._registry.reserved(order.request_id)
        if mine and mine["address"] == address:
            return
        holder = self._claimed_by(name)
        if holder and not (mine and mine["address"] == holder):
            if order.account_name is not None:
                raise NameTaken(f"account.name {name!r} belongs to {holder}.")
            if not self._stem().counts:
                raise NameTaken(f"The name {name!r}, built from the tags, belongs to {holder}.")
        if order.account_email is not None and (known := self._registry.address(address)):
            raise AddressTaken(
                f"account.email {address} is known already: {known['status']}, "
                f"account {known['accountName']!r}, request {known.get('requestId', 'none')}."
            )

    def _item(self, name: str, address: str) -> Item:
        pk, sk = address_key(address)
        order = self._order
        item = {
            "pk": pk,
            "sk": sk,
            "address": address,
            "accountName": name,
            "status": Status.RESERVED,
            "requestId": order.request_id,
            "mode": order.mode if order.mode is Mode.ADDRESS else None,
            "execution": self._execution.arn,
            "takenAt": iso(self._now),
            "ownerEmails": list(order.owner_emails),
            "ownerName": order.owner_name,
            "organizationalUnit": order.organizational_unit,
            "requestedBy": order.requested_by,
            "ticket": order.ticket,
            "ownAddress": True if order.account_email is not None else None,
            "external": True if self.external else None,
            "createdAt": iso(self._now),
            "updatedAt": iso(self._now),
        }
        return {key: value for key, value in item.items() if value is not None}

    def _stem(self) -> NameStem:
        return stem_of(self._order, self._settings)

    def _count(self, stem: NameStem) -> int:
        return self._registry.table.add(counter_key(stem), "count", 1)

    def _claimed_by(self, name: str) -> str | None:
        claim = self._registry.name(name)
        return str(claim["address"]) if claim else None
