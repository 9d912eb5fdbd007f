"""ActivateRuleSet: CloudFormation's custom resource that makes our receipt rule set the active one."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3

from handlers.runtime import logger, registry
from workflows.mail.rule_sets import Activation, RuleSets

rule_sets = RuleSets(boto3.client("ses"), registry().table)

PHYSICAL_ID = "active-receipt-rule-set"
"""Always the same: there is one per account and region, and a new id would have the old one deleted."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> None:
    """Answer CloudFormation, whatever happens: it waits for an answer that does not come."""
    try:
        outcome = apply(event)
    except Exception as error:  # noqa: BLE001 - without an answer the deployment hangs
        logger.exception("the receipt rule set could not be activated or released")
        _answer(event, Status="FAILED", Reason=f"{type(error).__name__}: {error}")
    else:
        logger.info(outcome, rule_set=event["ResourceProperties"]["RuleSetName"])
        _answer(event, Status="SUCCESS", Data={"Outcome": str(outcome)})


def apply(event: dict[str, Any]) -> Activation:
    """Do what CloudFormation asks for."""
    wanted, earlier = event["ResourceProperties"], event.get("OldResourceProperties", {})
    if event["RequestType"] == "Delete":
        return rule_sets.release(wanted["RuleSetName"], rule=wanted["RuleName"])
    return rule_sets.activate(
        wanted["RuleSetName"],
        rule=wanted["RuleName"],
        take_over=wanted["TakeOver"] == "true",  # CloudFormation makes texts of all values
        earlier=earlier.get("RuleSetName", ""),
    )


def _answer(event: dict[str, Any], **members: Any) -> None:
    same = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({**same, "PhysicalResourceId": PHYSICAL_ID, **members}).encode()
    # The URL is signed by CloudFormation, without any content type.
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - likewise
        pass
