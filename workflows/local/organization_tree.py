"""The organization's accounts and units, answered with AWS's pages and AWS's exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.organizations.models import organizations_backends

from workflows.local.pages import page
from workflows.local.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workflows.local.calls import Call


class Tree:
    """Accounts and organizational units of one organization, kept by moto.

    Args:
        account_id: the management account.
        settle: finishes the creations whose time has come, before accounts are listed.
    """

    def __init__(self, account_id: str, settle: Callable[[], None]) -> None:
        self._backend: Any = organizations_backends[account_id]["aws"]
        self._settle = settle

    def plant(self, units: Iterable[str]) -> None:
        """Make the organization, with these units (`Workloads/Prod` makes both levels)."""
        self._backend.create_organization(region="us-east-1", FeatureSet="ALL")
        for path in units:
            parent = self._backend.org.root_id
            for name in path.split("/"):
                parent = self._unit_below(parent, name) or self._new_unit(parent, name)

    def list_accounts(self, call: Call) -> dict[str, Any]:
        """ListAccounts, in the order in which they joined."""
        self._settle()
        shown, token = page(self._backend.accounts, call.request)
        return {"Accounts": [account.describe() for account in shown], "NextToken": token}

    def list_accounts_for_parent(self, call: Call) -> dict[str, Any]:
        """ListAccountsForParent."""
        self._settle()
        parent = self._parent(call.request.get("ParentId"))
        children = [account for account in self._backend.accounts if account.parent_id == parent]
        shown, token = page(children, call.request)
        return {"Accounts": [account.describe() for account in shown], "NextToken": token}

    def list_units_for_parent(self, call: Call) -> dict[str, Any]:
        """ListOrganizationalUnitsForParent."""
        parent = self._parent(call.request.get("ParentId"))
        children = [unit for unit in self._backend.ou if unit.parent_id == parent]
        shown, token = page(children, call.request)
        units = [{"Id": unit.id, "Arn": unit.arn, "Name": unit.name} for unit in shown]
        return {"OrganizationalUnits": units, "NextToken": token}

    def list_parents(self, call: Call) -> dict[str, Any]:
        """ListParents: the one parent of an account or unit."""
        child_id = call.request.get("ChildId")
        children = [*self._backend.accounts, *(unit for unit in self._backend.ou if unit.type != "ROOT")]
        child = next((one for one in children if one.id == child_id), None)
        if child is None:
            raise Refusal("ChildNotFoundException", "You specified a child that doesn't exist.")
        kind = "ROOT" if child.parent_id == self._backend.org.root_id else "ORGANIZATIONAL_UNIT"
        return {"Parents": [{"Id": child.parent_id, "Type": kind}]}

    def move_account(self, call: Call) -> dict[str, Any]:
        """MoveAccount; moving to where it already is is an error, as on AWS."""
        request = call.request
        account = next((one for one in self._backend.accounts if one.id == request.get("AccountId")), None)
        if account is None:
            raise Refusal("AccountNotFoundException", "You specified an account that doesn't exist.")
        if not self._exists(request.get("SourceParentId")):
            raise Refusal(
                "SourceParentNotFoundException", "You specified a source parent that doesn't exist."
            )
        if not self._exists(request.get("DestinationParentId")):
            message = "You specified a destination parent that doesn't exist."
            raise Refusal("DestinationParentNotFoundException", message)
        if account.parent_id == request["DestinationParentId"]:
            message = "That account is already present in the specified destination."
            raise Refusal("DuplicateAccountException", message)
        if account.parent_id != request["SourceParentId"]:
            message = "The account isn't in the source parent that you specified."
            raise Refusal("SourceParentNotFoundException", message)
        account.parent_id = request["DestinationParentId"]
        return {}

    def close_account(self, call: Call) -> dict[str, Any]:
        """CloseAccount; moto changes the Status only."""
        account = self._backend.get_account_by_id(call.request.get("AccountId"))
        account.close()
        account.state = "CLOSED"
        return {}

    def _parent(self, identity: str | None) -> str | None:
        if not self._exists(identity):
            raise Refusal("ParentNotFoundException", "You specified parent that doesn't exist.")
        return identity

    def _exists(self, identity: str | None) -> bool:
        return any(unit.id == identity for unit in self._backend.ou)

    def _unit_below(self, parent: str, name: str) -> str | None:
        units = (unit for unit in self._backend.ou if unit.parent_id == parent and unit.name == name)
        return next((str(unit.id) for unit in units), None)

    def _new_unit(self, parent: str, name: str) -> str:
        made = self._backend.create_organizational_unit(ParentId=parent, Name=name)
        return str(made["OrganizationalUnit"]["Id"])
