"""Reserves an account name and a root address for a request, in one conditional transaction."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflows.vending.errors import (
    AccountClosed,
    AddressTaken,
    NameTaken,
    RegistryBusy,
    RequestCancelled,
)
from workflows.vending.naming import ROLE_MAILBOXES, NameStem, addresses, name_stem
from workflows.vending.registry import (
    Registry,
    Status,
    address_key,
    forget_request,
    history_entry,
    is_cancelled,
    iso,
    name_key,
    pointer,
    request_key,
)
from workflows.vending.request import Mode, Order
from workflows.vending.settings import Settings
from workflows.vending.table import ConditionFailed, Item, Key, Put, Update, Write

_ATTEMPTS = 50
"""Names or addresses tried before giving way to others; each is taken only by an account made elsewhere."""

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
    order: Order, *, registry: Registry, settings: Settings, execution: str, now: datetime
) -> Reservation:
    """Reserve name and address for an order; the same request id always gets the same answer.

    An address that was retired (taken outside the organization, or cancelled) is replaced by a fresh one. An
    execution that finds the reservation of an earlier one goes on with it, and is the one that it names.

    Args:
        order: what to vend.
        registry: where it is reserved.
        settings: patterns and domain.
        execution: ARN of the execution, for the history.
        now: the time of the reservation.

    Raises:
        RequestCancelled: this execution's own reservation was cancelled; a fresh execution may reserve anew.
        AccountClosed: the request has had its account, which was closed since.
        NameTaken: the order's own name, or one built without a counter, is claimed already.
        AddressTaken: the order's own address is known already.
        RegistryBusy: too many others reserve at the same time.
    """
    desk = _Desk(order, registry, settings, execution, now)
    for attempt in range(_ATTEMPTS):
        earlier = registry.request(order.request_id)
        current = registry.address(earlier["address"]) if earlier else None
        try:
            if current and current["status"] != Status.RETIRED:
                return desk.take_over(current)
            if current and is_cancelled(current) and current["execution"] == execution:
                raise RequestCancelled(f"The request {order.request_id} was cancelled.")
            name = desk.name(current)
            address = desk.address(name, attempt)
            return desk.reserve(name, address, current)
        except ConditionFailed:
            continue
    raise RegistryBusy(f"No free name and address were found in {_ATTEMPTS} attempts.")


def stem_of(order: Order, settings: Settings) -> NameStem:
    """The name of an order without one of its own, all but its counter."""
    return name_stem(settings.name_pattern, order.tags, settings.environments, settings.default_environment)


def may_be_had_again(item: Item) -> bool:
    """Whether an address may be reserved once more: an own one, cancelled before it had an account."""
    return item["status"] == Status.RETIRED and bool(item.get("ownAddress")) and "accountId" not in item


def counter_key(stem: NameStem) -> Key:
    """The key of the item that counts the names of a stem in its attribute `count`."""
    return f"COUNTER#{stem.counter_key}", "STATE"


def free_address(
    order: Order, name: str, registry: Registry, settings: Settings, attempt: int = 0
) -> str | None:
    """The first address of the pattern that nobody has or had, and that no role of the domain needs.

    Args:
        order: its request id makes the hash of an address that needs one.
        name: the account's name.
        registry: says which addresses are known.
        settings: pattern, domain, and the addresses this product itself uses.
        attempt: how many addresses found free were taken by others before they were reserved.
    """
    reserved = {f"{mailbox}@{settings.domain}" for mailbox in ROLE_MAILBOXES}
    reserved |= {settings.forward_from.lower(), settings.administrator.lower()}
    candidates = addresses(
        settings.address_pattern, name, settings.domain.lower(), f"{order.request_id}/{attempt}"
    )
    free = (
        candidate
        for candidate in itertools.islice(candidates, _ATTEMPTS)
        if candidate not in reserved and registry.address(candidate) is None
    )
    return next(free, None)


class _Desk:
    """What one reservation needs to know."""

    def __init__(
        self, order: Order, registry: Registry, settings: Settings, execution: str, now: datetime
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
            raise RegistryBusy(f"No free address was found for {name} in {_ATTEMPTS} attempts.")
        return free

    def take_over(self, item: Item) -> Reservation:
        """Go on with what an earlier step or execution reserved for the request."""
        if item["status"] == Status.CLOSED:
            raise AccountClosed(f"The account {item['accountId']} of this request is closed.")
        if item["execution"] != self._execution:
            self._registry.write(
                Update(
                    key=address_key(item["address"]),
                    assign={"execution": self._execution, "updatedAt": iso(self._now)},
                    condition="#status <> :retired AND #requestId = :mine",
                    values={"retired": Status.RETIRED, "mine": self._order.request_id},
                )
            )
        # A registered account stays where it is: people move accounts.
        unit = None if item["status"] == Status.ACTIVE else item.get("organizationalUnit")
        return Reservation(item["address"], item["accountName"], bool(item.get("external")), unit)

    def reserve(self, name: str, address: str, retired: Item | None) -> Reservation:
        """Write the reservation; `retired` is the address that the request had before."""
        try:
            self._registry.write(*self._writes(name, address, retired))
        except ConditionFailed:
            self._explain(name, address)  # raises where another attempt could not do better
            raise
        return Reservation(address, name, self.external, self._order.organizational_unit)

    def _writes(self, name: str, address: str, retired: Item | None) -> list[Write]:
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
        who = self._order.requested_by or self._execution
        why = f"request {request_id}" + (f", ticket {self._order.ticket}" if self._order.ticket else "")
        entry = history_entry(address, now, who=who, what="RESERVED", why=why)
        before = self._registry.address(address) if self._order.account_email else None
        theirs = [forget_request(before)] if before and before["requestId"] != request_id else []
        return [self._request(address, retired), claim, state, entry, *theirs]

    def _request(self, address: str, retired: Item | None) -> Write:
        """The pointer from the request to its address; it counts the addresses that were taken elsewhere."""
        key = request_key(self._order.request_id)
        if retired is None:
            item = pointer(key, address, self._now, requestId=self._order.request_id)
            return Put(item=item, condition="attribute_not_exists(pk)")
        anew = is_cancelled(retired)
        return Update(
            key=key,
            assign={"address": address, **({"replaced": 0} if anew else {})},
            add={} if anew else {"replaced": 1},
            remove=["cancelledAt"] if anew else [],
            condition="#address = :retired",
            values={"retired": retired["address"]},
        )

    def _explain(self, name: str, address: str) -> None:
        """Raise what the order itself makes impossible; return where another attempt may succeed."""
        order = self._order
        mine = self._registry.request(order.request_id)
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
            "execution": self._execution,
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
