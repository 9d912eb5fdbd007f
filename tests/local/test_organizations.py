"""Organizations takes its time, fails on order, keeps its limit, pages and refuses as AWS does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.organizations.models import organizations_backends

from workflows.local.organizations import Creations
from workflows.local.services import ACCOUNT_ID


def create(client: Any, name: str = "payments", **more: Any) -> dict[str, Any]:
    request = {"AccountName": name, "Email": f"{name}@aws.example.com", **more}
    status: dict[str, Any] = client.create_account(**request)["CreateAccountStatus"]
    return status


def poll(client: Any, status: dict[str, Any]) -> dict[str, Any]:
    answer = client.describe_create_account_status(CreateAccountRequestId=status["Id"])
    latest: dict[str, Any] = answer["CreateAccountStatus"]
    return latest


def vend(client: Any, name: str = "payments", **more: Any) -> str:
    status = create(client, name, **more)
    while status["State"] == "IN_PROGRESS":
        status = poll(client, status)
    return str(status["AccountId"])


def unit(client: Any, *names: str) -> str:
    parent = client.list_roots()["Roots"][0]["Id"]
    for name in names:
        units = client.list_organizational_units_for_parent(ParentId=parent)["OrganizationalUnits"]
        parent = next(one["Id"] for one in units if one["Name"] == name)
    return str(parent)


def test_a_creation_is_in_progress_for_as_many_polls_as_told(aws: Any) -> None:
    aws.control("POST", "/_local/organizations", {"polls": 3})
    client = aws.client("organizations")
    status = create(client)
    assert status["State"] == "IN_PROGRESS"
    assert status["Id"].startswith("car-")
    states = [poll(client, status)["State"] for _ in range(5)]
    assert states == ["IN_PROGRESS"] * 3 + ["SUCCEEDED"] * 2


def test_the_account_appears_when_its_creation_succeeds(aws: Any) -> None:
    client = aws.client("organizations")
    status = create(client, Tags=[{"Key": "BusinessUnit", "Value": "Payments"}])
    assert len(client.list_accounts()["Accounts"]) == 1
    poll(client, status)
    account_id = poll(client, status)["AccountId"]
    account = client.describe_account(AccountId=account_id)["Account"]
    assert (account["Email"], account["Name"], account["State"]) == (
        "payments@aws.example.com",
        "payments",
        "ACTIVE",
    )
    tags = client.list_tags_for_resource(ResourceId=account_id)["Tags"]
    assert tags == [{"Key": "BusinessUnit", "Value": "Payments"}]
    root = client.list_roots()["Roots"][0]["Id"]
    assert client.list_parents(ChildId=account_id)["Parents"] == [{"Id": root, "Type": "ROOT"}]


def test_the_next_creations_fail_as_told_and_then_succeed(aws: Any) -> None:
    aws.control("POST", "/_local/organizations", {"polls": 0, "failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    client = aws.client("organizations")
    failed = poll(client, create(client))
    assert (failed["State"], failed["FailureReason"]) == ("FAILED", "ACCOUNT_LIMIT_EXCEEDED")
    assert "AccountId" not in failed
    assert vend(client)


def test_an_address_is_used_once_whatever_its_case(aws: Any) -> None:
    client = aws.client("organizations")
    vend(client)
    status = create(client, "other", Email="Payments@AWS.example.com")
    poll(client, status)
    assert poll(client, status)["FailureReason"] == "EMAIL_ALREADY_EXISTS"


@pytest.mark.usefixtures("interleaved")
def test_never_more_than_the_limit_are_in_flight_however_many_ask_at_once(aws: Any) -> None:
    client = aws.client("organizations")
    start = threading.Barrier(16)

    def ask(number: int) -> str:
        start.wait()
        try:
            return str(create(client, f"a{number}")["State"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(ask, range(16)))
    assert outcomes.count("IN_PROGRESS") == 5
    assert outcomes.count("TooManyRequestsException") == 11
    assert aws.services.creations.in_flight() == 5


def test_a_settled_creation_frees_its_place(aws: Any) -> None:
    aws.control("POST", "/_local/organizations", {"inFlightLimit": 1})
    client = aws.client("organizations")
    vend(client, "first")
    vend(client, "second")


def test_busy_can_be_the_daily_rate_limit(aws: Any, refused: Any) -> None:
    behaviour = {"inFlightLimit": 0, "busyWith": "ConstraintViolationException"}
    aws.control("POST", "/_local/organizations", behaviour)
    response = refused(create, client=aws.client("organizations"))
    assert response["Error"]["Code"] == "ConstraintViolationException"
    assert response["Reason"] == "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"


def test_a_creation_nobody_asks_about_settles_by_time(aws: Any) -> None:
    clock = SimpleNamespace(now=0.0)
    creations = Creations(ACCOUNT_ID, speed=20, now=lambda: clock.now)
    call: Any = SimpleNamespace(request={"AccountName": "lost", "Email": "lost@aws.example.com"})
    creations.create_account(call)
    clock.now = 9.0
    creations.settle_forgotten()
    assert creations.in_flight() == 1
    clock.now = 11.0
    creations.settle_forgotten()
    assert creations.in_flight() == 0
    assert "lost" in {account["Name"] for account in aws.client("organizations").list_accounts()["Accounts"]}


INVALID = [
    ({"Email": "pay ments@aws.example.com"}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ({"Email": ".payments@aws.example.com"}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ({"Email": "pay%ments@aws.example.com"}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ({"Email": "payments@example"}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ({"Email": "payments@aws.example.com-"}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ({"Email": "päyments@aws.example.com"}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ({"Email": "a@b@aws.example.com"}, "INVALID_EMAIL_ADDRESS_TARGET"),
    ({"AccountName": "ü"}, "INVALID_FULL_NAME_TARGET"),
    ({"AccountName": "n" * 51}, "INVALID_FULL_NAME_TARGET"),
    ({"RoleName": "my role"}, "INVALID_ROLE_NAME"),
    ({"Tags": [{"Key": "aws:a", "Value": "b"}]}, "INVALID_SYSTEM_TAGS_PARAMETER"),
    ({"Tags": [{"Key": "a", "Value": "b"}, {"Key": "a", "Value": "c"}]}, "DUPLICATE_TAG_KEY"),
    ({"Tags": [{"Key": "a", "Value": "b;c"}]}, "INVALID_PATTERN"),
]


@pytest.mark.parametrize(("change", "reason"), INVALID)
def test_an_invalid_request_is_refused_with_its_reason(
    aws: Any, refused: Any, change: dict[str, Any], reason: str
) -> None:
    response = refused(create, client=aws.client("organizations", parameter_validation=False), **change)
    assert (response["Error"]["Code"], response["Reason"]) == ("InvalidInputException", reason)
    assert aws.services.creations.in_flight() == 0


def test_fifteen_hundred_accounts_come_in_pages_of_twenty(aws: Any) -> None:
    backend = organizations_backends[ACCOUNT_ID]["aws"]
    for number in range(1499):
        backend.create_account(AccountName=f"a{number}", Email=f"a{number}@aws.example.com")
    pages = list(aws.client("organizations").get_paginator("list_accounts").paginate())
    assert {len(page["Accounts"]) for page in pages} == {20}
    assert len({account["Id"] for page in pages for account in page["Accounts"]}) == 1500


def test_creations_are_listed_by_state_and_a_page_can_be_empty_without_being_the_last(aws: Any) -> None:
    aws.control("POST", "/_local/organizations", {"inFlightLimit": 50})
    client = aws.client("organizations")
    for number in range(20):
        vend(client, f"a{number}")
    waiting = create(client, "waiting")
    pages = list(client.get_paginator("list_create_account_status").paginate(States=["IN_PROGRESS"]))
    found = [[status["Id"] for status in page["CreateAccountStatuses"]] for page in pages]
    assert found == [[], [waiting["Id"]]]


def test_a_token_of_somebody_else_is_refused(aws: Any, refused: Any) -> None:
    assert (
        refused(aws.client("organizations").list_accounts, NextToken="oops")["Reason"] == "INVALID_NEXT_TOKEN"
    )


def test_an_account_moves_to_a_unit(aws: Any) -> None:
    client = aws.client("organizations")
    account_id, prod = vend(client), unit(client, "Workloads", "Prod")
    client.move_account(AccountId=account_id, SourceParentId=unit(client), DestinationParentId=prod)
    parents = client.list_parents(ChildId=account_id)["Parents"]
    assert parents == [{"Id": prod, "Type": "ORGANIZATIONAL_UNIT"}]
    children = client.list_accounts_for_parent(ParentId=prod)["Accounts"]
    assert [account["Id"] for account in children] == [account_id]


MOVES = [
    ({"AccountId": "111111111111"}, "AccountNotFoundException"),
    ({"SourceParentId": "ou-none-11111111"}, "SourceParentNotFoundException"),
    ({"DestinationParentId": "ou-none-11111111"}, "DestinationParentNotFoundException"),
    ({"DestinationParentId": "root"}, "DuplicateAccountException"),
]


@pytest.mark.parametrize(("change", "code"), MOVES)
def test_a_wrong_move_is_refused(aws: Any, refused: Any, change: dict[str, str], code: str) -> None:
    client = aws.client("organizations")
    root = unit(client)
    request = {
        "AccountId": vend(client),
        "SourceParentId": root,
        "DestinationParentId": unit(client, "Sandbox"),
        **{name: root if value == "root" else value for name, value in change.items()},
    }
    assert refused(client.move_account, **request)["Error"]["Code"] == code


def test_what_does_not_exist_is_refused_by_its_own_name(aws: Any, refused: Any) -> None:
    client = aws.client("organizations")
    unknown = "car-" + "0" * 32
    for method, arguments, code in (
        (
            client.describe_create_account_status,
            {"CreateAccountRequestId": unknown},
            "CreateAccountStatusNotFoundException",
        ),
        (client.describe_account, {"AccountId": "111111111111"}, "AccountNotFoundException"),
        (client.list_parents, {"ChildId": "111111111111"}, "ChildNotFoundException"),
        (client.list_accounts_for_parent, {"ParentId": "ou-none-11111111"}, "ParentNotFoundException"),
    ):
        assert refused(method, **arguments)["Error"]["Code"] == code
