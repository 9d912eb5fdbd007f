"""Events start executions and change owners: each once, and none is swallowed."""

from __future__ import annotations

import json

import pytest
from organizations_for_tests import an_account_made_elsewhere
from requests_for_tests import (
    ADOPTED_PATH,
    KNOWN_PATH,
    a_lifecycle_event,
    an_account_request,
    announcements,
)

NAMES = ["CreateManagedAccount", "UpdateManagedAccount"]


def put_on_our_bus(aws, detail_type, detail):
    """Put an event as a portal would; its id."""
    answer = aws.client("events").put_events(
        Entries=[
            {
                "EventBusName": aws.outputs["BusName"],
                "Source": "portal",
                "DetailType": detail_type,
                "Detail": json.dumps(detail),
            }
        ]
    )
    assert answer["FailedEntryCount"] == 0
    return answer["Entries"][0]["EventId"]


@pytest.mark.parametrize("name", NAMES)
def test_a_lifecycle_event_that_succeeded_adopts_the_account_once(aws, unique, name):
    account_id = an_account_made_elsewhere(aws, unique, tags={"owner": f"{unique}@example.com"})
    event = a_lifecycle_event(name, account_id, event_id=f"e-{unique}", addendum={"unknown": [1]})
    aws.control("events", event)
    [first] = aws.eventually(lambda: aws.executions(f"e-{unique}"))
    assert first.wait().path == ADOPTED_PATH
    assert first.output["requestId"] == f"e-{unique}"
    aws.control("events", event)
    started = aws.eventually(lambda: found if len(found := aws.executions(f"e-{unique}")) == 2 else None)
    assert sorted(one.wait().path for one in started) == sorted([ADOPTED_PATH, KNOWN_PATH])
    [announced] = announcements(aws, f"{unique}@aws.example.com")
    assert announced["origin"] == "control-tower"
    assert len(aws.mails(to=f"{unique}@example.com")) == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_same_event_twice_at_once_adopts_once(aws, unique, name):
    account_id = an_account_made_elsewhere(aws, unique)
    event = a_lifecycle_event(name, account_id, event_id=f"e-{unique}")
    aws.control("events", event)
    aws.control("events", event)
    started = aws.eventually(lambda: found if len(found := aws.executions(f"e-{unique}")) == 2 else None)
    assert {one.wait().status for one in started} == {"SUCCEEDED"}
    assert len(announcements(aws, f"{unique}@aws.example.com")) == 1
    assert aws.item(f"ADDRESS#{unique}@aws.example.com")["status"] == "ACTIVE"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("account_id", ["111122223333", None])
def test_a_lifecycle_event_that_failed_is_told_to_operations_once(aws, unique, operations, name, account_id):
    event = a_lifecycle_event(name, account_id, state="FAILED", event_id=f"e-{unique}")
    aws.control("events", event)
    [told] = operations.wait(f"e-{unique}")
    assert (told["event"], told["eventName"]) == ("controlTowerFailed", name)
    assert (told["accountId"], told["accountName"]) == (account_id, "LifeCycle1")
    assert told["reason"] == "AWS Control Tower failed to create a managed account."
    aws.eventually(lambda: "doneAt" in (aws.item(f"EVENT#e-{unique}") or {}))
    again = a_lifecycle_event(name, account_id, state="FAILED", event_id=f"again-{unique}")
    aws.control("events", event)
    aws.control("events", again)
    operations.wait(f"again-{unique}")
    assert len(operations.messages(f"e-{unique}")) == 1
    assert aws.executions(f"e-{unique}") == []


def test_what_operations_reads_about_a_failure_of_control_tower(aws, unique, operations_envelopes):
    event = a_lifecycle_event("CreateManagedAccount", state="FAILED", event_id=f"e-{unique}")
    aws.control("events", event)
    [told] = operations_envelopes.wait(f"e-{unique}")
    assert told["Subject"] == "Control Tower failed: LifeCycle1"


def test_a_report_that_could_not_be_sent_is_sent_by_the_next_try(aws, unique, operations):
    event = a_lifecycle_event("CreateManagedAccount", state="FAILED", event_id=f"e-{unique}")
    with aws.fault(
        service="sns", operation="Publish", when="before", error="InternalError", match=unique, times=3
    ):
        aws.control("events", event)
        [told] = operations.wait(f"e-{unique}")
    assert told["event"] == "controlTowerFailed"


