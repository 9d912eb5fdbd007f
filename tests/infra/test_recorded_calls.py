"""What roles and people may do, held against every call that this run of the tests has made.

`make test` runs it last, with what the calls of all other tests needed.
"""

from __future__ import annotations

import base64
import os

import pytest
from policies_for_tests import (
    KEPT,
    Permission,
    Statement,
    by_logical_ids,
    deployed_policy,
    deployed_roles,
    kept_needed,
    needed_by,
    needed_in,
    not_allowed,
    not_needed,
)
from typer.testing import CliRunner

from workflows.operate.command_line import app

ON_BEHALF = {
    "kms:Decrypt": "S3, SNS and SQS use the key for whoever reads or publishes",
    "kms:GenerateDataKey": "likewise, for whoever writes",
    "logs:CreateLogStream": "Lambda writes the logs",
    "logs:PutLogEvents": "likewise",
    "logs:CreateLogDelivery": "Step Functions sets up the log of its machine",
    "logs:DeleteLogDelivery": "likewise",
    "logs:DescribeLogGroups": "likewise",
    "logs:DescribeResourcePolicies": "likewise",
    "logs:GetLogDelivery": "likewise",
    "logs:ListLogDeliveries": "likewise",
    "logs:PutResourcePolicy": "likewise",
    "logs:UpdateLogDelivery": "likewise",
    "organizations:TagResource": "CreateAccount asks for it where it is given tags",
    "s3:ListBucket": "without it a missing mail would be answered with AccessDenied",
    "sqs:DeleteMessage": "Lambda polls the queue with the function's role",
    "sqs:GetQueueAttributes": "likewise",
    "sqs:GetQueueUrl": "CDK grants it along with the others",
    "sqs:ReceiveMessage": "Lambda polls the queue with the function's role",
    "sqs:SendMessage": "Lambda sends what a function could not do to its dead-letter queue",
    "xray:GetSamplingRules": "Step Functions traces",
    "xray:GetSamplingTargets": "likewise",
    "xray:PutTelemetryRecords": "Lambda and Step Functions trace",
    "xray:PutTraceSegments": "likewise",
}
"""Actions that a service uses for us, or asks for beside another, and why nobody sees them called."""

WRONG_USAGE = 2
OWNER = {"email": "team@example.com", "name": "Team"}


@pytest.fixture(scope="module")
def roles(local_aws):
    """What is allowed, by principal: the functions and the state machine."""
    return by_logical_ids(local_aws, deployed_roles(local_aws))


@pytest.fixture(scope="module")
def needed(local_aws, roles):
    """What every recorded call needed, by principal, after at least one whole vend."""
    local_aws.control("faults", method="DELETE")
    request = {"owner": OWNER, "organizationalUnit": "Sandbox", "account": {"name": "permissions"}}
    assert local_aws.vend(request).status == "SUCCEEDED"
    here = needed_in(local_aws, roles)
    return {principal: here[principal] | kept_needed(principal) for principal in roles}


def not_explained(granted, needed):
    return {one for one in not_needed(granted, needed) if one[1].action not in ON_BEHALF}


def test_every_call_is_allowed(roles, needed):
    assert not_allowed(roles, needed) == set()


@pytest.mark.skipif(KEPT not in os.environ, reason="needs the calls of the whole run: make test")
def test_nothing_is_allowed_that_no_call_needs(roles, needed):
    assert not_explained(roles, needed) == set()


def test_an_action_too_few_or_too_many_is_found(roles, needed):
    granted = roles["PlaceAccount"]
    fewer = {one for one in granted if one.action != "organizations:MoveAccount"}
    found = not_allowed({**roles, "PlaceAccount": fewer}, needed)
    assert {(principal, one.action) for principal, one in found} == {
        ("PlaceAccount", "organizations:MoveAccount")
    }
    more = Statement("organizations:CloseAccount", "*")
    found = not_explained({**roles, "PlaceAccount": granted | {more}}, needed)
    assert ("PlaceAccount", more) in found


