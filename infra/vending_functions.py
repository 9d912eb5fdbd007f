"""The Lambda functions of vending: one per Task of the state machine."""

from __future__ import annotations

from constructs import Construct

from infra.function import Function, Shared

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


class VendingFunctions(Construct):
    """The functions; `by_name` maps the name of a state to its function."""

    def __init__(self, scope: Construct, construct_id: str, shared: Shared) -> None:
        super().__init__(scope, construct_id)
        self.by_name = {name: Function(self, name, shared) for name in FUNCTIONS}
