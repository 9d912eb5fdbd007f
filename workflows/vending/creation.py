"""The creation of one address's account: what its steps share, and what became of a request to AWS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflows.vending import slots
from workflows.vending.errors import AccountNotFound, RequestCancelled
from workflows.vending.organizations import Account, Creation, Organizations
from workflows.vending.registry import Registry, Status, address_key, is_cancelled, iso
from workflows.vending.settings import Settings
from workflows.vending.table import Item, Update

_CLOCKS_DIFFER = timedelta(minutes=5)
_IN_SIGHT = timedelta(minutes=15)
"""When every new account can be described; Organizations is eventually consistent."""


@dataclass(frozen=True, slots=True)
class Execution:
    """The execution a step runs in, as its context object tells."""

    arn: str
    redrive_count: int = 0
    started_at: datetime | None = None
    redriven_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreation:
    """One step's view of the creation of an account.

    The item of the address is the only memory between steps.
    """

    address: str
    request_id: str
    registry: Registry
    organizations: Organizations
    settings: Settings
    execution: Execution
    now: datetime

    def item(self) -> Item | None:
        """The item of the address; None where that is taken elsewhere, and the request gets another.

        Raises:
            RequestCancelled: the request was given up, and another may have the address since.
        """
        item = self.registry.address(self.address)
        if item and item["requestId"] == self.request_id and not is_cancelled(item):
            return item if item["status"] != Status.RETIRED else None
        known = self.registry.request(self.request_id)
        if item and item["requestId"] != self.request_id and known and "cancelledAt" not in known:
            return None
        raise RequestCancelled(
            f"The address {self.address} is retired: the request {self.request_id} was cancelled."
        )

    def hold_slot(self) -> None:
        """Take or renew a slot; raises `OrganizationsBusy` where none is free."""
        slots.hold(self.registry, self.address, slots=self.settings.creations_in_flight, now=self.now)

    def release_slot(self) -> None:
        """Let the next one in."""
        slots.release(self.registry, self.address)

    def change(
        self,
        *,
        assign: dict[str, Any],
        remove: list[str] | None = None,
        condition: str = "",
        values: dict[str, Any] | None = None,
    ) -> None:
        """Change the item of the address; raises `ConditionFailed` where the condition does not hold."""
        self.registry.write(
            Update(
                key=address_key(self.address),
                assign={"updatedAt": iso(self.now), **assign},
                remove=remove or [],
                condition=condition,
                values=values or {},
            )
        )

    def search(self, item: Item) -> tuple[str | None, Creation | None, bool]:
        """The account that has our address, its creation if that was found, and whether one may be coming."""
        since = datetime.fromisoformat(item["firstAskedAt"]) - _CLOCKS_DIFFER
        coming = False
        for creation in self.organizations.creations(item["accountName"], since):
            if creation.state == "IN_PROGRESS":
                coming = coming or creation.request_id != item.get("createRequestId")
                continue
            account = self._account(str(creation.account_id))
            if account is None:  # it has left the organization, or cannot be seen yet
                coming = coming or self._is_recent(creation)
            elif account.email.lower() == self.address and not account.closed:
                return account.id, creation, False
        member = self.organizations.account_with(self.address)
        # Who was here before we asked is somebody's; one whose address a request named may always be.
        ours = member and member.joined and member.joined >= since and not item.get("ownAddress")
        if member and ours and not member.closed:
            return member.id, None, False
        return None, None, coming

    def _account(self, account_id: str) -> Account | None:
        try:
            return self.organizations.account(account_id)
        except AccountNotFound:
            return None

    def _is_recent(self, creation: Creation) -> bool:
        return creation.requested_at is None or self.now - creation.requested_at < _IN_SIGHT
