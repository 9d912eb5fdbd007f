"""The registry: which address belongs to which account, owner and request, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from workflows.vending.table import Delete, Item, Key, Put, Table, Update, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

STATE = "STATE"
_HISTORY = "HISTORY#"
_ADDRESS = "ADDRESS#"


class Status(StrEnum):
    """Where an address is in its life."""

    RESERVED = "RESERVED"
    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"
    """Waits for a redrive or a cancel."""
    RETIRED = "RETIRED"
    """Given up; nothing will ever be created for it."""
    CLOSED = "CLOSED"
    """Its account was closed; mail still reaches the owner."""


class Registry:
    """Looks up and writes the items of the table; see docs/architecture.md for their keys.

    Reads are strongly consistent, except `addresses`. Every method raises `RegistryBusy` for what passes by
    itself and `RegistryRefused` for what does not.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self.table = Table(client, table_name)

    def address(self, address: str) -> Item | None:
        """The item of an address, in any case, or None."""
        return self.table.get(address_key(address))

    def request(self, request_id: str) -> Item | None:
        """The item of a request, or None; it has no `address` where another request got that."""
        return self.table.get(request_key(request_id))

    def reserved(self, request_id: str) -> Item | None:
        """The item of the address that a request has now, or None."""
        return self.pointed_at(self.request(request_id))

    def name(self, account_name: str) -> Item | None:
        """The claim on an account name, in any case, with its `address`, or None."""
        return self.table.get(name_key(account_name))

    def account(self, account_id: str) -> Item | None:
        """The item of an account id, with its `address`, or None."""
        return self.table.get(account_key(account_id))

    def registered(self, account_id: str) -> Item | None:
        """The item of the address under which an account is registered, or None."""
        return self.pointed_at(self.account(account_id))

    def pointed_at(self, pointer: Item | None) -> Item | None:
        """The item of the address that a pointer names, or None."""
        return self.address(pointer["address"]) if pointer and "address" in pointer else None

    def addresses(self) -> Iterator[Item]:
        """The items of all addresses; reads the whole table, eventually consistent."""
        yield from self.table.scan(pk_prefix=_ADDRESS, sk=STATE)

    def history(self, address: str) -> list[Item]:
        """What happened to an address, oldest first: `at`, `who`, `what`, `why`."""
        return list(self.table.query(address_key(address)[0], prefix=_HISTORY))

    def parting(self, retired: Item, *, request_id: str, name: str) -> list[Write]:
        """The writes that part a retired address from its request and name, before another pair gets it."""
        owner, its_name = retired["requestId"], retired["accountName"]
        condition, values = "#address = :address", {"address": retired["address"]}
        writes: list[Write] = []
        pointer, claim = self.request(owner), self.name(its_name)
        if owner != request_id and pointer and pointer.get("address") == retired["address"]:
            writes.append(
                Update(key=request_key(owner), remove=["address"], condition=condition, values=values)
            )
        if name.lower() != its_name.lower() and claim and claim["address"] == retired["address"]:
            writes.append(Delete(key=name_key(its_name), condition=condition, values=values))
        return writes

    def write(self, *writes: Write) -> None:
        """Do all writes, or none; see `Table.write`."""
        self.table.write(*writes)


def is_cancelled(item: Mapping[str, Any]) -> bool:
    """Whether an address was given up with its request.

    One that is RETIRED without that is replaced: its request gets another, and still wants its account.
    """
    return item["status"] == Status.RETIRED and "cancelledAt" in item


def superseded_by(item: Mapping[str, Any], execution: str, *, started_at: datetime) -> str | None:
    """The name of the execution that took a request over from one that had started before, or None.

    Args:
        item: the item of the address that the request has now.
        execution: ARN of the execution in question.
        started_at: when that was started.
    """
    if item["execution"] == execution or str(item["takenAt"]) < iso(started_at):
        return None
    return str(item["execution"]).rpartition(":")[2]


def waits_for_account(item: Mapping[str, Any]) -> bool:
    """Whether an address was vended alone, and somebody else is to create its account."""
    return item["status"] == Status.RESERVED and "mode" in item  # kept for `mode: address` alone


def address_key(address: str) -> Key:
    """The key of an address's item."""
    return f"{_ADDRESS}{address.lower()}", STATE


def request_key(request_id: str) -> Key:
    """The key of a request's item."""
    return f"REQUEST#{request_id}", STATE


def name_key(account_name: str) -> Key:
    """The key of the claim on an account name."""
    return f"NAME#{account_name.lower()}", STATE


def account_key(account_id: str) -> Key:
    """The key of an account's item."""
    return f"ACCOUNT#{account_id}", STATE


def event_key(event_id: str) -> Key:
    """The key of the item that says that an event has had its effect."""
    return f"EVENT#{event_id}", STATE


def pointer(key: Key, address: str, now: datetime, **more: object) -> Item:
    """An item that points to an address."""
    return {"pk": key[0], "sk": key[1], "address": address, "createdAt": iso(now), **more}


def history_entry(address: str, now: datetime, *, who: str, what: str, why: str) -> Put:
    """The write that adds to an address's history."""
    moment = iso(now)
    return Put(
        item={
            "pk": address_key(address)[0],
            "sk": f"{_HISTORY}{moment}#{what}",
            "at": moment,
            "who": who,
            "what": what,
            "why": why,
        }
    )


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
