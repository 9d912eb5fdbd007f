"""Every end of an execution that people should know of is reported, and a report that fails is kept."""

from __future__ import annotations

import pytest
from moto.events.models import EventPattern

TOPIC_KEY = {"kms:Decrypt", "kms:GenerateDataKey"}


@pytest.fixture
def rule(template):
    """The rule that starts ReportFailure."""
    [found] = [
        one["Properties"]
        for one in template.of_type("AWS::Events::Rule").values()
        if one["Properties"]["Targets"][0]["Arn"] == {"Fn::GetAtt": ["ReportFailure", "Arn"]}
    ]
    return found


def matches(rule, **detail):
    pattern = {
        **rule["EventPattern"],
        "detail": {**rule["EventPattern"]["detail"], "stateMachineArn": ["ours"]},
    }
    event = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": detail,
    }
    return EventPattern(None, pattern).matches_event(event)


@pytest.mark.parametrize(
    ("status", "redrives", "reported"),
    [
        ("FAILED", 0, True),
        ("TIMED_OUT", 0, True),
        ("ABORTED", 0, True),
        ("FAILED", 2, True),
        ("SUCCEEDED", 1, True),
        ("SUCCEEDED", 0, False),
        ("RUNNING", 0, False),
        ("RUNNING", 1, False),
    ],
)
def test_bad_ends_and_recoveries_are_reported(rule, status, redrives, reported):
    assert matches(rule, stateMachineArn="ours", status=status, redriveCount=redrives) is reported


def test_executions_of_other_machines_are_not_ours_to_report(rule):
    assert rule["EventPattern"]["detail"]["stateMachineArn"] == [{"Ref": "VendAccount"}]
    assert not matches(rule, stateMachineArn="another", status="FAILED", redriveCount=0)


def test_a_report_that_cannot_be_made_is_kept_and_alarms(template, rule):
    [target] = rule["Targets"]
    [queue, _] = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"]
    function = template.resources["ReportFailure"]["Properties"]
    assert function["DeadLetterConfig"] == {"TargetArn": {"Fn::GetAtt": [queue, "Arn"]}}
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
    dimension = {"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}
    assert any(
        one["Properties"].get("Dimensions") == [dimension]
        for one in template.of_type("AWS::CloudWatch::Alarm").values()
    )


def test_report_failure_knows_its_topic_and_may_encrypt_for_it(template):
    function = template.resources["ReportFailure"]["Properties"]
    topic = function["Environment"]["Variables"]["OPERATIONS_TOPIC_ARN"]
    [role, _] = function["Role"]["Fn::GetAtt"]
    allowed = {}
    for statement in template.statements(role):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            allowed[action] = statement["Resource"]
    assert allowed["sns:Publish"] == topic
    key = template.resources[topic["Ref"]]["Properties"]["KmsMasterKeyId"]
    assert {action for action, resource in allowed.items() if resource == key} == TOPIC_KEY
    table = {
        action for action, resource in allowed.items() if resource == {"Fn::GetAtt": ["Registry", "Arn"]}
    }
    assert table == {f"dynamodb:{one}" for one in ("GetItem", "PutItem", "Query", "UpdateItem")}
