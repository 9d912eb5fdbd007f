"""AWS is asked once per address, whatever it answers and whether its answer arrives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from organizations_for_tests import an_account_made_elsewhere
from requests_for_tests import (
    CLEAN_PATH,
    an_account_request,
    asked_for_long_ago,
    asked_for_the_first_time,
    without_repeated_polls,
)

from workflows.vending.creation_failures import ASK_AGAIN, FAILURE_REASONS

BUSY = {
    "TooManyRequestsException": {},
    "ConcurrentModificationException": {},
    "FinalizingOrganizationException": {},
    "ConstraintViolationException": {"Reason": "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"},
}
PERMANENT = [
    ("AccessDeniedException", {}, "OrganizationsAccessDenied"),
    ("AWSOrganizationsNotInUseException", {}, "OrganizationsNotInUse"),
    ("InvalidInputException", {"Reason": "INVALID_EMAIL_ADDRESS_TARGET"}, "CreateAccountRefused"),
    ("UnsupportedAPIEndpointException", {}, "CreateAccountRefused"),
    ("ConstraintViolationException", {"Reason": "ACCOUNT_NUMBER_LIMIT_EXCEEDED"}, "AccountQuotaReached"),
    ("ConstraintViolationException", {"Reason": "PAYMENT_INSTRUMENT_REQUIRED"}, "CreateAccountRefused"),
]  # fmt: skip


def ask_fault(unique, error, when="before", times=1, **members):
    return {
        "service": "organizations",
        "operation": "CreateAccount",
        "when": when,
        "error": error,
        "match": unique,
        "times": times,
        **members,
    }


def assert_one_account(aws, unique, execution):
    assert execution.status == "SUCCEEDED"
    [account] = aws.accounts(email=f"{unique}@aws.example.com")
    assert execution.output["account"]["id"] == account["Id"]
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    assert (item["status"], item["accountId"]) == ("ACTIVE", account["Id"])
    assert "asking" not in item


@pytest.mark.parametrize("error", BUSY)
def test_a_busy_organization_is_waited_out(aws, unique, error):
    with aws.fault(**ask_fault(unique, error, times=2, **BUSY[error])):
        execution = aws.vend(an_account_request(unique))
    assert_one_account(aws, unique, execution)
    assert without_repeated_polls(execution.path) == CLEAN_PATH
    errors = [
        event["taskFailedEventDetails"]["error"]
        for event in execution.history
        if "taskFailedEventDetails" in event
    ]
    assert errors == ["OrganizationsBusy"] * 2  # fmt: skip


@pytest.mark.parametrize(("error", "members", "name"), PERMANENT)
def test_a_permanent_refusal_fails_at_once_under_its_own_name(aws, unique, error, members, name):
    with aws.fault(**ask_fault(unique, error, **members)):
        execution = aws.vend(an_account_request(unique))
    assert (execution.status, execution.error) == ("FAILED", name)
    assert execution.path[-1] == "CreateAccount"
    assert error in execution.message
    assert "redrive" in execution.message
    assert len(aws.calls("organizations", "CreateAccount", containing=f"{unique}@")) == 1
    assert "asking" not in aws.item(f"ADDRESS#{unique}@aws.example.com")


@pytest.mark.parametrize("polls", [0, 1, 3])
@pytest.mark.parametrize("lost", ["Timeout", "ServiceException"])
def test_a_lost_answer_ends_with_one_account(aws, unique, polls, lost):
    aws.control("organizations", {"polls": polls})
    with aws.fault(**ask_fault(unique, lost, when="after")):
        execution = aws.vend(an_account_request(unique))
    assert_one_account(aws, unique, execution)


def test_a_lost_answer_to_a_creation_that_fails_ends_with_one_account(aws, unique):
    aws.control("organizations", {"polls": 0, "failures": ["INTERNAL_FAILURE"]})
    with aws.fault(**ask_fault(unique, "Timeout", when="after")):
        execution = aws.vend(an_account_request(unique))
    assert_one_account(aws, unique, execution)


def test_a_worker_that_dies_after_asking_leaves_one_account(aws, unique):
    with aws.fault(**ask_fault(unique, "Kill", when="after")):
        execution = aws.vend(an_account_request(unique))
    assert_one_account(aws, unique, execution)


@pytest.mark.parametrize("reason", sorted(FAILURE_REASONS.keys() - ASK_AGAIN - {"EMAIL_ALREADY_EXISTS"}))
def test_a_failure_that_needs_a_person_is_named_with_meaning_and_remedy(aws, unique, reason):
    aws.control("organizations", {"failures": [reason]})
    execution = aws.vend(an_account_request(unique))
    assert (execution.status, execution.error) == ("FAILED", "AccountCreationFailed")
    meaning, remedy = FAILURE_REASONS[reason]
    assert reason in execution.message
    assert meaning in execution.message
    assert remedy in execution.message
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    assert (item["status"], item["failure"]["reason"]) == ("FAILED", reason)


@pytest.mark.parametrize("reason", sorted(ASK_AGAIN))
def test_a_failure_that_passes_is_asked_again_for_the_same_address(aws, unique, reason):
    aws.control("organizations", {"failures": [reason, reason]})
    execution = aws.vend(an_account_request(unique))
    assert_one_account(aws, unique, execution)
    asked = aws.calls("organizations", "CreateAccount", containing=f"{unique}@")
    assert {call["request"]["Email"] for call in asked} == {f"{unique}@aws.example.com"}
    assert len(asked) == 3


def test_a_passing_failure_that_does_not_pass_fails_the_step_in_the_end(aws, unique):
    aws.control("organizations", {"polls": 0, "failures": ["INTERNAL_FAILURE"] * 6})
    execution = aws.vend(an_account_request(unique))
    assert (execution.status, execution.error) == ("FAILED", "AccountCreationFailed")
    assert "INTERNAL_FAILURE" in execution.message


def test_a_vended_address_taken_elsewhere_is_replaced(aws, unique):
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    execution = aws.vend(an_account_request(unique))
    assert execution.status == "SUCCEEDED"
    address = execution.output["account"]["address"]
    assert address.startswith(f"{unique}-")
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] == "RETIRED"
    assert aws.item(f"ADDRESS#{address}")["status"] == "ACTIVE"
    assert aws.item(f"NAME#{unique}")["address"] == address
    assert execution.path.count("VendEmail") == 2


def test_an_account_of_the_same_name_with_another_address_is_not_taken_for_ours(aws, unique):
    other = an_account_made_elsewhere(aws, unique, email=f"{unique}@elsewhere.example")
    aws.control("organizations", {"polls": 1, "failures": ["EMAIL_ALREADY_EXISTS"]})
    execution = aws.vend(an_account_request(unique))
    assert execution.status == "SUCCEEDED"
    assert execution.output["account"]["id"] != other
    assert execution.output["account"]["address"].startswith(f"{unique}-")


def test_addresses_taken_elsewhere_are_replaced_twice_and_then_need_a_person(aws, unique):
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"] * 3})
    execution = aws.vend(an_account_request(unique))
    assert (execution.status, execution.error) == ("FAILED", "AccountCreationFailed")
    assert execution.path.count("VendEmail") == 3


def test_an_address_of_ones_own_taken_elsewhere_is_not_replaced(aws, unique):
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    own = {"name": unique, "email": f"own-{unique}@elsewhere.example"}
    execution = aws.vend(an_account_request(unique, account=own))
    assert (execution.status, execution.error) == ("FAILED", "EmailTaken")
    assert own["email"] in execution.message


def test_an_account_of_the_organization_that_has_the_address_is_adopted(aws, unique):
    aws.control("organizations", {"polls": 0})
    organizations = aws.client("organizations")
    organizations.create_account(AccountName="by hand", Email=f"{unique}@aws.example.com")
    aws.eventually(lambda: aws.accounts(email=f"{unique}@aws.example.com"))
    execution = aws.vend(an_account_request(unique))
    assert_one_account(aws, unique, execution)


def test_an_account_that_was_here_before_we_asked_is_handed_to_nobody(aws, unique):
    theirs = an_account_made_elsewhere(aws, f"theirs-{unique}", email=f"{unique}@aws.example.com")
    aws.control("organizations", {"polls": 8, "failures": ["EMAIL_ALREADY_EXISTS"]})
    execution = aws.start(an_account_request(unique))
    an_hour_later = datetime.now(UTC) + timedelta(hours=1)
    asked_for_the_first_time(aws, f"{unique}@aws.example.com", an_hour_later)
    assert execution.wait().output["account"]["address"].startswith(f"{unique}-")
    assert aws.item(f"ACCOUNT#{theirs}") is None
    assert aws.calls("organizations", "MoveAccount", containing=theirs) == []


def test_a_creation_of_the_same_name_whose_account_has_left_does_not_stand_in_the_way(aws, unique):
    gone = an_account_made_elsewhere(aws, unique, email=f"{unique}@elsewhere.example")
    aws.control("organizations", {"polls": 1})
    not_there = {"service": "organizations", "operation": "DescribeAccount", "when": "before", "match": gone}
    with (
        aws.fault(**ask_fault(unique, "Timeout")),
        aws.fault(**not_there, error="AccountNotFoundException", times=1000),
    ):
        execution = aws.start(an_account_request(unique))
        aws.eventually(lambda: len(aws.calls("organizations", "DescribeAccount", containing=gone)) > 1)
        # So young, it may only not be in sight yet: nothing is asked for meanwhile.
        assert len(aws.calls("organizations", "CreateAccount", containing=f"{unique}@aws.example.com")) == 1
    assert_one_account(aws, unique, execution.wait())


def test_an_account_that_was_here_before_is_not_handed_to_whoever_names_its_address(aws, unique):
    address = f"theirs-{unique}@elsewhere.example"
    theirs = an_account_made_elsewhere(aws, f"theirs-{unique}", email=address)
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    execution = aws.vend(an_account_request(unique, account={"name": unique, "email": address}))
    assert (execution.status, execution.error) == ("FAILED", "EmailTaken")
    assert aws.item(f"ACCOUNT#{theirs}") is None


def test_a_closed_account_that_has_the_address_is_not_taken_for_ours(aws, unique):
    closed = an_account_made_elsewhere(aws, unique, email=f"{unique}@aws.example.com")
    aws.client("organizations").close_account(AccountId=closed)
    aws.control("organizations", {"polls": 1, "failures": ["EMAIL_ALREADY_EXISTS"]})
    execution = aws.vend(an_account_request(unique))
    assert execution.status == "SUCCEEDED"
    assert execution.output["account"]["id"] != closed


def test_a_creation_that_hangs_is_given_up_with_a_remedy(aws, unique):
    aws.control("organizations", {"polls": 1000})
    execution = aws.start(an_account_request(unique))
    asked_for_long_ago(aws, execution, f"{unique}@aws.example.com")
    assert "AWS Support" in execution.message
    aws.eventually(lambda: aws.accounts(email=f"{unique}@aws.example.com"))  # AWS comes to an end after all
