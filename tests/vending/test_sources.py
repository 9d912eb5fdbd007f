"""Whatever starts an execution becomes one order, or is refused with the field that is wrong."""

from __future__ import annotations

import pytest
from requests_for_tests import a_lifecycle_event, an_account_request, an_aft_payload

from workflows.vending.errors import InvalidRequest
from workflows.vending.problem import Problem
from workflows.vending.request import Mode, Order
from workflows.vending.settings import Settings
from workflows.vending.sources import read_request

SETTINGS = Settings(
    table_name="table",
    domain="aws.example.com",
    forward_from="forwarder@aws.example.com",
    administrator="cloud-team@example.com",
)
CREATED = "serviceEventDetails.createManagedAccountStatus"
UPDATED = "serviceEventDetails.updateManagedAccountStatus"


def read(document):
    return read_request(document, settings=SETTINGS, fallback_id="execution-name")


def problems(document):
    with pytest.raises(InvalidRequest) as refused:
        read(document)
    return {problem.field: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize("name", ["CreateManagedAccount", "UpdateManagedAccount"])
def test_a_lifecycle_event_that_succeeded_adopts_its_account(name):
    order = read(a_lifecycle_event(name, "111122223333", event_id="e-1", addendum={"new": ["field"]}))
    assert (order.mode, order.origin) == (Mode.ADOPT, "control-tower")
    assert (order.account_id, order.request_id, order.owner_emails) == ("111122223333", "e-1", ())
    assert Order.from_document(order.document()) == order


@pytest.mark.parametrize(
    ("event", "field", "problem"),
    [
        (
            a_lifecycle_event("CreateManagedAccount", "111122223333", state="FAILED"),
            f"detail.{CREATED}.state",
            "AWS Control Tower failed to create",
        ),
        (a_lifecycle_event("UpdateManagedAccount", state="FAILED"), f"detail.{UPDATED}.state", "FAILED"),
        (a_lifecycle_event("CreateManagedAccount"), f"detail.{CREATED}.account.accountId", "twelve digits"),
        (a_lifecycle_event("CreateManagedAccount", "12"), f"detail.{CREATED}.account.accountId", '"12"'),
        (a_lifecycle_event("SetupLandingZone", "111122223333"), "detail.eventName", '"SetupLandingZone"'),
        (a_lifecycle_event("Create", "1") | {"detail": {}}, "detail.eventName", "is missing"),
        (
            a_lifecycle_event("Create", "1") | {"detail": {"eventName": "CreateManagedAccount"}},
            f"detail.{CREATED}.state",
            "is not SUCCEEDED",
        ),
        (a_lifecycle_event("Create", "1") | {"detail": []}, "detail", "must be an object"),
        (a_lifecycle_event("Create", "1") | {"source": "aws.ec2"}, "source", '"aws.ec2"'),
    ],
)
def test_any_other_lifecycle_event_is_refused_by_name(event, field, problem):
    assert problem in problems(event)[field]


@pytest.mark.parametrize(
    ("event_id", "problem"),
    [
        ("\u00e9" * 3000, "ASCII"),
        ("\ud800", "control character"),
        ({"a": 1}, "must be a text"),
        ("a\r\nb", "line"),
    ],
)
def test_an_event_id_that_can_be_no_request_id_is_refused(event_id, problem):
    event = {"detail-type": "Account Requested", "detail": an_account_request("a"), "id": event_id}
    assert problem in problems(event)["id"]


def test_a_problem_of_any_length_is_told_with_its_field():
    event = a_lifecycle_event("CreateManagedAccount", "111122223333", state="FAILED")
    status = event["detail"]["serviceEventDetails"]["createManagedAccountStatus"]
    status["message"] = "x" * 100_000
    with pytest.raises(InvalidRequest, match=r"^detail\.serviceEventDetails"):
        read(event)
    assert str(InvalidRequest([Problem("tags", "y" * 100_000)])).startswith("tags: yyy")


@pytest.mark.parametrize(
    ("asked", "owners"),
    [
        ({"custom_fields": {"owner": "a@example.com", "more": {}}}, ("a@example.com",)),
        ({"custom_fields": '{"owner": "a@a.example, b@b.example"}'}, ("a@a.example", "b@b.example")),
        ({"custom_fields": {"owner": ["a@example.com"]}}, ("a@example.com",)),
        ({"account_tags": {"Owner": "t@a.example u@a.example"}}, ("t@a.example", "u@a.example")),
        ({"custom_fields": {"owner": "a@a.test"}, "account_tags": {"owner": "t@a.test"}}, ("a@a.test",)),
        ({"account_tags": '{"owner": "t@example.com"}'}, ("t@example.com",)),
        ({"account_tags": {"owner": "Jane Doe"}}, ()),
        ({"account_tags": {"owner": "x@aws.example.com"}}, ()),
        ({"custom_fields": ""}, ()),
        ({"custom_fields": None, "account_tags": None}, ()),
        ({}, ()),
    ],
)  # fmt: skip
def test_afts_payload_adopts_its_account_with_the_owner_it_names(asked, owners):
    order = read(an_aft_payload("111122223333", **asked))
    assert (order.mode, order.origin, order.request_id) == (Mode.ADOPT, "aft", "execution-name")
    assert (order.account_id, order.owner_emails) == ("111122223333", owners)


@pytest.mark.parametrize(
    ("payload", "field", "problem"),
    [
        (
            an_aft_payload("111122223333", custom_fields={"owner": "nobody"}),
            "account_request.custom_fields.owner[0]",
            "must be a mail address",
        ),
        (
            an_aft_payload("111122223333", custom_fields="{broken"),
            "account_request.custom_fields",
            "JSON text",
        ),
        (
            an_aft_payload("111122223333", custom_fields="[" * 100_000),
            "account_request.custom_fields",
            "JSON text",
        ),
        (an_aft_payload("1111"), "account_info.account.id", "twelve digits"),
        (an_aft_payload(None), "account_info.account.id", "is missing"),
        ({"account_info": [], "account_request": {}}, "account_info", "must be an object"),
    ],
)
def test_a_wrong_payload_of_aft_is_refused_by_field(payload, field, problem):
    assert problem in problems(payload)[field]


def test_a_request_that_names_an_accounts_id_adopts_it_and_needs_no_owner():
    order = read({"account": {"id": "111122223333"}})
    assert (order.mode, order.account_id, order.owner_emails) == (Mode.ADOPT, "111122223333", ())
    assert order.origin == "request"
    owned = read({"mode": "adopt", "account": {"id": "111122223333"}, "owner": {"email": "a@example.com"}})
    assert owned.owner_emails == ("a@example.com",)


def test_an_event_on_the_bus_carries_a_native_request():
    event = {"id": "e-7", "source": "portal", "detail-type": "Account Requested"}
    order = read(event | {"detail": an_account_request("payments", origin="portal")})
    assert (order.request_id, order.origin, order.mode) == ("e-7", "portal", Mode.CREATE)
    assert read(event | {"detail": an_account_request("payments")}).origin == "event"


@pytest.mark.parametrize(
    ("request_", "field", "problem"),
    [
        ({"mode": "adopt"}, "account.id", "is missing"),
        ({"account": {"id": "12"}}, "account.id", "twelve digits"),
        ({"account": {"id": "111122223333", "name": "x"}}, "account.name", "is unknown"),
        ({"account": {"id": "111122223333"}, "tags": {}}, "tags", "is unknown"),
        ({"account": {"id": "111122223333"}, "owner": {"email": "nobody"}}, "owner.email", "mail address"),
        (an_account_request("x", mode="address", account={"id": "111122223333"}), "account.id", "no place"),
        (an_account_request("x", mode="delete"), "mode", "must be create or address or adopt"),
    ],
)
def test_a_request_whose_parts_contradict_each_other_is_refused(request_, field, problem):
    assert problem in problems(request_)[field]


def test_another_state_machine_may_leave_its_mark_beside_the_request():
    mark = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:eu-west-1:1:execution:aft:x"}
    assert read(an_account_request("payments") | mark) == read(an_account_request("payments"))
    assert read(an_aft_payload("111122223333") | mark).account_id == "111122223333"


def test_a_request_for_an_address_is_read_like_one_for_an_account():
    order = read(an_account_request("payments", mode="address"))
    assert (order.mode, order.account_name) == (Mode.ADDRESS, "payments")
    assert problems({"mode": "address"})["owner"] == "is missing"
