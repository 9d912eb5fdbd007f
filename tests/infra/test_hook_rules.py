"""The rules let through what they are for, nothing that was let through is lost, and the bus is ours."""

from __future__ import annotations

import pytest
from moto.events.models import EventPattern

RULES = {
    "HooksAccountRequested": {"Ref": "VendAccount"},
    "HooksOwnerChangeRequested": {"Fn::GetAtt": ["ChangeOwner", "Arn"]},
    "HooksControlTowerSucceeded": {"Ref": "VendAccount"},
    "HooksControlTowerFailed": {"Fn::GetAtt": ["ReportControlTower", "Arn"]},
    "ReconcilingDaily": {"Fn::GetAtt": ["Reconcile", "Arn"]},
}


@pytest.fixture
def rules(template):
    """The properties of the rules by the beginning of their logical ids."""
    found = template.of_type("AWS::Events::Rule")
    return {name: found[template.named("AWS::Events::Rule", name)]["Properties"] for name in RULES}


@pytest.mark.parametrize("name", RULES)
def test_what_a_rule_could_not_deliver_is_tried_for_hours_and_then_kept(rules, name):
    [target] = rules[name]["Targets"]
    assert target["Arn"] == RULES[name]
    assert target["DeadLetterConfig"]
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] >= 12 * 3600
    assert target["RetryPolicy"]["MaximumRetryAttempts"] >= 24


@pytest.mark.parametrize("name", ["HooksAccountRequested", "HooksOwnerChangeRequested"])
def test_requests_come_over_our_own_bus(template, rules, name):
    (bus,) = template.of_type("AWS::Events::EventBus")
    assert rules[name]["EventBusName"] == {"Ref": bus}
    assert "EventBusName" not in rules["HooksControlTowerFailed"]


@pytest.mark.parametrize("event", ["Create", "Update"])
@pytest.mark.parametrize(
    ("state", "rule"), [("SUCCEEDED", "HooksControlTowerSucceeded"), ("FAILED", "HooksControlTowerFailed")]
)
def test_each_lifecycle_event_has_one_rule(rules, event, state, rule):
    status = {f"{event.lower()}ManagedAccountStatus": {"state": state, "more": 1}}
    detail = {"eventName": f"{event}ManagedAccount", "serviceEventDetails": status}
    seen = {"source": "aws.controltower", "detail-type": "AWS Service Event via CloudTrail", "detail": detail}
    matching = [
        name
        for name in ("HooksControlTowerSucceeded", "HooksControlTowerFailed")
        if EventPattern(None, rules[name]["EventPattern"]).matches_event(seen)
    ]
    assert matching == [rule]


def test_only_principals_of_this_account_put_events_on_our_bus(template):
    (bus,) = template.of_type("AWS::Events::EventBus")
    statement = template.only("AWS::Events::EventBusPolicy")["Properties"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == "events:PutEvents"
    assert statement["Resource"] == {"Fn::GetAtt": [bus, "Arn"]}
    assert ":iam::" in str(statement["Principal"]["AWS"])
    assert {"Ref": "AWS::AccountId"} in statement["Principal"]["AWS"]["Fn::Join"][1]


def test_the_organization_is_compared_once_a_day(rules):
    assert rules["ReconcilingDaily"]["ScheduleExpression"] == "cron(20 4 * * ? *)"
