"""Registers which account an address belongs to, and so who gets its mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflows.vending.errors import AccountRegisteredElsewhere, RequestCancelled
from workflows.vending.registry import (
    Registry,
    Status,
    account_key,
    address_key,
    history_entry,
    iso,
    pointer,
)
from workflows.vending.table import ConditionFailed, Item, Put, Update


def register(registry: Registry, *, address: str, account_id: str, execution: str, now: datetime) -> Item:
    """Make an address ACTIVE for its account; one that is already, or CLOSED since, is left as it is.

    Returns:
        The item of the address.

    Raises:
        AccountRegisteredElsewhere: the account id is registered under another address.
        RequestCancelled: the address was retired meanwhile.
    """
    item = registry.address(address)
    if item and _is_registered(item, account_id):
        return item
    try:
        registry.write(
            Update(
                key=address_key(address),
                assign={
                    "accountId": account_id,
                    "status": Status.ACTIVE,
                    "activeAt": iso(now),
                    "updatedAt": iso(now),
                },
                remove=["failure", "lastError", "asking"],
                condition="attribute_exists(pk) AND #status <> :retired AND #status <> :active",
                values={"retired": Status.RETIRED, "active": Status.ACTIVE},
            ),
            Put(
                item=pointer(account_key(account_id), address, now, accountId=account_id),
                condition="attribute_not_exists(pk) OR #address = :address",
                values={"address": address},
            ),
            history_entry(address, now, who=execution, what="ACTIVE", why=f"account {account_id}"),
        )
    except ConditionFailed as failed:
        item = registry.address(address)
        if item and _is_registered(item, account_id):
            return item
        raise _explain(registry, address, account_id) from failed
    return registry.address(address) or {}


def vended_account(item: Item) -> dict[str, Any]:
    """An ACTIVE address as the execution's output and the event `Account Vended` show it."""
    account = {
        "id": item["accountId"],
        "name": item["accountName"],
        "address": item["address"],
        "organizationalUnit": item.get("organizationalUnit"),
        "external": item.get("external"),
    }
    return {
        "requestId": item["requestId"],
        "account": {key: value for key, value in account.items() if value is not None},
        "owner": {"email": item["ownerEmails"], "name": item["ownerName"]},
        **({"needsOwner": True} if item.get("needsOwner") else {}),
    }


def _is_registered(item: Item, account_id: str) -> bool:
    return item["status"] in (Status.ACTIVE, Status.CLOSED) and item.get("accountId") == account_id


def _explain(registry: Registry, address: str, account_id: str) -> Exception:
    other = registry.account(account_id)
    if other and other["address"] != address:
        return AccountRegisteredElsewhere(f"The account {account_id} is registered as {other['address']}.")
    return RequestCancelled(f"The address {address} is retired: its request was cancelled.")
