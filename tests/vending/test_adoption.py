"""Accounts made elsewhere are adopted: found, registered with an owner, announced, welcomed, once."""

from __future__ import annotations

import json

import pytest
from organizations_for_tests import an_account_made_elsewhere
from requests_for_tests import (
    ADOPTED_PATH,
    KNOWN_PATH,
    a_lifecycle_event,
    an_account_request,
    an_aft_payload,
    announcements,
)

from workflows.vending.registry import Registry

ADMINISTRATOR = "cloud-team@example.com"


def test_an_account_is_adopted_with_the_owner_of_the_request(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    owner = {"email": f"{unique}@example.com", "name": "Payments team"}
    execution = aws.vend({"account": {"id": account_id}, "owner": owner, "requestId": f"r-{unique}"})
    assert execution.path == ADOPTED_PATH
    address = f"{unique}@aws.example.com"
    assert execution.output == {
        "requestId": f"r-{unique}",
        "account": {"id": account_id, "name": unique, "address": address},
        "owner": {"email": [f"{unique}@example.com"], "name": "Payments team"},
    }
    item = aws.item(f"ADDRESS#{address}")
    assert (item["status"], item["accountId"], "external" in item) == ("ACTIVE", account_id, False)
    for key in (f"ACCOUNT#{account_id}", f"NAME#{unique}", f"REQUEST#r-{unique}"):
        assert aws.item(key)["address"] == address
    [announced] = announcements(aws, address)
    assert (announced["mode"], announced["origin"]) == ("adopt", "request")
    [mail] = aws.mails(to=f"{unique}@example.com")
    assert mail["Subject"] == f"Your AWS account {unique} is registered"


def test_adopting_twice_changes_nothing(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    first = aws.vend({"account": {"id": account_id}, "owner": {"email": f"{unique}@example.com"}})
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    second = aws.vend({"account": {"id": account_id}, "owner": {"email": f"other-{unique}@example.com"}})
    assert second.path == KNOWN_PATH
    assert second.output == first.output | {"status": "ACTIVE"}
    assert aws.item(f"ADDRESS#{unique}@aws.example.com") == item
    assert len(announcements(aws, f"{unique}@aws.example.com")) == 1
    assert aws.mails(to=f"other-{unique}@example.com") == []


def test_the_owner_is_read_from_the_accounts_tags(aws, unique):
    owners = [f"{unique}@example.com", f"second-{unique}@example.com"]
    account_id = an_account_made_elsewhere(aws, unique, tags={"Owner": " ".join([*owners, "nobody"])})
    assert aws.vend({"account": {"id": account_id}}).output["owner"]["email"] == owners


def test_an_account_nobody_owns_gets_the_administrator_and_is_marked(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique, tags={"Owner": "x@aws.example.com"})
    output = aws.vend({"account": {"id": account_id}}).output
    assert (output["owner"]["email"], output["needsOwner"]) == ([ADMINISTRATOR], True)
    address = f"{unique}@aws.example.com"
    assert aws.item(f"ADDRESS#{address}")["needsOwner"] is True
    [mail] = aws.mails(to=ADMINISTRATOR, about=address)
    assert mail["Subject"] == f"The AWS account {unique} needs an owner"
    assert f"vend transfer {account_id} --to OWNER" in mail.get_content()


@pytest.mark.parametrize("origin", ["import", "reconcile"])
def test_what_comes_in_bulk_writes_no_letter_for_each_account_without_an_owner(aws, unique, origin):
    account_id = an_account_made_elsewhere(aws, unique)
    execution = aws.vend({"account": {"id": account_id}, "origin": origin})
    assert execution.path == ADOPTED_PATH
    assert execution.output["needsOwner"] is True
    assert aws.mails(to=ADMINISTRATOR, about=f"{unique}@aws.example.com") == []


def test_an_address_outside_our_domain_is_external(aws, unique):
    email = f"Root-{unique}@Elsewhere.example"
    account_id = an_account_made_elsewhere(aws, unique, email=email)
    output = aws.vend({"account": {"id": account_id}, "owner": {"email": f"{unique}@example.com"}}).output
    assert output["account"]["external"] is True
    assert output["account"]["address"] == email.lower()
    [mail] = aws.mails(to=f"{unique}@example.com")
    assert "not" in mail.get_body(["plain"]).get_content()


def test_an_account_whose_name_is_taken_is_registered_without_the_claim(aws, unique):
    vended = aws.vend(an_account_request(unique)).output["account"]
    account_id = an_account_made_elsewhere(aws, unique, email=f"twin-{unique}@aws.example.com")
    twin = aws.vend({"account": {"id": account_id}}).output["account"]
    assert (twin["name"], twin["address"]) == (unique, f"twin-{unique}@aws.example.com")
    assert aws.item(f"NAME#{unique}")["address"] == vended["address"]


def test_an_adopted_account_is_moved_only_where_that_was_asked_for(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    execution = aws.vend({"account": {"id": account_id}, "organizationalUnit": "Workloads/Dev"})
    assert "PlaceAccount" in execution.path
    assert execution.output["account"]["organizationalUnit"] == "Workloads/Dev"
    assert len(aws.calls("organizations", "MoveAccount", containing=account_id)) == 1


@pytest.mark.parametrize(
    ("account_id", "close", "error"),
    [("999999999999", False, "AccountNotFound"), (None, True, "AccountClosed")],
)
def test_what_is_no_open_account_of_the_organization_is_refused(aws, unique, account_id, close, error):
    account_id = account_id or an_account_made_elsewhere(aws, unique)
    if close:
        aws.client("organizations").close_account(AccountId=account_id)
    execution = aws.vend({"account": {"id": account_id}})
    assert (execution.status, execution.error) == ("FAILED", error)
    assert account_id in execution.message
    assert execution.path[-1] == "FindAccount"


def test_a_request_id_of_another_account_is_refused(aws, unique):
    aws.vend(an_account_request(unique, requestId=f"r-{unique}"))
    account_id = an_account_made_elsewhere(aws, f"other-{unique}")
    execution = aws.vend({"account": {"id": account_id}, "requestId": f"r-{unique}"})
    assert execution.error == "InvalidRequest"
    assert "requestId" in execution.message


def test_an_adoption_that_failed_goes_on_where_it_failed(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    request = {"account": {"id": account_id}, "organizationalUnit": "Workloads/Dev"}
    with aws.fault(
        service="organizations", operation="MoveAccount", when="before", error="AccessDeniedException"
    ):
        execution = aws.vend(request)
    assert execution.error == "OrganizationsAccessDenied"
    address = f"ADDRESS#{unique}@aws.example.com"
    aws.eventually(lambda: aws.item(address)["status"] == "FAILED")
    aws.client("stepfunctions").redrive_execution(executionArn=execution.arn)
    assert execution.wait("SUCCEEDED").status == "SUCCEEDED"
    assert aws.item(address)["status"] == "ACTIVE"


def test_another_adoption_takes_over_from_one_that_failed(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    owner = {"email": f"{unique}@example.com"}
    with aws.fault(
        service="organizations", operation="MoveAccount", when="before", error="AccessDeniedException"
    ):
        aws.vend({"account": {"id": account_id}, "owner": owner, "organizationalUnit": "Workloads/Dev"})
    aws.eventually(lambda: aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] == "FAILED")
    second = aws.vend(a_lifecycle_event("UpdateManagedAccount", account_id, event_id=f"e-{unique}"))
    assert second.path == ADOPTED_PATH
    assert second.output["owner"]["email"] == [f"{unique}@example.com"]


def test_placing_waits_out_a_move_to_the_same_unit(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    with aws.fault(
        service="organizations",
        operation="MoveAccount",
        when="before",
        error="ConcurrentModificationException",
        match=account_id,
        times=2,
    ):
        execution = aws.vend({"account": {"id": account_id}, "organizationalUnit": "Workloads/Dev"})
    assert execution.status == "SUCCEEDED"
    assert len(aws.calls("organizations", "MoveAccount", containing=account_id)) == 3


def test_an_event_about_an_account_that_a_running_execution_vends_changes_nothing(aws, unique):
    address = f"{unique}@aws.example.com"
    with aws.fault(
        service="organizations",
        operation="MoveAccount",
        when="before",
        error="ConcurrentModificationException",
        times=1000,
    ):
        vending = aws.start(an_account_request(unique))
        aws.eventually(lambda: "PlaceAccount" in vending.path)
        [account] = aws.accounts(email=address)
        item = aws.item(f"ADDRESS#{address}")
        event = aws.vend(a_lifecycle_event("CreateManagedAccount", account["Id"], event_id=f"e-{unique}"))
        assert event.path == KNOWN_PATH
        assert event.output["status"] == "CREATING"
        assert aws.item(f"ADDRESS#{address}") == item
    assert vending.wait().output["owner"]["email"] == [f"{unique}@example.com"]
    assert len(aws.mails(to=f"{unique}@example.com")) == 1
    assert aws.mails(to=ADMINISTRATOR, about=address) == []


@pytest.mark.parametrize("name", ["CreateManagedAccount", "UpdateManagedAccount"])
def test_a_reserved_address_is_completed_by_the_lifecycle_event_of_its_account(aws, unique, name):
    reserved = aws.vend(an_account_request(unique, mode="address", requestId=f"r-{unique}"))
    address = f"{unique}@aws.example.com"
    assert reserved.path == ["ReadRequest", "IsNewAccount", "VendEmail", "IsAddressOnly", "AddressReserved"]
    assert reserved.output == {
        "requestId": f"r-{unique}",
        "account": {"name": unique, "address": address},
        "owner": {"email": [f"{unique}@example.com"], "name": "Payments team"},
        "status": "RESERVED",
    }
    assert aws.accounts(email=address) == []
    account_id = an_account_made_elsewhere(aws, f"LifeCycle-{unique}", email=address.upper())
    adopted = aws.vend(a_lifecycle_event(name, account_id, event_id=f"e-{unique}"))
    assert adopted.path == ADOPTED_PATH
    assert adopted.output["requestId"] == f"r-{unique}"
    item = aws.item(f"ADDRESS#{address}")
    assert (item["status"], item["accountId"], "mode" in item) == ("ACTIVE", account_id, False)
    assert (item["ownerEmails"], item["ownerName"]) == ([f"{unique}@example.com"], "Payments team")
    assert len(aws.mails(to=f"{unique}@example.com")) == 1
    assert aws.vend(a_lifecycle_event(name, account_id, event_id=f"e-{unique}")).path == KNOWN_PATH
    assert len(aws.mails(to=f"{unique}@example.com")) == 1


def test_an_address_that_waits_for_its_account_goes_on_waiting_when_an_execution_fails(aws, unique):
    request = an_account_request(unique, mode="address", requestId=f"r-{unique}")
    lost = {"service": "lambda", "operation": "Invoke", "when": "after", "match": "VendEmail", "times": 9}
    with aws.fault(**lost, error="TooManyRequestsException"):
        execution = aws.vend(request)
    assert execution.path[-1] == "VendEmail"
    address = f"{unique}@aws.example.com"
    history = Registry(aws.client("dynamodb"), aws.outputs["TableName"]).history
    aws.eventually(lambda: [one for one in history(address) if one["what"] == "EXECUTION_FAILED"])
    assert aws.item(f"ADDRESS#{address}")["status"] == "RESERVED"
    account_id = an_account_made_elsewhere(aws, f"LifeCycle-{unique}", email=address)
    adopted = aws.vend(a_lifecycle_event("CreateManagedAccount", account_id, event_id=f"e-{unique}"))
    assert adopted.path == ADOPTED_PATH


def test_the_same_address_is_answered_however_often_it_is_asked_for(aws, unique):
    request = an_account_request(unique, mode="address", requestId=f"r-{unique}")
    assert aws.vend(request).output == aws.vend(request).output


def test_afts_payload_adopts_the_account_with_its_owner(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    owner = {"owner": f"{unique}@example.com"}
    output = aws.vend(an_aft_payload(account_id, custom_fields=json.dumps(owner))).output
    assert output["owner"]["email"] == [f"{unique}@example.com"]
    assert announcements(aws, f"{unique}@aws.example.com")[0]["origin"] == "aft"


def test_afts_payload_without_custom_fields_marks_that_an_owner_is_needed(aws, unique):
    account_id = an_account_made_elsewhere(aws, unique)
    assert aws.vend(an_aft_payload(account_id)).output["needsOwner"] is True
