"""The document of a request's outcome, and what to do about a failure."""

from __future__ import annotations

import json

import pytest
from executions_for_tests import an_execution, failed

from workflows.operate import outcomes
from workflows.operate.timeline import Failure
from workflows.vending import errors
from workflows.vending.creation_failures import FAILURE_REASONS

OUTPUT = {
    "requestId": "r-1",
    "account": {
        "id": "111122223333",
        "name": "payments",
        "address": "p@aws.example.com",
        "organizationalUnit": "Sandbox",
    },
    "owner": {"email": ["team@example.com"], "name": "Team"},
    "origin": "vended",
}
ITEM = {
    "address": "p@aws.example.com",
    "accountName": "payments",
    "ownerEmails": ["team@example.com"],
    "ownerName": "Team",
    "requestId": "r-1",
}


def test_a_success_gives_the_account_and_its_owner_and_no_error():
    assert outcomes.document(an_execution(status="SUCCEEDED", output=OUTPUT)) == {
        "requestId": "r-1",
        "executionArn": an_execution().arn,
        "status": "SUCCEEDED",
        "account": OUTPUT["account"],
        "owner": OUTPUT["owner"],
    }


def test_a_failure_gives_what_the_registry_knows_and_the_named_error():
    execution = failed("EmailTaken", f"p@aws.example.com is taken. {errors.EmailTaken.remedy}")
    document = outcomes.document(execution, ITEM)
    assert document["account"] == {
        "id": None,
        "name": "payments",
        "address": "p@aws.example.com",
        "organizationalUnit": None,
    }
    assert document["owner"] == {"email": ["team@example.com"], "name": "Team"}
    assert document["error"] == {
        "name": "EmailTaken",
        "message": "p@aws.example.com is taken.",
        "remedy": errors.EmailTaken.remedy,
    }


def test_before_anything_is_reserved_account_and_owner_are_null():
    document = outcomes.document(failed("InvalidRequest", "owner: is missing."))
    assert (document["account"], document["owner"]) == (None, None)
    assert document["error"]["remedy"] == errors.InvalidRequest.remedy


@pytest.mark.parametrize(
    ("execution", "item", "request_id"),
    [
        (an_execution(status="SUCCEEDED", output=OUTPUT), None, "r-1"),
        (an_execution(), ITEM, "r-1"),
        (an_execution(input=json.dumps({"requestId": "r-2"})), None, "r-2"),
        (an_execution(input="[]"), None, "payments-0123"),
        (an_execution(input="{"), None, "payments-0123"),
    ],
)
def test_the_request_id_is_found_wherever_it_is_known(execution, item, request_id):
    assert outcomes.request_id(execution, item) == request_id


@pytest.mark.parametrize("reason", FAILURE_REASONS)
def test_a_creation_that_aws_failed_has_the_remedy_of_its_reason(reason):
    known = FAILURE_REASONS[reason]
    error = errors.AccountCreationFailed(reason, "payments (p@aws.example.com)", known.meaning, known.remedy)
    message, remedy = outcomes.explained(Failure("AccountCreationFailed", str(error)))
    assert remedy == known.remedy
    assert message == f"payments (p@aws.example.com) was not created: {reason}. {known.meaning}"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("ABORTED", "The execution was stopped by hand."),
        ("TIMED_OUT", "The execution took longer than the state machine allows."),
    ],
)
def test_an_execution_without_an_error_of_its_own_says_how_it_ended(status, message):
    error = outcomes.error(an_execution(status=status))
    assert (error["name"], error["message"]) == (status, message)
    assert "redrive" in error["remedy"]


def test_an_error_that_is_not_ours_has_a_remedy_too():
    assert "redrive" in outcomes.error(failed("States.Timeout", ""))["remedy"]
    assert outcomes.error(failed("States.Timeout", ""))["message"] == "States.Timeout"
