"""Chooses the account name and the root address of an order: pure but for looking what is taken."""

from __future__ import annotations

import itertools

from workflows.vending.naming import ROLE_MAILBOXES, NameStem, addresses, name_stem
from workflows.vending.registry import Registry, Status
from workflows.vending.request import Order
from workflows.vending.settings import Settings
from workflows.vending.table import Item, Key

MOST_CANDIDATES = 50
"""Names or addresses tried before giving way to others; each is taken only by an account made elsewhere."""


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
        for candidate in itertools.islice(candidates, MOST_CANDIDATES)
        if candidate not in reserved and registry.address(candidate) is None
    )
    return next(free, None)
