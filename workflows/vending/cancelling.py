"""Gives up a request that will never be finished."""

from __future__ import annotations

from datetime import datetime

from workflows.vending.errors import CannotCancel
from workflows.vending.registry import (
    Registry,
    Status,
    address_key,
    history_entry,
    is_cancelled,
    iso,
    name_key,
    request_key,
)
from workflows.vending.table import ConditionFailed, Delete, Item, Update, Write


def cancel(registry: Registry, request_id: str, *, who: str, why: str, now: datetime) -> Item:
    """Retire the address of a request and free its name; one that is cancelled already is left as it is.

    Its execution must have ended; the caller sees to that.

    Returns:
        The item of the retired address.

    Raises:
        CannotCancel: an account exists, or may be coming.
    """
    item = registry.reserved(request_id)
    if item is None:
        raise CannotCancel(f"The registry has no request {request_id}: nothing was reserved for it.")
    if is_cancelled(item):
        return item
    if obstacle := _obstacle(item):
        raise CannotCancel(f"The request {request_id} cannot be cancelled: {obstacle}")
    try:
        registry.write(*_writes(registry, item, request_id, who, why, now))
    except ConditionFailed as changed:
        raise CannotCancel(f"The request {request_id} was changed by an execution just now.") from changed
    return registry.address(item["address"]) or item


def _obstacle(item: Item) -> str | None:
    """Why an account exists or may be coming, or None."""
    if item["status"] == Status.RETIRED:
        return None  # taken elsewhere, and not replaced yet
    if "accountId" in item:
        return f"its account {item['accountId']} exists."
    if "asking" in item:
        return "AWS was asked for its account, and the answer was lost."
    failed = item.get("failure", {}).get("createRequestId")
    if "createRequestId" in item and item["createRequestId"] != failed:
        return f"AWS is creating its account ({item['createRequestId']})."
    return None


def _writes(
    registry: Registry, item: Item, request_id: str, who: str, why: str, now: datetime
) -> list[Write]:
    address = item["address"]
    writes: list[Write] = [
        Update(
            key=address_key(address),
            assign={"status": Status.RETIRED, "cancelledAt": iso(now), "updatedAt": iso(now)},
            condition="#updatedAt = :seen",
            values={"seen": item["updatedAt"]},
        ),
        Update(
            key=request_key(request_id),
            assign={"cancelledAt": iso(now)},
            condition="#address = :address",
            values={"address": address},
        ),
        history_entry(address, now, who=who, what="CANCELLED", why=why),
    ]
    claim = registry.name(item["accountName"])
    if claim and claim["address"] == address:
        writes.append(
            Delete(
                key=name_key(item["accountName"]),
                condition="#address = :address",
                values={"address": address},
            )
        )
    return writes
