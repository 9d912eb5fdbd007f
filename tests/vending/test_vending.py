"""One account, vended by the template that goes to AWS."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from requests_for_tests import CLEAN_PATH, an_account_request, without_repeated_polls

from infra.configuration import EVENTS_OF_A_POLL

REPOSITORY = Path(__file__).parents[2]


def test_a_request_is_vended_from_address_to_welcome(aws, unique):
    execution = aws.vend(an_account_request(unique))
    assert execution.status == "SUCCEEDED"
    assert without_repeated_polls(execution.path) == CLEAN_PATH
    address = f"{unique}@aws.example.com"
    [account] = aws.accounts(email=address)
    assert execution.output == {
        "requestId": execution.arn.rpartition(":")[2],
        "account": {
            "id": account["Id"],
            "name": unique,
            "address": address,
            "organizationalUnit": "Workloads/Prod",
        },
        "owner": {"email": [f"{unique}@example.com"], "name": "Payments team"},
    }


def test_the_registry_knows_address_account_name_and_request(aws, unique):
    output = aws.vend(an_account_request(unique, requestId=f"r-{unique}")).output
    item = aws.item(f"ADDRESS#{unique}@aws.example.com")
    assert item["status"] == "ACTIVE"
    assert item["accountId"] == output["account"]["id"]
    assert item["ownerEmails"] == [f"{unique}@example.com"]
    assert item["createRequestId"].startswith("car-")
    for key in (f"ACCOUNT#{item['accountId']}", f"NAME#{unique}", f"REQUEST#r-{unique}"):
        assert aws.item(key)["address"] == item["address"]


def test_the_account_is_created_with_its_tags_and_placed_in_its_unit(aws, unique):
    request = an_account_request(unique, roleName="Admin", iamUserAccessToBilling="DENY")
    account_id = aws.vend(request).output["account"]["id"]
    [call] = aws.calls("organizations", "CreateAccount", containing=f"{unique}@")
    assert call["principal"] == "CreateAccount"
    assert call["request"]["Tags"] == [{"Key": "BusinessUnit", "Value": "Payments"}]
    assert (call["request"]["RoleName"], call["request"]["IamUserAccessToBilling"]) == ("Admin", "DENY")
    organizations = aws.client("organizations")
    [parent] = organizations.list_parents(ChildId=account_id)["Parents"]
    unit = organizations.describe_organizational_unit(OrganizationalUnitId=parent["Id"])["OrganizationalUnit"]
    assert unit["Name"] == "Prod"


def test_a_unit_is_given_by_its_id_too(aws, unique):
    organizations = aws.client("organizations")
    [root] = organizations.list_roots()["Roots"]
    unit = organizations.create_organizational_unit(ParentId=root["Id"], Name=unique)["OrganizationalUnit"]
    execution = aws.vend(an_account_request(unique, organizationalUnit=unit["Id"]))
    assert execution.status == "SUCCEEDED"
    [parent] = organizations.list_parents(ChildId=execution.output["account"]["id"])["Parents"]
    assert parent["Id"] == unit["Id"]


def test_the_welcome_tells_the_owner_what_an_owner_needs_to_know(aws, unique):
    output = aws.vend(an_account_request(unique)).output
    [mail] = aws.mails(to=f"{unique}@example.com")
    for kind in ("plain", "html"):
        text = mail.get_body([kind]).get_content()
        for told in (
            output["account"]["id"],
            output["account"]["address"],
            f"{unique}@example.com",
            "https://example.awsapps.com/start",
            "not for daily use",
            "cloud-team@example.com",
        ):
            assert told in text
    assert mail["Subject"] == f"Your AWS account {unique} is ready"
    assert "forwarder@aws.example.com" in mail["From"]


def test_the_vended_account_is_announced_on_the_bus(aws, unique):
    output = aws.vend(an_account_request(unique)).output
    [call] = aws.calls("events", "PutEvents", containing=unique)
    [entry] = call["request"]["Entries"]
    assert (entry["DetailType"], entry["Source"]) == ("Account Vended", "aws-account-vending")
    detail = json.loads(entry["Detail"])
    assert detail["account"] == output["account"]
    assert detail["requestId"] == output["requestId"]


def test_an_account_that_takes_its_time_is_polled_until_it_is_there(aws, unique):
    aws.control("organizations", {"polls": 4})
    execution = aws.vend(an_account_request(unique))
    assert execution.status == "SUCCEEDED"
    assert execution.path.count("CheckAccount") == 5
    waits = [event["id"] for event in execution.history if is_entry(event, "WaitForAccount")]
    assert {after - before for before, after in pairwise(waits)} == {EVENTS_OF_A_POLL}


def is_entry(event, state):
    return event.get("stateEnteredEventDetails", {}).get("name") == state


def test_a_creation_that_fails_for_good_fails_the_step_with_reason_and_remedy(aws, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    execution = aws.vend(an_account_request(unique))
    assert execution.status == "FAILED"
    assert execution.error == "AccountCreationFailed"
    assert execution.path[-1] == "CheckAccount"
    assert "ACCOUNT_LIMIT_EXCEEDED" in execution.message
    assert "quota" in execution.message
    assert "redrive" in execution.message
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] == "FAILED"


def test_the_same_request_twice_is_one_account_and_the_same_answer(aws, unique):
    request = an_account_request(unique, requestId=f"r-{unique}")
    first = aws.vend(request)
    second = aws.vend(request)
    assert second.status == "SUCCEEDED"
    assert second.output == first.output
    assert len(aws.accounts(email=f"{unique}@aws.example.com")) == 1
    assert len(aws.calls("organizations", "CreateAccount", containing=f"{unique}@")) == 1
    assert len(aws.mails(to=f"{unique}@example.com")) == 1


def test_the_same_request_with_another_unit_does_not_move_an_account_that_is_registered(aws, unique):
    account_id = aws.vend(an_account_request(unique, requestId=f"r-{unique}")).output["account"]["id"]
    again = aws.vend(an_account_request(unique, requestId=f"r-{unique}", organizationalUnit="Workloads/Dev"))
    assert again.output["account"]["organizationalUnit"] == "Workloads/Prod"
    assert len(aws.calls("organizations", "MoveAccount", containing=account_id)) == 1


def test_an_account_that_people_moved_is_not_moved_back_by_the_same_request(aws, unique):
    account_id = aws.vend(an_account_request(unique, requestId=f"r-{unique}")).output["account"]["id"]
    organizations = aws.client("organizations")
    [unit], [root] = (
        organizations.list_parents(ChildId=account_id)["Parents"],
        organizations.list_roots()["Roots"],
    )
    organizations.move_account(
        AccountId=account_id, SourceParentId=unit["Id"], DestinationParentId=root["Id"]
    )
    assert aws.vend(an_account_request(unique, requestId=f"r-{unique}")).status == "SUCCEEDED"
    [parent] = organizations.list_parents(ChildId=account_id)["Parents"]
    assert parent["Id"] == root["Id"]


@pytest.mark.parametrize("sample", ["minimal", "full", "named", "address", "aws_pattern"])
def test_every_sample_request_is_vended(aws, sample):
    request = json.loads((REPOSITORY / "state_machines" / "requests" / f"{sample}.json").read_text())
    assert aws.vend(request).status == "SUCCEEDED"
