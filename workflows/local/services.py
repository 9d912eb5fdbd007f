"""Puts the services that are answered here, and their control endpoints, behind the front door."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends

from workflows.local import buckets, receiving
from workflows.local.assembly import DEFAULT_REGION
from workflows.local.control import Control, add_calls, add_faults
from workflows.local.dynamodb import Transactions, keep_no_copies, make_queries_quick, make_transactions_safe
from workflows.local.email_control import add_email
from workflows.local.email_events import EventDestinations
from workflows.local.email_service import EmailService
from workflows.local.locks import protect_queues
from workflows.local.name_service import NameService, add_dns
from workflows.local.organization_facts import Facts
from workflows.local.organization_tree import Tree
from workflows.local.organizations import Creations, InvalidBehaviour, read_behaviour
from workflows.local.resources import event_destinations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.local.front_door import FrontDoor

ACCOUNT_ID = "123456789012"
"""The management account, in which everything is deployed."""
_log = logging.getLogger(__name__)
UNITS = ("Workloads/Prod", "Workloads/Dev", "Sandbox", "Suspended")


@dataclass(frozen=True, slots=True)
class Services:
    """What is answered here."""

    creations: Creations
    tree: Tree
    email: EmailService
    receiving: receiving.Receiving
    control: Control


def install(
    door: FrontDoor, *, verified: Iterable[str], speed: float, region: str = DEFAULT_REGION
) -> Services:
    """Answer Organizations, SESv2 and DynamoDB transactions as AWS does, and the control endpoints of all.

    Args:
        door: the front door, not yet started.
        verified: the domains and addresses that are verified for sending.
        speed: by how much this machine is faster than AWS.
        region: where SES receives and sends.
    """
    make_transactions_safe()
    make_queries_quick()
    keep_no_copies()
    protect_queues()
    buckets.install()
    creations = Creations(ACCOUNT_ID, speed)
    tree = Tree(ACCOUNT_ID, creations.settle_forgotten)
    tree.plant(UNITS)
    facts = Facts(ACCOUNT_ID, creations)
    events = EventDestinations(event_destinations, _publish, ACCOUNT_ID)
    inbound = receiving.Receiving(door.endpoint_url, ACCOUNT_ID, region)
    email = EmailService(ACCOUNT_ID, region, events, inbound)
    names = NameService()
    for identity in verified:
        email.identities.verify(identity)
        names.publish_mail_domain(identity, region, email.identities.tokens(identity))
    door.additions |= {
        ("organizations", "CloseAccount"): tree.close_account,
        ("organizations", "CreateAccount"): creations.create_account,
        ("organizations", "DescribeOrganization"): facts.describe_organization,
        ("organizations", "ListAWSServiceAccessForOrganization"): facts.list_trusted_services,
        ("service-quotas", "ListServiceQuotas"): facts.list_quotas,
        ("organizations", "DescribeCreateAccountStatus"): creations.describe,
        ("organizations", "ListCreateAccountStatus"): creations.list,
        ("organizations", "ListAccounts"): tree.list_accounts,
        ("organizations", "ListAccountsForParent"): tree.list_accounts_for_parent,
        ("organizations", "ListOrganizationalUnitsForParent"): tree.list_units_for_parent,
        ("organizations", "ListParents"): tree.list_parents,
        ("organizations", "MoveAccount"): tree.move_account,
        ("sesv2", "CreateEmailIdentity"): email.identities.create,
        ("sesv2", "DeleteSuppressedDestination"): email.delete_suppressed,
        ("sesv2", "GetAccount"): email.get_account,
        ("sesv2", "GetEmailIdentity"): email.identities.get,
        ("sesv2", "PutEmailIdentityFeedbackAttributes"): email.identities.put_feedback,
        ("sesv2", "PutEmailIdentityMailFromAttributes"): email.identities.put_mail_from,
        ("sesv2", "PutSuppressedDestination"): email.put_suppressed,
        ("sesv2", "SendEmail"): email.send_email,
        ("dynamodb", "TransactWriteItems"): Transactions(door.hand_to_moto).write,
    }
    door.principals.register(receiving.ACCESS_KEY, "SES")
    services = Services(creations, tree, email, inbound, Control())
    add_dns(services.control, names)
    _add_endpoints(services, door)
    return services


def _add_endpoints(services: Services, door: FrontDoor) -> None:
    control, creations = services.control, services.creations
    add_calls(control, door.recorder)
    add_faults(control, door.faults)

    def behave(_query: dict[str, str], document: Any) -> Any:
        creations.behaviour = read_behaviour(document, creations.behaviour)
        return creations.behaviour.as_document()

    add_email(control, services.email, services.receiving)
    control.add("GET", "/_local/organizations", lambda _query, _: creations.behaviour.as_document())
    control.add("POST", "/_local/organizations", behave, InvalidBehaviour)
    door.control = control.respond


def _publish(topic_arn: str, text: str) -> None:
    """Publish to a topic as SES does; nobody who sends a mail hears of a topic that is gone."""
    try:
        sns_backends[ACCOUNT_ID][topic_arn.split(":")[3]].publish(text, arn=topic_arn)
    except ServiceException as error:
        _log.warning("SES could not publish to %s: %s", topic_arn, error)
