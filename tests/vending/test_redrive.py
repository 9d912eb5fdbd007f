"""An operator presses Redrive on whatever failed, and it finishes: same address, one account."""

from __future__ import annotations

import json

import pytest
from requests_for_tests import an_account_request, asked_for_long_ago

TIME_LIMIT = 6
"""Seconds for a whole execution in the test of executions that time out; a vend takes about one."""


def redrive(aws, execution):
    """What the console's button does."""
    aws.client("stepfunctions").redrive_execution(executionArn=execution.arn)
    return execution.wait()


def asked(aws, unique):
    """How often AWS was asked for the account."""
    return len(aws.calls("organizations", "CreateAccount", containing=f"{unique}@"))


def assert_vended_once(aws, unique, execution):
    assert execution.status == "SUCCEEDED", execution.description.get("cause")
    [account] = aws.accounts(email=f"{unique}@aws.example.com")
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    assert (item["status"], item["accountId"]) == ("ACTIVE", account["Id"])
    assert not {"asking", "failure", "lastError"} & item.keys()
    assert len(aws.mails(to=f"{unique}@example.com")) == 1


def test_after_the_quota_is_raised_a_redrive_vends_the_same_address(aws, operations, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    execution = aws.vend(an_account_request(unique))
    assert (execution.status, execution.path[-1]) == ("FAILED", "CheckAccount")
    [failed] = operations.wait(execution.arn)
    assert failed["event"] == "failed"
    redrive(aws, execution)
    assert_vended_once(aws, unique, execution)
    assert asked(aws, unique) == 2
    what = [event["type"] for event in execution.history]
    assert what.count("ExecutionFailed") == what.count("ExecutionRedriven") == 1
    assert [event["id"] for event in execution.history] == list(range(1, len(what) + 1))
    [_, recovered] = operations.wait(execution.arn, count=2)
    assert (recovered["event"], recovered["redrive"]) == ("recovered", None)


def test_the_retry_of_a_step_that_failed_for_good_does_not_ask_again(aws, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    dies = {"service": "dynamodb", "operation": "TransactWriteItems", "principal": "CheckAccount"}
    with aws.fault(**dies, when="after", error="Kill", match=unique):
        execution = aws.vend(an_account_request(unique))
    errors = [
        one["taskFailedEventDetails"]["error"] for one in execution.history if "taskFailedEventDetails" in one
    ]
    assert errors == ["Runtime.ExitError", "AccountCreationFailed"]
    assert asked(aws, unique) == 1
    redrive(aws, execution)
    assert_vended_once(aws, unique, execution)
    assert asked(aws, unique) == 2


def test_a_redrive_before_the_cause_is_mended_fails_the_same_way_and_the_next_one_finishes(aws, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"] * 2})
    execution = aws.vend(an_account_request(unique))
    redrive(aws, execution)
    assert (execution.status, execution.error) == ("FAILED", "AccountCreationFailed")
    assert asked(aws, unique) == 2
    redrive(aws, execution)
    assert_vended_once(aws, unique, execution)
    assert execution.description["redriveCount"] == 2


def test_an_execution_stopped_by_hand_is_told_and_finishes_after_a_redrive(aws, operations, unique):
    aws.control("organizations", {"polls": 3})
    execution = aws.start(an_account_request(unique))
    aws.eventually(lambda: asked(aws, unique))
    aws.client("stepfunctions").stop_execution(executionArn=execution.arn, cause="Wrong day.")
    assert execution.wait().status == "ABORTED"
    [told] = operations.wait(execution.arn)
    assert (told["status"], told["reason"]) == ("ABORTED", "Wrong day.")
    redrive(aws, execution)
    assert_vended_once(aws, unique, execution)
    assert asked(aws, unique) == 1


@pytest.fixture
def short_time_limit(aws):
    """Executions that start during the test are given seconds instead of days."""
    client, arn = aws.client("stepfunctions"), aws.outputs["StateMachineArn"]
    definition = client.describe_state_machine(stateMachineArn=arn)["definition"]
    short = {**json.loads(definition), "TimeoutSeconds": TIME_LIMIT}
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(short))
    yield
    client.update_state_machine(stateMachineArn=arn, definition=definition)


@pytest.mark.usefixtures("short_time_limit")
def test_an_execution_that_timed_out_is_told_and_finishes_after_a_redrive(aws, operations, unique):
    busy = {"service": "organizations", "operation": "CreateAccount", "when": "before", "match": unique}
    with aws.fault(**busy, error="TooManyRequestsException", times=1000):
        execution = aws.vend(an_account_request(unique))
    assert execution.status == "TIMED_OUT"
    [told] = operations.wait(execution.arn)
    assert (told["status"], told["error"]) == ("TIMED_OUT", "States.TimedOut")
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] == "FAILED"
    redrive(aws, execution)
    assert_vended_once(aws, unique, execution)


def test_after_a_creation_that_took_too_long_a_redrive_goes_on_waiting_for_it(aws, unique):
    aws.control("organizations", {"polls": 12})
    execution = aws.start(an_account_request(unique))
    asked_for_long_ago(aws, execution, f"{unique}@aws.example.com")
    before = aws.item(f"ADDRESS#{unique}@aws.example.com")["createRequestId"]
    redrive(aws, execution)
    assert_vended_once(aws, unique, execution)
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["createRequestId"] == before
    assert asked(aws, unique) == 1


def test_a_fresh_execution_of_the_same_request_asks_again_after_a_failure(aws, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"] * 2})
    failed = aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    redrive(aws, failed)
    assert (failed.error, failed.description["redriveCount"]) == ("AccountCreationFailed", 1)
    fresh = aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    assert_vended_once(aws, unique, fresh)
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["execution"] == fresh.arn
    assert asked(aws, unique) == 3


def test_a_twin_that_was_under_way_already_does_not_ask_again_after_a_failure(aws, unique):
    aws.control("organizations", {"polls": 8, "failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    twins = [aws.start(an_account_request(unique, requestId=f"r-{unique}")) for _ in range(2)]
    assert [one.wait().error for one in twins] == ["AccountCreationFailed"] * 2
    assert asked(aws, unique) == 1
    for one in twins:
        assert redrive(aws, one).status == "SUCCEEDED"
    assert asked(aws, unique) == 2


def test_of_five_redrives_at_once_one_counts(aws, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    execution = aws.vend(an_account_request(unique))
    client = aws.client("stepfunctions")
    client.redrive_execution(executionArn=execution.arn)
    for _ in range(4):
        with pytest.raises(client.exceptions.ExecutionNotRedrivable):
            client.redrive_execution(executionArn=execution.arn)
    assert_vended_once(aws, unique, execution.wait())
    assert execution.description["redriveCount"] == 1


def test_a_welcome_that_was_refused_keeps_no_other_execution_of_the_request_waiting(aws, unique):
    refused = {"service": "sesv2", "operation": "SendEmail", "when": "before", "match": unique}
    with aws.fault(**refused, error="AccessDeniedException"):
        failed = aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    assert (failed.status, failed.error) == ("FAILED", "SenderRefused")
    other = aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    assert "taskFailedEventDetails" not in {name for event in other.history for name in event}
    assert_vended_once(aws, unique, other)
    redrive(aws, failed)
    assert_vended_once(aws, unique, failed)
