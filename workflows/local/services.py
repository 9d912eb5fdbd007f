"""Puts the services that are answered here, and their control endpoints, behind the front door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workflows.local.control import Control, add_calls, add_faults
from workflows.local.dynamodb import Transactions, make_transactions_safe
from workflows.local.email_service import EmailService
from workflows.local.locks import protect_queues
from workflows.local.organization_tree import Tree
from workflows.local.organizations import Creations, InvalidBehaviour, read_behaviour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.local.front_door import FrontDoor

ACCOUNT_ID = "123456789012"
"""The management account, in which everything is deployed."""
REGION = "us-east-1"
UNITS = ("Workloads/Prod", "Workloads/Dev", "Sandbox", "Suspended")


@dataclass(frozen=True, slots=True)
class Services:
    """What is answered here."""

    creations: Creations
    tree: Tree
    email: EmailService
    control: Control


def install(door: FrontDoor, *, verified: Iterable[str], speed: float) -> Services:
    """Answer Organizations, SESv2 and DynamoDB transactions as AWS does, and the control endpoints of all.

    Args:
        door: the front door, not yet started.
        verified: the domains and addresses that are verified for sending.
        speed: by how much this machine is faster than AWS.
    """
    make_transactions_safe()
    protect_queues()
    creations = Creations(ACCOUNT_ID, speed)
    tree = Tree(ACCOUNT_ID, creations.settle_forgotten)
    tree.plant(UNITS)
    email = EmailService(ACCOUNT_ID, REGION)
    for identity in verified:
        email.verify(identity)
    door.additions |= {
        ("organizations", "CreateAccount"): creations.create_account,
        ("organizations", "DescribeCreateAccountStatus"): creations.describe,
        ("organizations", "ListCreateAccountStatus"): creations.list,
        ("organizations", "ListAccounts"): tree.list_accounts,
        ("organizations", "ListAccountsForParent"): tree.list_accounts_for_parent,
        ("organizations", "ListOrganizationalUnitsForParent"): tree.list_units_for_parent,
        ("organizations", "ListParents"): tree.list_parents,
        ("organizations", "MoveAccount"): tree.move_account,
        ("sesv2", "GetAccount"): email.get_account,
        ("sesv2", "SendEmail"): email.send_email,
        ("dynamodb", "TransactWriteItems"): Transactions(door.hand_to_moto).write,
    }
    services = Services(creations, tree, email, Control())
    _add_endpoints(services, door)
    return services


def _add_endpoints(services: Services, door: FrontDoor) -> None:
    control, creations, email = services.control, services.creations, services.email
    add_calls(control, door.recorder)
    add_faults(control, door.faults)

    def outbox(_query: dict[str, str], _: Any) -> Any:
        return [mail.as_document() for mail in email.outbox]

    def behave(_query: dict[str, str], document: Any) -> Any:
        creations.behaviour = read_behaviour(document, creations.behaviour)
        return creations.behaviour.as_document()

    control.add("GET", "/_local/outbox", outbox)
    control.add("GET", "/_local/organizations", lambda _query, _: creations.behaviour.as_document())
    control.add("POST", "/_local/organizations", behave, InvalidBehaviour)
    door.control = control.respond
