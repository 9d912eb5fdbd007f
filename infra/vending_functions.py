"""The Lambda functions of vending: one per Task of the state machine, and what each is granted."""

from __future__ import annotations

from constructs import Construct

from infra.function import TIMEOUT_SECONDS, Function, Shared
from infra.organizations_access import grant_organizations

FUNCTIONS = (
    "ReadRequest",
    "VendEmail",
    "CreateAccount",
    "CheckAccount",
    "FindAccount",
    "PlaceAccount",
    "RegisterOwner",
    "SendWelcome",
)
"""Every function, by the name of its state."""

_SEARCHING = dict.fromkeys(("CreateAccount", "CheckAccount"), 300)
"""Seconds for those that may look for a lost answer: in all creations, then in all accounts, maybe 10,000."""

REGISTRY_ACTIONS = {
    "VendEmail": ("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
    "CreateAccount": ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    "CheckAccount": ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    "FindAccount": ("GetItem", "PutItem", "UpdateItem", "DeleteItem"),
    "RegisterOwner": ("GetItem", "PutItem", "UpdateItem"),
    "SendWelcome": ("GetItem", "UpdateItem"),
}
"""What each function does to the table; a transaction needs the actions of its items."""

_FIND_UNIT = ("ListRoots", "ListOrganizationalUnitsForParent", "DescribeOrganizationalUnit")
ORGANIZATIONS_ACTIONS = {
    "ReadRequest": _FIND_UNIT,
    # TagResource: without it CreateAccount with tags is refused.
    "CreateAccount": (
        "CreateAccount",
        "TagResource",
        "ListCreateAccountStatus",
        "ListAccounts",
        "DescribeAccount",
    ),
    "CheckAccount": (
        "DescribeCreateAccountStatus",
        "ListCreateAccountStatus",
        "ListAccounts",
        "DescribeAccount",
    ),
    "FindAccount": ("DescribeAccount", "ListTagsForResource"),
    "PlaceAccount": (*_FIND_UNIT, "ListParents", "MoveAccount"),
}
"""What each function asks of Organizations."""


class VendingFunctions(Construct):
    """The functions; `by_name` maps the name of a state to its function."""

    def __init__(self, scope: Construct, construct_id: str, shared: Shared) -> None:
        super().__init__(scope, construct_id)
        self.by_name = {
            name: Function(self, name, shared, timeout_seconds=_SEARCHING.get(name, TIMEOUT_SECONDS))
            for name in FUNCTIONS
        }

    def grant(self, *, table_arn: str, organizations_role: str) -> None:
        """Grant each what it does to the table and asks of Organizations.

        Args:
            table_arn: the registry's table.
            organizations_role: ARN of the role through which Organizations is called; empty for none.
        """
        for name, actions in REGISTRY_ACTIONS.items():
            self.by_name[name].allow(*(f"dynamodb:{action}" for action in actions), on=[table_arn])
        for name, actions in ORGANIZATIONS_ACTIONS.items():
            grant_organizations(self.by_name[name].role, actions, through=organizations_role)