def test_a_resource_too_few_or_too_many_is_found(roles, needed):
    granted = roles["VendEmail"]
    another = "arn:aws:dynamodb:us-east-1:123456789012:table/another"
    [elsewhere] = {one._replace(resource=another) for one in granted if one.action == "dynamodb:PutItem"}
    fewer = {one for one in granted if one.action != "dynamodb:PutItem"} | {elsewhere}
    found = not_allowed({**roles, "VendEmail": fewer}, needed)
    assert {(principal, one.action) for principal, one in found} == {("VendEmail", "dynamodb:PutItem")}
    found = not_explained({**roles, "VendEmail": granted | {elsewhere}}, needed)
    assert ("VendEmail", elsewhere) in found


def test_a_mail_from_another_sender_is_not_allowed(roles, needed):
    forged = {one._replace(sender="root@aws.example.com") for one in needed["SendWelcome"] if one.sender}
    assert not_allowed(roles, {"SendWelcome": forged}) == {("SendWelcome", one) for one in forged}
    assert forged


@pytest.fixture
def people(aws, unique):
    """What there is for people to work on: a vended account, a failed request, and a mail."""
    vended = aws.vend({"owner": OWNER, "account": {"name": f"people-{unique}"}})
    aws.control("organizations", {"polls": 0, "failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    failed = aws.vend({"owner": OWNER, "account": {"name": f"failed-{unique}"}})
    address = vended.output["account"]["address"]
    mail = {"raw": base64.b64encode(b"Subject: Hello\r\n\r\nHello\r\n").decode(), "recipients": [address]}
    arrived = aws.control("ses/receive", {**mail, "mailFrom": "a@example.org", "verdicts": {}})
    aws.eventually(lambda: aws.mails(about=address, to="team@example.com"))
    return {
        "vended": vended.arn.rpartition(":")[2],
        "failed": failed.arn.rpartition(":")[2],
        "address": address,
        "key": arrived["key"],
    }


def commands_of(people):
    vended = people["vended"]
    reading = [
        ["list"],
        ["show", vended],
        ["status", vended],
        ["history", vended],
        ["watch", vended],
        ["mail", "list", people["address"]],
        ["mail", "held"],
        ["request", "-", "--check"],
        ["doctor"],
    ]
    operating = [
        ["request", "-", "--another", "--watch"],
        ["redrive", people["failed"]],
        ["redrive", "--all-failed"],
        ["transfer", vended, "--to", "new@example.com", "--reason", "tried"],
        ["mail", "replay", people["key"]],
        ["mail", "redrive"],
        ["cancel", people["failed"], "--reason", "tried"],
    ]
    return {"Reader": reading, "Operator": [*reading, *operating]}


def made_by_operator(aws):
    return aws.control("calls", query={"principal": "operator"})


@pytest.mark.parametrize("which", ["Reader", "Operator"])
def test_what_people_do_with_the_command_line_is_allowed_to_them(aws, people, unique, which):
    given = f'{{"owner": {{"email": "team@example.com"}}, "account": {{"name": "{unique}"}}}}'
    before = len(made_by_operator(aws))
    for arguments in commands_of(people)[which]:
        ended = CliRunner(env=aws.environment).invoke(app, arguments, input=given)
        assert ended.exit_code < WRONG_USAGE, ended.output
    needed = set().union(*map(needed_by, made_by_operator(aws)[before:]))
    assert Permission("ses:GetAccount") in needed
    granted = deployed_policy(aws, aws.outputs[f"{which}PolicyArn"])
    assert {one for one in needed if not any(each.allows(one) for each in granted)} == set()


def test_readers_change_nothing_and_operators_are_readers_too(aws):
    reader, operator = (
        deployed_policy(aws, aws.outputs[f"{which}PolicyArn"]) for which in ("Reader", "Operator")
    )
    reading = ("Get", "Describe", "List", "Query", "Scan")
    assert all(one.action.split(":")[1].startswith(reading) for one in reader)
    assert reader < operator
