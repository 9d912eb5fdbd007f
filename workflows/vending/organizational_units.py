"""Finds organizational units by id or path, and places accounts in them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from workflows.vending.errors import AccountNotFound, OrganizationalUnitNotFound, OrganizationsRefused
from workflows.vending.organizations import named_errors

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

ROOT = "Root"

_ID = re.compile(r"ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}")  # API reference, MoveAccount
_SHOWN = 5


class OrganizationalUnits:
    """The tree of organizational units.

    Where units were found is remembered for the next `find`: ListRoots allows one call a second (quotas of
    AWS Organizations). Several threads may look at once: what is remembered is replaced, never changed.
    """

    def __init__(self, client: OrganizationsClient) -> None:
        self._client = client
        self._remembered: dict[str, str] = {}

    def find(self, wanted: str) -> str:
        """The id of an organizational unit, given by id or by path below the root, such as `Workloads/Prod`.

        Raises:
            OrganizationalUnitNotFound: there is none; the message names the nearest that exist.
        """
        remembered = self._remembered
        if remembered:
            try:
                return self._look(wanted, remembered)
            except (OrganizationalUnitNotFound, OrganizationsRefused):
                pass  # a unit on the way may have been deleted, and made again, since
        return self._look(wanted, {})

    def place(self, account_id: str, wanted: str) -> bool:
        """Move an account; True if it moved, False if it was there already. Looks the path up anew.

        Raises:
            OrganizationalUnitNotFound: the unit does not exist, and the account still is in the root.
        """
        parent = self._parent(account_id)
        try:
            target = self._look(wanted, {})
        except OrganizationalUnitNotFound:
            if parent.startswith("ou-"):
                return False  # an operator has moved it by hand, as the error's remedy says
            raise
        if parent == target:
            return False
        try:
            with named_errors(f"MoveAccount {account_id} to {wanted}"):
                self._client.move_account(
                    AccountId=account_id, SourceParentId=parent, DestinationParentId=target
                )
        except (OrganizationsRefused, AccountNotFound):
            if self._parent(account_id) == target:
                return False  # an earlier attempt moved it, and its answer was lost
            raise
        return True

    def _look(self, wanted: str, known: Mapping[str, str]) -> str:
        walk = _Walk(self._client, dict(known))
        found = walk.find(wanted)
        self._remembered = walk.ids
        return found

    def _parent(self, account_id: str) -> str:
        with named_errors(f"ListParents {account_id}"):
            return self._client.list_parents(ChildId=account_id)["Parents"][0]["Id"]


class _Walk:
    """One look at the tree; `ids` has the units it knows, by path in lower case, the root by an empty one."""

    def __init__(self, client: OrganizationsClient, ids: dict[str, str]) -> None:
        self._client = client
        self.ids = ids

    def find(self, wanted: str) -> str:
        if _ID.fullmatch(wanted):
            return self._check_id(wanted)
        path = [name.strip() for name in wanted.strip("/ ").split("/")]
        if path[0].lower() == ROOT.lower():
            path = path[1:]
        return self._walk(wanted, path)

    def _check_id(self, unit_id: str) -> str:
        if unit_id.startswith("r-"):
            if unit_id != self._root():
                raise OrganizationalUnitNotFound(f"There is no root {unit_id}; the root is {self._root()}.")
        elif unit_id not in self.ids.values():
            try:
                with named_errors(f"DescribeOrganizationalUnit {unit_id}"):
                    self._client.describe_organizational_unit(OrganizationalUnitId=unit_id)
            except OrganizationsRefused as error:
                raise OrganizationalUnitNotFound(f"There is no organizational unit {unit_id}.") from error
            self.ids[unit_id] = unit_id
        return unit_id

    def _walk(self, wanted: str, path: list[str]) -> str:
        parent, walked = self._root(), ""
        for name in path:
            child = f"{walked}/{name}" if walked else name
            if child.lower() not in self.ids:
                self.ids |= {
                    (f"{walked}/{unit}" if walked else unit).lower(): unit_id
                    for unit, unit_id in self._children(parent)
                }
            if child.lower() not in self.ids:
                raise OrganizationalUnitNotFound(self._nearest(wanted, child, walked))
            parent, walked = self.ids[child.lower()], child
        return parent

    def _nearest(self, wanted: str, missing: str, walked: str) -> str:
        siblings = dict(self._children(self.ids[walked.lower()] if walked else self._root()))
        paths = [f"{walked}/{name}" if walked else name for name in siblings]
        near = difflib.get_close_matches(missing, paths, n=_SHOWN, cutoff=0.5) or sorted(paths)[:_SHOWN]
        where = f"below {walked}" if walked else "at the top"
        found = f"{where} there are {', '.join(near)}" if near else f"{where} there is none"
        return f"There is no organizational unit {wanted!r}; {found}."

    def _root(self) -> str:
        if "" not in self.ids:
            with named_errors("ListRoots"):
                self.ids[""] = self._client.list_roots()["Roots"][0]["Id"]
        return self.ids[""]

    def _children(self, parent: str) -> Iterator[tuple[str, str]]:
        with named_errors(f"ListOrganizationalUnitsForParent {parent}"):
            pages = self._client.get_paginator("list_organizational_units_for_parent").paginate(
                ParentId=parent
            )
            for page in pages:
                for unit in page["OrganizationalUnits"]:
                    yield unit["Name"], unit["Id"]
