"""Adopts an account that exists: finds its address and owner, and reserves the address for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from workflows.vending.errors import (
    AccountClosed,
    AccountRegisteredElsewhere,
    InvalidRequest,
    RegistryBusy,
)
from workflows.vending.organizations import Account, Organizations
from workflows.vending.problem import Problem
from workflows.vending.registration import vended_account
from workflows.vending.registry import (
    Registry,
    Status,
    address_key,
    history_entry,
    iso,
    name_key,
    pointer,
    request_key,
    waits_for_account,
)
from workflows.vending.request import Order
from workflows.vending.settings import Settings
from workflows.vending.sources import tagged
from workflows.vending.table import ConditionFailed, Item, Put, Update, Write

_ATTEMPTS = 5
"""How often the registry is looked at anew after somebody else was faster."""


class Answer(StrEnum):
    """What FindAccount tells the state machine."""

    ADOPT = "ADOPT"
    KNOWN = "KNOWN"
    """The account is registered, or an execution that is under way will register it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose account it is, and how that is known."""

    emails: tuple[str, ...]
    name: str
    known_by: str
    needed: bool = False
    """Nobody is known; the administrator stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """One account to adopt.

    Attributes:
        order: names the account, and its owner if whoever started this knows it.
        registry: where its address is reserved.
        organizations: knows its address, name and tags.
        settings: domain, administrator and the owner's tag.
        execution: ARN of the execution.
        now: the time.
    """

    order: Order
    registry: Registry
    organizations: Organizations
    settings: Settings
    execution: str
    now: datetime

    def find(self) -> dict[str, Any]:
        """Reserve the address of the account for this execution, unless it has one that is at work.

        Returns:
            the `answer`, `address` and `accountId`; with KNOWN what is known as `known`.

        Raises:
            AccountNotFound: the organization has no such account.
            AccountClosed: nobody has to own it any more.
            AccountRegisteredElsewhere: its address is registered for another account.
            RegistryBusy: others write the same items.
        """
        account_id = str(self.order.account_id)
        if registered := self.registry.registered(account_id):
            return _known(registered, account_id)
        account = self.organizations.account(account_id)
        if account.closed:
            raise AccountClosed(f"The account {account.id} ({account.name}) is {account.state}.")
        for _ in range(_ATTEMPTS):
            item = self.registry.address(account.email)
            if item and (answer := self._answer(item, account)):
                return answer
            try:
                self.registry.write(*self._writes(item, account))
            except ConditionFailed:
                self._refuse_request_id(account)
                continue
            return _adopt(account)
        raise RegistryBusy(f"The registry's item of {account.email} is being written by others.")

    def _answer(self, item: Item, account: Account) -> dict[str, Any] | None:
        """The answer where nothing is left to reserve, else None."""
        if item["status"] in (Status.ACTIVE, Status.CLOSED):
            if item.get("accountId") == account.id:
                return _known(item, account.id)
            raise AccountRegisteredElsewhere(
                f"The account {account.id} has the address {item['address']}, "
                f"which is registered for the account {item.get('accountId')}."
            )
        if item["status"] == Status.RETIRED or waits_for_account(item):
            return None
        if not item.get("adopted"):
            return _known(item, account.id)
        if item["execution"] == self.execution:
            return _adopt(account)
        return None if item["status"] == Status.FAILED else _known(item, account.id)

    def _writes(self, item: Item | None, account: Account) -> list[Write]:
        address, now, order = account.email.lower(), self.now, self.order
        owner = self._owner(item, account)
        writes: list[Write] = [
            self._reserve(item, account, owner),
            Put(
                item=pointer(request_key(order.request_id), address, now, requestId=order.request_id),
                condition="attribute_not_exists(pk) OR #address = :address",
                values={"address": address},
            ),
            history_entry(
                address,
                now,
                who=order.requested_by or self.execution,
                what="ADOPTED",
                why=f"account {account.id}, by {order.origin}; owner by {owner.known_by}",
            ),
        ]
        if item and item["status"] == Status.RETIRED:
            writes += self.registry.parting(item, request_id=order.request_id, name=account.name)
        if self.registry.name(account.name) is None:
            claim = pointer(name_key(account.name), address, now)
            writes.append(Put(item=claim, condition="attribute_not_exists(pk)"))
        return writes

    def _reserve(self, item: Item | None, account: Account, owner: Owner) -> Write:
        """A fresh item, or what the adoption changes of the one that waits for the account."""
        order, address = self.order, account.email.lower()
        assign = {
            "address": address,
            "accountName": account.name,
            "status": Status.RESERVED,
            "execution": self.execution,
            "takenAt": iso(self.now),
            "adopted": True,
            "adoptedAt": iso(self.now),
            "origin": order.origin,
            "ownerEmails": list(owner.emails),
            "ownerName": owner.name,
            "updatedAt": iso(self.now),
            **_given(
                organizationalUnit=order.organizational_unit,
                requestedBy=order.requested_by,
                ticket=order.ticket,
                external=None if address.endswith(f"@{self.settings.domain.lower()}") else True,
                needsOwner=owner.needed or None,
            ),
        }
        if item is None or item["status"] == Status.RETIRED:
            pk, sk = address_key(address)
            fresh = {"pk": pk, "sk": sk, "requestId": order.request_id, "createdAt": iso(self.now)}
            return Put(
                item=fresh | assign,
                condition="attribute_not_exists(pk) OR #status = :retired",
                values={"retired": Status.RETIRED},
            )
        gone = ["mode", "lastError", *(["needsOwner"] if not owner.needed else [])]
        return Update(
            key=address_key(address),
            assign=assign,
            remove=gone,
            condition="#updatedAt = :seen",
            values={"seen": item["updatedAt"]},
        )

    def _owner(self, item: Item | None, account: Account) -> Owner:
        """Who owns the account: by the request, its tags, the record of its address, or nobody yet."""
        order, settings = self.order, self.settings
        if order.owner_emails:
            return Owner(order.owner_emails, order.owner_name, f"the {order.origin}")
        recorded = item is not None and bool(item.get("ownerEmails")) and not item.get("needsOwner")
        if item and recorded and item.get("adopted"):
            return Owner(tuple(item["ownerEmails"]), item["ownerName"], "an earlier attempt")
        if emails := tagged(self.organizations.tags(account.id), settings):
            return Owner(emails, "", f"its tag {settings.owner_tag}")
        if item and recorded:
            return Owner(tuple(item["ownerEmails"]), item.get("ownerName", ""), "the reservation")
        return Owner((settings.administrator,), "", "nobody", needed=True)

    def _refuse_request_id(self, account: Account) -> None:
        """Raise where the request id is another account's: no further attempt could do better."""
        known = self.registry.reserved(self.order.request_id)
        if known and known["address"] != account.email.lower():
            problem = f"{self.order.request_id} belongs to {known['address']} already"
            raise InvalidRequest([Problem("requestId", problem)])


def _adopt(account: Account) -> dict[str, Any]:
    return {"answer": Answer.ADOPT, "address": account.email.lower(), "accountId": account.id}


def _known(item: Item, account_id: str) -> dict[str, Any]:
    known = vended_account({**item, "accountId": account_id}) | {"status": item["status"]}
    return {"answer": Answer.KNOWN, "address": item["address"], "accountId": account_id, "known": known}


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
