"""What was given up stays so, whoever presses Redrive, and gets in nobody's way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from organizations_for_tests import an_account_made_elsewhere
from requests_for_tests import an_account_request

from workflows.vending.cancelling import cancel
from workflows.vending.errors import CannotCancel
from workflows.vending.registry import Registry


@pytest.fixture
def give_up(aws):
    """What `vend cancel` does to the registry."""
    registry = Registry(aws.client("dynamodb"), aws.outputs["TableName"])
    return lambda request_id: cancel(registry, request_id, who="somebody", why="no", now=datetime.now(UTC))


def redrive(aws, execution):
    """What the console's button does."""
    aws.client("stepfunctions").redrive_execution(executionArn=execution.arn)
    return execution.wait()


def asked(aws, address):
    return aws.calls("organizations", "CreateAccount", containing=address)


def an_own_address(unique, **changes):
    """A request for an address outside our domain, which may be asked for again after a cancel."""
    account = {"name": unique, "email": f"own-{unique}@elsewhere.example"}
    return an_account_request(unique, account=account, **changes)


def test_a_redrive_after_a_cancel_vends_nothing(aws, unique, give_up):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    execution = aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    give_up(f"r-{unique}")
    assert redrive(aws, execution).error == "RequestCancelled"
    assert aws.accounts(email=f"{unique}@aws.example.com") == []


def test_a_redrive_of_the_step_that_reserved_reserves_nothing_anew_after_a_cancel(aws, unique, give_up):
    lost = {
        "service": "dynamodb",
        "operation": "TransactWriteItems",
        "when": "after",
        "principal": "VendEmail",
    }
    with (
        aws.fault(**lost, error="Kill", match=unique),
        aws.fault(
            service="dynamodb",
            operation="GetItem",
            when="before",
            error="AccessDeniedException",
            principal="VendEmail",
            match=f"REQUEST#r-{unique}",
            skip=1,
        ),
    ):
        execution = aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    assert (execution.error, execution.path[-1]) == ("RegistryRefused", "VendEmail")
    give_up(f"r-{unique}")
    assert redrive(aws, execution).error == "RequestCancelled"
    assert aws.item(f"REQUEST#r-{unique}")["address"] == f"{unique}@aws.example.com"
    assert asked(aws, unique) == []


def test_an_address_that_another_request_has_since_is_left_alone_by_the_first_one(aws, unique, give_up):
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    first = aws.vend(an_own_address(unique, requestId=f"first-{unique}", tags={"Wrong": "yes"}))
    assert first.error == "EmailTaken"
    give_up(f"first-{unique}")
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    second = aws.vend(an_own_address(unique, requestId=f"second-{unique}"))
    assert second.error == "AccountCreationFailed"
    assert redrive(aws, first).error == "RequestCancelled"
    with pytest.raises(CannotCancel, match="has no request"):
        give_up(f"first-{unique}")
    assert redrive(aws, second).status == "SUCCEEDED"
    address = f"own-{unique}@elsewhere.example"
    assert [one["request"]["Tags"][0]["Key"] for one in asked(aws, address)] == [
        "Wrong",
        *["BusinessUnit"] * 2,
    ]
    assert aws.item(f"ADDRESS#{address}")["requestId"] == f"second-{unique}"
    again = aws.vend(an_own_address(unique, requestId=f"first-{unique}"))
    assert again.error == "NameTaken"


def test_an_execution_from_before_the_cancel_that_reserved_nothing_reserves_nothing_later(
    aws, unique, give_up
):
    request = an_account_request(unique, requestId=f"r-{unique}")
    denied = {"service": "dynamodb", "operation": "GetItem", "when": "before", "principal": "VendEmail"}
    with aws.fault(**denied, error="AccessDeniedException", match=f"r-{unique}"):
        early = aws.vend(request)
    assert early.error == "RegistryRefused"
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    aws.vend(request)
    give_up(f"r-{unique}")
    assert redrive(aws, early).error == "RequestCancelled"
    assert aws.vend(request).status == "SUCCEEDED"


def test_an_address_that_its_request_has_left_may_be_had_again(aws, unique, give_up):
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    assert aws.vend(an_own_address(unique, requestId=f"first-{unique}")).error == "EmailTaken"
    give_up(f"first-{unique}")
    elsewhere = {"name": unique, "email": f"other-{unique}@elsewhere.example"}
    moved = aws.vend(an_account_request(unique, account=elsewhere, requestId=f"first-{unique}"))
    assert moved.status == "SUCCEEDED"
    own = {"name": f"second-{unique}", "email": f"own-{unique}@elsewhere.example"}
    assert aws.vend(an_account_request(unique, account=own)).status == "SUCCEEDED"
    assert aws.item(f"REQUEST#first-{unique}")["address"] == elsewhere["email"]