@pytest.mark.parametrize(
    "event",
    [
        a_lifecycle_event("SetupLandingZone", "111122223333"),
        a_lifecycle_event("CreateManagedAccount", "111122223333", state="IN_PROGRESS"),
        a_lifecycle_event("CreateManagedAccount", "111122223333") | {"source": "aws.somebody"},
    ],
    ids=["another name", "another state", "another source"],
)
def test_other_events_start_nothing(aws, unique, event, operations):
    aws.control("events", event | {"id": f"e-{unique}"})
    last = a_lifecycle_event("CreateManagedAccount", state="FAILED", event_id=f"last-{unique}")
    aws.control("events", last)
    operations.wait(f"last-{unique}")
    assert aws.executions(f"e-{unique}") == []
    assert operations.messages(f"e-{unique}") == []


def test_an_account_requested_on_our_bus_is_vended(aws, unique):
    event_id = put_on_our_bus(aws, "Account Requested", an_account_request(unique))
    execution = aws.eventually(lambda: aws.executions(event_id))[0]
    assert execution.wait().status == "SUCCEEDED"
    assert execution.output["requestId"] == event_id
    [announced] = announcements(aws, f"{unique}@aws.example.com")
    assert announced["origin"] == "event"


def test_a_request_delivered_twice_is_vended_once(aws, unique):
    event = {
        "id": f"e-{unique}",
        "source": "portal",
        "detail-type": "Account Requested",
        "detail": an_account_request(unique),
    }
    first, second = aws.start(event), aws.start(event)
    assert first.wait().output == second.wait().output
    assert len(aws.accounts(email=f"{unique}@aws.example.com")) == 1
    assert len(aws.mails(to=f"{unique}@example.com")) == 1


def test_a_malformed_request_on_our_bus_is_reported(aws, unique, operations):
    request = an_account_request(unique, owner={"email": "nobody"}, colour="red")
    event_id = put_on_our_bus(aws, "Account Requested", request)
    [told] = operations.wait(event_id)
    assert (told["event"], told["error"]) == ("failed", "InvalidRequest")
    assert "owner.email" in told["reason"]
    assert "colour" in told["reason"]


def test_an_owner_change_requested_on_our_bus_changes_the_owner(aws, unique, operations):
    account_id = aws.vend(an_account_request(unique)).output["account"]["id"]
    new = f"new-{unique}@example.com"
    change = {"account": account_id, "owner": {"email": new}, "reason": f"Reorganisation {unique}"}
    event_id = put_on_our_bus(aws, "Owner Change Requested", change)
    address = f"ADDRESS#{unique}@aws.example.com"
    [told] = operations.wait(f"Reorganisation {unique}")
    assert (told["event"], told["owner"]["email"]) == ("ownerChanged", [new])
    assert event_id in told["by"]
    aws.eventually(lambda: "ownerChange" not in aws.item(address))
    assert aws.item(address)["ownerEmails"] == [new]


def test_a_change_of_owner_that_is_delivered_again_undoes_no_later_one(aws, unique):
    address = aws.vend(an_account_request(unique)).output["account"]["address"]

    def changed(owner, event_id, **more):
        detail = {"address": address, "owner": {"email": owner}, "reason": "x", **more}
        event = {
            "id": event_id,
            "source": "portal",
            "detail-type": "Owner Change Requested",
            "detail": detail,
        }
        answer = aws.client("lambda").invoke(
            FunctionName=aws.outputs["ChangeOwnerFunctionName"], Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read())["outcome"]

    first, second = f"first-{unique}@example.com", f"second-{unique}@example.com"
    assert changed(first, f"e1-{unique}", insteadOf=f"{unique}@example.com") == "changed"
    assert changed(first, f"e1-{unique}", insteadOf=f"{unique}@example.com") == "unchanged"
    assert changed(second, f"e2-{unique}") == "changed"
    assert changed(first, f"e1-{unique}", insteadOf=f"{unique}@example.com") == "unchanged"
    assert aws.item(f"ADDRESS#{address}")["ownerEmails"] == [second]
    assert changed(second, f"e3-{unique}") == "unchanged"
    assert changed(first, f"e4-{unique}") == "changed"
    assert changed(second, f"e3-{unique}") == "unchanged"
    assert aws.item(f"ADDRESS#{address}")["ownerEmails"] == [first]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"account": "999999999999", "owner": {"email": "a@example.com"}, "reason": "x"}, "account:"),
        ({"address": "a@aws.example.com", "owner": {"email": "x@aws.example.com"}, "reason": "x"}, "owner."),
        ({"owner": {"email": "a@example.com"}}, "reason:"),
        ({}, "owner:"),
    ],
)
def test_an_owner_change_that_cannot_be_made_is_reported(aws, operations, change, problem):
    event_id = put_on_our_bus(aws, "Owner Change Requested", change)
    [told] = operations.wait(event_id)
    assert told["event"] == "ownerChangeRefused"
    assert problem in told["reason"]
