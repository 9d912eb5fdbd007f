"""Operations are told of every execution that ended badly, so that people and machines can act."""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime

import pytest
from requests_for_tests import an_account_request

from workflows.vending.operations import Report, printable_subject
from workflows.vending.registry import Registry
from workflows.vending.reporting import report_execution
from workflows.vending.shell import typed

HOSTILE_NAMES = [
    'it\'s; rm -rf "$HOME" `id` | <b>&\\',
    "--all-failed",
    "{% $x %} ${y} %s {0}",
    "n" * 50,
]


class Told:
    """Stands where the operations topic does, and keeps what it is told."""

    def __init__(self):
        self.reports: list[Report] = []

    def tell(self, report):
        self.reports.append(report)


@pytest.fixture
def registry(aws):
    """The registry itself."""
    return Registry(aws.client("dynamodb"), aws.outputs["TableName"])


def an_end(execution="x", **changes):
    """The detail of the event about an execution's bad end."""
    return {
        "executionArn": f"arn:aws:states:eu-central-1:123456789012:execution:VendAccount:{execution}",
        "stateMachineArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:VendAccount",
        "name": execution,
        "status": "FAILED",
        "startDate": 1_780_000_000_000,
        "stopDate": int(datetime.now(UTC).timestamp() * 1000),
        "input": "{}",
        "redriveCount": 0,
        "error": "OrganizationsAccessDenied",
        "cause": json.dumps({"errorMessage": "No. Allow it.", "errorType": "OrganizationsAccessDenied"}),
        **changes,
    }


def report(registry, **changes):
    told = Told()
    outcome = report_execution(an_end(**changes), registry=registry, operations=told)
    return outcome, told.reports


def test_a_failure_is_told_with_reason_remedy_console_and_redrive(aws, operations, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    execution = aws.vend(an_account_request(unique))
    [facts] = operations.wait(execution.arn)
    name = execution.arn.rpartition(":")[2]
    assert facts["event"] == "failed"
    assert (facts["status"], facts["error"]) == ("FAILED", "AccountCreationFailed")
    assert (facts["requestId"], facts["executionArn"]) == (name, execution.arn)
    assert (facts["accountName"], facts["address"]) == (unique, f"{unique}@aws.example.com")
    assert facts["owner"] == [f"{unique}@example.com"]
    assert "ACCOUNT_LIMIT_EXCEEDED" in facts["reason"]
    assert facts["redrive"] == f"vend redrive {name}"
    assert facts["console"].endswith(f"#/v2/executions/details/{execution.arn}")
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    assert item["status"] == "FAILED"


def test_people_get_a_subject_and_a_text(aws, operations_envelopes, unique):
    execution = aws.vend(an_account_request(unique, organizationalUnit="Nowhere/At all"))
    [envelope] = operations_envelopes.wait(execution.arn)
    request_id = execution.arn.rpartition(":")[2]
    assert envelope["Subject"] == f"Not vended: {request_id} (InvalidRequest)"
    assert json.loads(envelope["Message"])["redrive"] is None  # the same request would fail again
    [call] = aws.calls("sns", "Publish", containing=request_id)
    text = json.loads(call["request"]["Message"])["default"]
    for told in ("Nowhere/At all", "Correct the request and start it again.", execution.arn, "console.aws"):
        assert told in text
    assert "vend redrive" not in text
    assert call["principal"] == "ReportFailure"


def test_the_registry_is_marked_and_its_history_tells(aws, operations, unique):
    fault = {"service": "organizations", "operation": "CreateAccount", "when": "before", "match": unique}
    with aws.fault(**fault, error="AccessDeniedException"):
        execution = aws.vend(an_account_request(unique))
    operations.wait(execution.arn)
    item = aws.eventually(lambda: _failed_item(aws, unique))
    assert item["lastError"].startswith("OrganizationsAccessDenied: ")
    registry = Registry(aws.client("dynamodb"), aws.outputs["TableName"])
    [entry] = aws.eventually(
        lambda: [one for one in registry.history(item["address"]) if one["what"] == "EXECUTION_FAILED"]
    )
    assert entry["who"] == execution.arn
    assert "AccessDenied" in entry["why"]


def test_the_same_event_again_is_not_told_again(aws, registry, unique):
    aws.vend(an_account_request(unique, requestId=unique))
    event = {"execution": unique, "status": "ABORTED", "error": None, "cause": None}
    stopped_at = an_end()["stopDate"]
    assert report(registry, **event, stopDate=stopped_at)[0] == "reported"
    assert report(registry, **event, stopDate=stopped_at)[0] == "known"
    assert report(registry, **event, stopDate=stopped_at + 1)[0] == "reported"


def test_an_account_that_is_registered_is_not_marked(aws, registry, unique):
    aws.vend(an_account_request(unique, requestId=unique))
    _, [told] = report(registry, execution=unique)
    assert told.facts["accountName"] == unique
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] == "ACTIVE"


