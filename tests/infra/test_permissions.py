"""Each role is allowed what its part needs, and nothing more."""

from __future__ import annotations

import json

import pytest

from infra import failure_reports, hooks, mail_functions, reconciling, rule_set_activation
from infra.vending_functions import FUNCTIONS

ALL_FUNCTIONS = (
    *FUNCTIONS,
    *failure_reports.FUNCTIONS,
    *hooks.FUNCTIONS,
    *mail_functions.FUNCTIONS,
    *reconciling.FUNCTIONS,
    *rule_set_activation.FUNCTIONS,
)

TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
FIND_UNIT = {
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
}
WRITE = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
TELL_OPERATIONS = {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"}
HOLD_SLOTS = {"dynamodb:Query", "dynamodb:DeleteItem"}

ALLOWED = {
    "ReadRequest": FIND_UNIT,
    "VendEmail": {*WRITE, "dynamodb:DeleteItem"},
    "CreateAccount": {
        *WRITE,
        *HOLD_SLOTS,
        "organizations:CreateAccount",
        "organizations:DescribeAccount",
        "organizations:ListAccounts",
        "organizations:ListCreateAccountStatus",
        "organizations:TagResource",
    },
    "CheckAccount": {
        *WRITE,
        *HOLD_SLOTS,
        "organizations:DescribeAccount",
        "organizations:DescribeCreateAccountStatus",
        "organizations:ListAccounts",
        "organizations:ListCreateAccountStatus",
    },
    "FindAccount": {
        *WRITE,
        "dynamodb:DeleteItem",
        "organizations:DescribeAccount",
        "organizations:ListTagsForResource",
    },
    "PlaceAccount": {*FIND_UNIT, "organizations:ListParents", "organizations:MoveAccount"},
    "RegisterOwner": WRITE,
    "ActivateRuleSet": {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
        "ses:DescribeActiveReceiptRuleSet",
        "ses:SetActiveReceiptRuleSet",
    },
    "SendWelcome": {"dynamodb:GetItem", "dynamodb:UpdateItem", "ses:SendRawEmail"},
    "ReportFailure": {*WRITE, "dynamodb:Query", *TELL_OPERATIONS, "sqs:SendMessage"},
    "ChangeOwner": {*WRITE, *TELL_OPERATIONS, "ses:SendRawEmail", "sqs:SendMessage"},
    "ReportControlTower": {*WRITE, *TELL_OPERATIONS, "sqs:SendMessage"},
    "Reconcile": {
        *WRITE,
        *TELL_OPERATIONS,
        "dynamodb:Scan",
        "organizations:ListAccounts",
        "sqs:SendMessage",
        "states:StartExecution",
    },
    "ForwardInbound": {
        *WRITE,
        *TELL_OPERATIONS,
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "ses:SendRawEmail",
        "ses:CreateEmailIdentity",
        "events:PutEvents",
        "sqs:ReceiveMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueUrl",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    },
    "TrackDelivery": {
        *WRITE,
        *TELL_OPERATIONS,
        "dynamodb:Query",
        "dynamodb:Scan",
        "s3:GetObject",
        "s3:ListBucket",
        "ses:SendRawEmail",
        "ses:CreateEmailIdentity",
        "sqs:SendMessage",
    },
}

WITHOUT_RESOURCES = {
    *TRACES,
    "organizations:CreateAccount",
    "organizations:DescribeCreateAccountStatus",
    "organizations:ListAccounts",
    "organizations:ListCreateAccountStatus",
    "organizations:ListRoots",
    "organizations:TagResource",  # on accounts it is limited to resources, on CreateAccount there is none yet
    "ses:DescribeActiveReceiptRuleSet",
    "ses:SetActiveReceiptRuleSet",
}
"""Actions for which IAM knows no resource to limit them to."""


def role_of(template, function):
    return template.resources[function]["Properties"]["Role"]["Fn::GetAtt"][0]


def actions_of(statement):
    actions = statement["Action"]
    return {actions} if isinstance(actions, str) else set(actions)


@pytest.mark.parametrize("function", ALL_FUNCTIONS)
def test_a_function_is_allowed_exactly_what_it_calls(template, function):
    statements = template.statements(role_of(template, function))
    allowed = set().union(*map(actions_of, statements))
    assert allowed == ALLOWED[function] | TRACES | LOGS


@pytest.mark.parametrize("function", ALL_FUNCTIONS)
def test_a_star_stands_only_where_iam_knows_no_resource(template, function):
    for statement in template.statements(role_of(template, function)):
        assert statement["Effect"] == "Allow"
        assert not [action for action in actions_of(statement) if "*" in action]
        if statement["Resource"] == "*":
            assert actions_of(statement) <= WITHOUT_RESOURCES


def test_no_role_has_a_policy_of_aws(template):
    for role in template.of_type("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]


def test_only_one_service_may_take_each_role(template):
    for role in template.of_type("AWS::IAM::Role").values():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"]["Service"] in {
            f"{service}.amazonaws.com" for service in ("events", "lambda", "states")
        }


def test_event_rules_may_start_our_machine_and_nothing_else(template):
    role = template.named("AWS::IAM::Role", "VendAccountMachineEventsRole")
    (statement,) = template.statements(role)
    assert statement["Action"] == "states:StartExecution"
    assert statement["Resource"] == {"Ref": "VendAccount"}


def test_the_table_is_the_only_one_a_function_reaches(template):
    for function in ALL_FUNCTIONS:
        for statement in template.statements(role_of(template, function)):
            if any(action.startswith("dynamodb:") for action in actions_of(statement)):
                assert statement["Resource"] == {"Fn::GetAtt": ["Registry", "Arn"]}


@pytest.mark.parametrize("function", ["SendWelcome", "ForwardInbound", "TrackDelivery"])
def test_mail_is_sent_from_our_address_with_our_configuration_set_only(template, vending, function):
    (configuration_set,) = template.of_type("AWS::SES::ConfigurationSet")
    (statement,) = (
        one
        for one in template.statements(role_of(template, function))
        if "ses:SendRawEmail" in actions_of(one)
    )
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": vending["forwardFrom"]}}
    named, identities = statement["Resource"]
    assert json.dumps(identities).endswith(':identity/*"]]}')
    assert {"Ref": configuration_set} in named["Fn::Join"][1]


def test_the_machine_invokes_its_functions_and_puts_events_on_its_bus(template):
    machine = template.only("AWS::StepFunctions::StateMachine")["Properties"]
    statements = template.statements(machine["RoleArn"]["Fn::GetAtt"][0])
    resources = {
        action: statement["Resource"]
        for statement in statements
        for action in actions_of(statement)
        if statement["Resource"] != "*"
    }
    (bus,) = template.of_type("AWS::Events::EventBus")
    assert resources == {
        "lambda:InvokeFunction": [{"Fn::GetAtt": [name, "Arn"]} for name in sorted(FUNCTIONS)],
        "events:PutEvents": {"Fn::GetAtt": [bus, "Arn"]},
    }
    starred = {action for one in statements if one["Resource"] == "*" for action in actions_of(one)}
    assert all(action.startswith(("logs:", "xray:")) for action in starred)
