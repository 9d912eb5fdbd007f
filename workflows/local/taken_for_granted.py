"""What a template refers to as being there already: hosted zones and receipt rule sets, made here first."""

from __future__ import annotations

from typing import Any

from moto.route53.models import FakeZone, route53_backends
from moto.ses.models import ses_backends

from workflows.local.assembly import StackTemplate


def provide(stack: StackTemplate, account_id: str) -> None:
    """Make what a stack takes for granted, unless it is there.

    Args:
        stack: about to be deployed.
        account_id: whose account it goes to.
    """
    for records in stack.of_type("AWS::Route53::RecordSet"):
        _zone(records["HostedZoneId"], account_id)
    for rule in stack.of_type("AWS::SES::ReceiptRule"):
        _rule_set(rule["RuleSetName"], account_id, stack.region)


def _zone(zone_id: Any, account_id: str) -> None:
    zones = route53_backends[account_id]["aws"].zones
    if isinstance(zone_id, str) and zone_id not in zones:
        new: Any = FakeZone
        zones[zone_id] = new("example.com.", zone_id, private_zone=False, caller_reference=zone_id)


def _rule_set(name: Any, account_id: str, region: str) -> None:
    """On AWS the rule set that a configuration names is the active one; here that may have another name."""
    emails = ses_backends[account_id][region]
    if not isinstance(name, str) or name in emails.receipt_rule_set:
        return
    active = emails.describe_active_receipt_rule_set()
    if active is not None:
        emails.receipt_rule_set[name] = active
    else:
        emails.create_receipt_rule_set(name)
        emails.set_active_receipt_rule_set(name)
