"""At most so many creations in flight: a slot is a lease in the table, free again when its holder dies."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from workflows.vending.errors import OrganizationsBusy
from workflows.vending.registry import Registry, iso
from workflows.vending.table import ConditionFailed, Delete, Item, Key, Put

LEASE = timedelta(minutes=10)
"""How long a slot is held without a sign of life; each check of the account renews it.

Longer than a step that looks for a lost answer and the longest wait between two checks together.
"""

_SLOTS = "SLOTS"
_FREE_OR_MINE = "attribute_not_exists(#holder) OR #holder = :me OR #expires < :now"


def hold(registry: Registry, address: str, *, slots: int, now: datetime) -> None:
    """Take a slot for the creation of this address, or renew the one it has.

    Raises:
        OrganizationsBusy: all slots are held by creations that are alive.
    """
    leases = {int(item["sk"]): item for item in registry.table.query(_SLOTS)}
    mine = [number for number, lease in leases.items() if lease["holder"] == address and number <= slots]
    free = [number for number in range(1, slots + 1) if _is_free(leases.get(number), now)]
    random.shuffle(free)
    for number in mine or free:
        try:
            registry.write(_lease(number, address, now))
        except ConditionFailed:
            continue
        return
    raise OrganizationsBusy(f"{slots} accounts are being created already, as many as AWS allows at once.")


def release(registry: Registry, address: str) -> None:
    """Give the slot of this address back; having none is fine."""
    for item in registry.table.query(_SLOTS):
        if item["holder"] == address:
            try:
                registry.write(
                    Delete(key=_key(int(item["sk"])), condition="#holder = :me", values={"me": address})
                )
            except ConditionFailed:
                continue  # its lease had run out and somebody else has taken it


def _is_free(lease: Item | None, now: datetime) -> bool:
    return lease is None or lease["expires"] < iso(now)


def _lease(number: int, address: str, now: datetime) -> Put:
    pk, sk = _key(number)
    return Put(
        item={"pk": pk, "sk": sk, "holder": address, "expires": iso(now + LEASE)},
        condition=_FREE_OR_MINE,
        values={"me": address, "now": iso(now)},
    )


def _key(number: int) -> Key:
    return _SLOTS, str(number)