def test_a_replaced_address_is_had_by_the_account_that_turns_up_with_it(aws, unique):
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    assert aws.vend(an_account_request(unique, requestId=f"r-{unique}")).status == "SUCCEEDED"
    account_id = an_account_made_elsewhere(aws, f"theirs-{unique}", email=f"{unique}@aws.example.com")
    adopted = aws.vend({"account": {"id": account_id}, "owner": {"email": f"theirs-{unique}@example.com"}})
    assert adopted.status == "SUCCEEDED"
    assert aws.item(f"REQUEST#r-{unique}")["address"] != f"{unique}@aws.example.com"


def test_an_adoption_parts_a_cancelled_request_from_the_address_it_takes(aws, unique, give_up):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    give_up(f"r-{unique}")
    aws.control("organizations", {"polls": 0, "failures": []})
    organizations = aws.client("organizations")
    organizations.create_account(AccountName=unique, Email=f"{unique}@aws.example.com")
    [account] = aws.eventually(lambda: aws.accounts(email=f"{unique}@aws.example.com"))
    adopted = aws.vend({"account": {"id": account["Id"]}, "requestId": f"adopt-{unique}"})
    assert adopted.status == "SUCCEEDED"
    assert "address" not in aws.item(f"REQUEST#r-{unique}")
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["requestId"] == f"adopt-{unique}"


def test_cancels_use_up_no_replacement_of_an_address_that_is_taken_elsewhere(aws, unique, give_up):
    request = an_account_request(unique, requestId=f"r-{unique}")
    for _ in range(2):
        aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
        aws.vend(request)
        give_up(f"r-{unique}")
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"] * 2})
    assert aws.vend(request).status == "SUCCEEDED"
    pointer = aws.item(f"REQUEST#r-{unique}")
    assert (pointer["replaced"], "cancelledAt" in pointer) == (2, False)


def fails_before_its_address_is_replaced(aws, unique):
    """An execution whose address is taken elsewhere, and that is refused another one."""
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    denied = {
        "service": "dynamodb",
        "operation": "TransactWriteItems",
        "when": "before",
        "principal": "VendEmail",
    }
    with aws.fault(**denied, error="AccessDeniedException", match=unique, skip=1):
        execution = aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    assert execution.error == "RegistryRefused"
    return execution


def test_a_replaced_address_whose_successor_was_never_reserved_can_be_cancelled(aws, unique, give_up):
    execution = fails_before_its_address_is_replaced(aws, unique)
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    assert (item["status"], "cancelledAt" in item) == ("RETIRED", False)
    assert "cancelledAt" in give_up(f"r-{unique}")
    assert aws.item(f"NAME#{unique}") is None
    assert redrive(aws, execution).error == "RequestCancelled"


def test_a_replaced_address_is_replaced_by_a_redrive(aws, unique):
    execution = fails_before_its_address_is_replaced(aws, unique)
    assert redrive(aws, execution).output["account"]["address"].startswith(f"{unique}-")


def test_an_address_that_somebody_has_before_it_is_replaced_leaves_its_name_to_the_request(aws, unique):
    execution = fails_before_its_address_is_replaced(aws, unique)
    account_id = an_account_made_elsewhere(aws, f"theirs-{unique}", email=f"{unique}@aws.example.com")
    assert aws.vend({"account": {"id": account_id}}).status == "SUCCEEDED"
    account = redrive(aws, execution).output["account"]
    assert (account["name"], account["id"] != account_id) == (unique, True)


def test_a_request_whose_account_was_closed_since_is_not_announced_again(aws, unique):
    request = an_account_request(unique, requestId=f"r-{unique}")
    account_id = aws.vend(request).output["account"]["id"]
    aws.client("organizations").close_account(AccountId=account_id)
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["TableName"],
        Key={"pk": {"S": f"ADDRESS#{unique}@aws.example.com"}, "sk": {"S": "STATE"}},
        UpdateExpression="SET #status = :closed",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":closed": {"S": "CLOSED"}},
    )
    execution = aws.vend(request)
    assert (execution.error, execution.path[-1]) == ("AccountClosed", "VendEmail")
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] == "CLOSED"
