"""The deployed product as one command uses it: its stack, executions, registry and settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, NoReturn

from workflows.operate.clients import Clients
from workflows.operate.executions import Executions
from workflows.operate.following import HERE, ON_AWS
from workflows.operate.preview import Preview, preview
from workflows.operate.problems import OrganizationOutOfReach, StackOutdated
from workflows.operate.requests import Request
from workflows.operate.stack import Stack, find_stack
from workflows.vending.errors import VendingError
from workflows.vending.organizational_units import OrganizationalUnits
from workflows.vending.organizations import named_errors
from workflows.vending.registry import Registry
from workflows.vending.settings import SettingMissing, Settings

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient


class Deployment:
    """One deployed stack.

    Args:
        stack_name: the stack to look for, in the account and region of the usual AWS variables.
    """

    def __init__(self, stack_name: str) -> None:
        self._stack_name = stack_name
        self.clients = Clients()

    @cached_property
    def stack(self) -> Stack:
        """The stack; raises StackNotFound."""
        return find_stack(self.clients.cloudformation, self._stack_name)

    @cached_property
    def executions(self) -> Executions:
        """The executions of its state machine."""
        return Executions(self.clients.stepfunctions, self.stack.state_machine_arn)

    @cached_property
    def registry(self) -> Registry:
        """Its registry."""
        return Registry(self.clients.dynamodb, self.stack.table_name)

    @cached_property
    def settings(self) -> Settings:
        """The settings its functions were deployed with."""
        answer = self.clients.functions.get_function_configuration(
            FunctionName=self.stack.read_request_function
        )
        try:
            return Settings.from_environment(answer.get("Environment", {}).get("Variables", {}))
        except SettingMissing as error:
            raise StackOutdated(f"The stack {self.stack.name} lacks a setting: {error}.") from error

    @cached_property
    def in_management_account(self) -> Clients:
        """The clients that look the organization up: by the role that only reads, where we run outside.

        Raises:
            OrganizationOutOfReach: we run outside, and there is no such role.
            ClientError: the operator may not assume it.
        """
        if not self.settings.organizations_role_arn:
            return self.clients
        if not self.stack.organizations_read_role:
            raise OrganizationOutOfReach("The organization cannot be looked up from here.")
        return self.clients.through(self.stack.organizations_read_role)

    @cached_property
    def organizations(self) -> OrganizationsClient:
        """The client of Organizations, for looking things up.

        Raises:
            OrganizationOutOfReach: there is no role by which people may.
            OrganizationsAccessDenied: the operator may not assume it.
        """
        with named_errors(f"AssumeRole {self.stack.organizations_read_role}"):
            return self.in_management_account.organizations

    @cached_property
    def find_unit(self) -> Callable[[str], object]:
        """Looks up an organizational unit; raises the named errors of the product, at each call."""
        try:
            return OrganizationalUnits(self.organizations).find
        except VendingError as error:
            return partial(_raise, error)

    def preview(self, request: Request) -> Preview:
        """What a request would get, or everything that is wrong with it."""
        return preview(request, registry=self.registry, settings=self.settings, find_unit=self.find_unit)

    def prepare(self) -> None:
        """Make every client now: making one is not safe in several threads, using one is."""
        _ = self.executions, self.registry, self.find_unit

    @property
    def seconds_between_looks(self) -> float:
        """How long to wait before looking at a running execution again."""
        return HERE if self.clients.local else ON_AWS


def _raise(error: Exception, _wanted: str) -> NoReturn:
    raise error