def test_a_failure_of_an_execution_whose_request_another_one_serves_marks_nothing(aws, registry, unique):
    aws.control("organizations", {"polls": 20})
    serving = aws.start(an_account_request(unique, requestId=f"r-{unique}"))
    aws.eventually(lambda: aws.item(f"REQUEST#r-{unique}"))
    _, [told] = report(registry, execution="earlier", input=json.dumps({"requestId": f"r-{unique}"}))
    assert told.facts["redrive"] is None
    assert serving.arn.rpartition(":")[2] in told.facts["remedy"]
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] != "FAILED"
    aws.client("stepfunctions").stop_execution(executionArn=serving.arn)


@pytest.mark.parametrize(
    "given", ["[" * 50_000, json.dumps({"requestId": "x" * 3000}), '{"requestId": "\\ud800"}']
)
def test_a_hostile_request_is_reported_too(registry, unique, given):
    outcome, [told] = report(registry, execution=unique, input=given)
    assert (outcome, told.facts["accountName"]) == ("reported", None)


def test_a_success_is_told_only_after_a_redrive(registry, unique):
    success = {"execution": unique, "status": "SUCCEEDED", "error": None, "cause": None}
    assert report(registry, **success) == ("ignored", [])
    outcome, [told] = report(registry, **success, redriveCount=1)
    assert outcome == "reported"
    assert told.subject.startswith("Recovered: ")
    assert (told.facts["event"], told.facts["redrive"]) == ("recovered", None)


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT"])
def test_what_aws_gives_no_reason_for_is_explained(registry, unique, status):
    _, [told] = report(registry, execution=unique, status=status, error=None, cause=None)
    assert told.facts["reason"].startswith("The execution ")
    assert "redrive" in told.facts["remedy"].lower()
    assert f"vend redrive {unique}" in told.text


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_make_no_other_command_and_no_broken_subject(aws, registry, unique, name):
    account = {"name": name[:40] + unique}
    vended = aws.vend(an_account_request(unique, account=account, requestId=f"r-{unique}"))
    detail = {"execution": name, "input": json.dumps({"requestId": f"r-{unique}"}), "error": "E" * 200}
    _, [told] = report(registry, **detail, executionArn=vended.arn)
    assert told.facts["accountName"] == account["name"]
    assert shlex.split(told.facts["redrive"])[-1] == name
    assert shlex.split(told.facts["redrive"])[:-1] in (["vend", "redrive"], ["vend", "redrive", "--"])
    subject = printable_subject(told.subject)
    assert len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("two\r\nlines\tand a\0nul", "two lines and a?nul"),
        ("Zürich \N{GRINNING FACE} …", "Z?rich ? ?"),
        ("\N{ZERO WIDTH SPACE} first", "first"),
        ("x" * 300, "x" * 97 + "..."),
    ],
)
def test_a_subject_is_what_sns_takes(text, subject):
    assert printable_subject(text) == subject


def test_a_long_reason_fits_into_a_message(aws, operations, unique):
    topic = aws.outputs["OperationsTopicArn"]
    from workflows.vending.operations import Operations

    cause = json.dumps({"errorMessage": f'{unique} "\N{GRINNING FACE}\\' * 8000})
    registry = Registry(aws.client("dynamodb"), aws.outputs["TableName"])
    end = an_end(unique, cause=cause[:32_768])
    report_execution(end, registry=registry, operations=Operations(aws.client("sns"), topic))
    [facts] = operations.wait(unique)
    assert len(facts["reason"]) < 4100
    [call] = aws.calls("sns", "Publish", containing=unique)
    assert len(call["request"]["Message"].encode()) < 262_144


def test_a_redrive_command_can_be_pasted_into_a_shell():
    assert typed("redrive", "payments-prod") == "vend redrive payments-prod"
    assert typed("redrive", "-x y") == "vend redrive -- '-x y'"


def _failed_item(aws, unique):
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    return item if item["status"] == "FAILED" else None
