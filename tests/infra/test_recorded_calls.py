"""What roles and people may do, held against every call that this run of the tests has made.

Runs last (see tests/conftest.py): the more has been tried before, the more it proves.
"""

from __future__ import annotations

import pytest

ON_BEHALF = {
    "kms:Decrypt": "S3, SNS and SQS use the key for whoever reads or publishes",
    "kms:GenerateDataKey": "likewise, for whoever writes",
    "logs:CreateLogStream": "Lambda writes the logs",
    "logs:PutLogEvents": "likewise",
    "organizations:TagResource": "CreateAccount asks for it where it is given tags",
    "s3:ListBucket": "without it a missing mail would be answered with AccessDenied",
    "sqs:DeleteMessage": "Lambda polls the queue with the function's role",
    "sqs:GetQueueAttributes": "likewise",
    "sqs:GetQueueUrl": "CDK grants it along with the others",
    "sqs:ReceiveMessage": "Lambda polls the queue with the function's role",
    "xray:PutTelemetryRecords": "Lambda traces",
    "xray:PutTraceSegments": "likewise",
}
"""Actions that a service uses for us, or asks for beside another, and why nobody sees them called."""

RECORDED_ELSEWHERE = {
    ("ForwardInbound", "ses:CreateEmailIdentity"): "the sandbox is tried on a local AWS of its own",
    ("ForwardInbound", "sns:Publish"): "an administrator out of reach is tried there, too",
    ("TrackDelivery", "ses:CreateEmailIdentity"): "likewise",
    ("TrackDelivery", "sns:Publish"): "likewise",
    ("PlaceAccount", "organizations:DescribeOrganizationalUnit"): "a unit given by its id is looked up again",
    ("ReadRequest", "organizations:DescribeOrganizationalUnit"): "likewise",
    ("CheckAccount", "organizations:DescribeAccount"): "another account of that name came meanwhile",
}
"""What the run calls where this test does not look, or calls only at times, and when."""

TO_DEAD_LETTERS = "sqs:SendMessage"
"""Lambda sends what a function could not do to its dead-letter queue, with the function's role."""

SERVICES = {"sesv2": "ses", "stepfunctions": "states", "service-quotas": "servicequotas"}
NAMES = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("sesv2", "SendEmail"): "SendRawEmail",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "ListObjectsV2"): "ListBucket",
}
UNGUARDED = {"sts:GetCallerIdentity"}
"""What everybody may call."""


def actions_of_call(call):
    """The IAM actions that a call needs (Service Authorization Reference)."""
    service, operation = call["service"], call["operation"]
    if operation == "TransactWriteItems":
        kinds = {kind for item in call["request"]["TransactItems"] for kind in item}
        return {
            f"dynamodb:{'ConditionCheckItem' if kind == 'ConditionCheck' else f'{kind}Item'}"
            for kind in kinds
        }
    return {f"{SERVICES.get(service, service)}:{NAMES.get((service, operation), operation)}"} - UNGUARDED


def called(calls):
    """The actions called, by principal."""
    found = {}
    for call in calls:
        found.setdefault(call["principal"], set()).update(actions_of_call(call))
    return found


def listed(actions):
    return {actions} if isinstance(actions, str) else set(actions)


def granted(template):
    """The actions granted to each function's role."""
    return {
        name: set().union(
            *(
                listed(one["Action"])
                for one in template.statements(function["Properties"]["Role"]["Fn::GetAtt"][0])
            )
        )
        for name, function in template.of_type("AWS::Lambda::Function").items()
    }


def granted_to_people(template, which):
    policy = template.resources[template.named("AWS::IAM::ManagedPolicy", f"People{which}")]["Properties"]
    return set().union(*(listed(one["Action"]) for one in policy["PolicyDocument"]["Statement"]))


def not_allowed(granted_by_role, calls):
    """What was called without being allowed: (role, action)."""
    return {
        (role, action)
        for role, actions in called(calls).items()
        if role in granted_by_role
        for action in actions - granted_by_role[role]
    }


def not_needed(granted_by_role, calls, with_dead_letters):
    """What is allowed without being called, by roles that called anything: (role, action)."""
    made = called(calls)
    return {
        (role, action)
        for role, actions in granted_by_role.items()
        if role in made
        for action in actions - made[role] - set(ON_BEHALF)
        if not (action == TO_DEAD_LETTERS and role in with_dead_letters)
    }


@pytest.fixture
def calls(aws, unique):
    """Every recorded call of a function, after at least one whole vend."""
    execution = aws.vend(
        {
            "owner": {"email": "team@example.com", "name": "Team"},
            "organizationalUnit": "Sandbox",
            "account": {"name": f"permissions-{unique}"},
        }
    )
    assert execution.status == "SUCCEEDED"
    return [one for one in aws.control("calls") if one["principal"]]


def test_every_call_of_a_function_is_allowed(template, calls):
    assert not_allowed(granted(template), calls) == set()


def test_nothing_is_allowed_that_no_call_needs(template, calls, whole_run):
    with_dead_letters = {
        name
        for name, one in template.of_type("AWS::Lambda::Function").items()
        if "DeadLetterConfig" in one["Properties"]
    }
    if not whole_run:
        pytest.skip("needs the calls of the whole run: make test")
    found = not_needed(granted(template), calls, with_dead_letters)
    assert found - set(RECORDED_ELSEWHERE) == set()


def test_an_action_too_few_or_too_many_is_found(template, calls):
    roles = granted(template)
    fewer = {**roles, "PlaceAccount": roles["PlaceAccount"] - {"organizations:MoveAccount"}}
    assert not_allowed(fewer, calls) == {("PlaceAccount", "organizations:MoveAccount")}
    more = {**roles, "PlaceAccount": roles["PlaceAccount"] | {"organizations:CloseAccount"}}
    assert ("PlaceAccount", "organizations:CloseAccount") in not_needed(more, calls, set())


def commands_of(people):
    vended = people["vended"]
    reading = [["list"], ["show", vended], ["status", vended], ["history", vended], ["doctor"]]
    return {"Reader": reading, "Operator": [*reading, ["redrive", vended], ["mail", "held"]]}


@pytest.mark.parametrize("which", ["Reader", "Operator"])
def test_what_people_do_with_the_command_line_is_allowed_to_them(template, aws, which):
    from typer.testing import CliRunner

    from workflows.operate.command_line import app

    request = {"owner": {"email": "team@example.com"}, "account": {"name": f"people-{which.lower()}"}}
    people = {"vended": aws.vend(request).arn.rpartition(":")[2]}
    before = len(aws.control("calls"))
    for arguments in commands_of(people)[which]:
        CliRunner(env=aws.environment).invoke(app, arguments)
    made = [one for one in aws.control("calls")[before:] if one["principal"] == "operator"]
    needed = called(made)["operator"]
    assert needed
    assert needed - granted_to_people(template, which) == set()


def test_readers_change_nothing_and_operators_are_readers_too(template):
    reader, operator = (granted_to_people(template, which) for which in ("Reader", "Operator"))
    assert all(
        action.split(":")[1].startswith(("Get", "Describe", "List", "Query", "Scan")) for action in reader
    )
    assert reader < operator
