"""Requests that tests start from, and what clean executions look like."""

from __future__ import annotations

import json

from workflows.vending.registry import iso

CLEAN_PATH = [
    "ReadRequest",
    "IsNewAccount",
    "VendEmail",
    "IsAddressOnly",
    "CreateAccount",
    "WaitForAccount",
    "CheckAccount",
    "IsAccountReady",
    "PlaceAccount",
    "RegisterOwner",
    "AnnounceAccount",
    "SendWelcome",
]
_POLLING = ["WaitForAccount", "CheckAccount", "IsAccountReady"]


def an_account_request(name, **changes):
    """A good request for an account of this name, whose owner nobody else is."""
    return {
        "owner": {"email": f"{name}@example.com", "name": "Payments team"},
        "account": {"name": name},
        "organizationalUnit": "Workloads/Prod",
        "tags": {"BusinessUnit": "Payments"},
        **changes,
    }


def without_repeated_polls(path):
    """The path of states in which polling is shown once, however often it took place."""
    found = []
    for state in path:
        found.append(state)
        if found[-6:] == _POLLING * 2:
            del found[-3:]
    return found


ADOPTED_PATH = [
    "ReadRequest",
    "IsNewAccount",
    "FindAccount",
    "IsAccountKnown",
    "RegisterOwner",
    "AnnounceAccount",
    "SendWelcome",
]
KNOWN_PATH = ["ReadRequest", "IsNewAccount", "FindAccount", "IsAccountKnown", "AccountKnown"]


def a_lifecycle_event(name, account_id=None, *, state="SUCCEEDED", event_id=None, **more):
    """A lifecycle event of Control Tower as its documentation shows it."""
    member = name[0].lower() + name[1:] + "Status"
    event = {
        "source": "aws.controltower",
        "detail-type": "AWS Service Event via CloudTrail",
        "detail": {
            "eventVersion": "1.05",
            "userIdentity": {"accountId": "123456789012", "invokedBy": "AWS Internal"},
            "eventTime": "2026-08-30T21:30:18Z",
            "eventSource": "controltower.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "eventID": "0000000-0000-0000-1111-123456789012",
            "eventType": "AwsServiceEvent",
            "recipientAccountId": "123456789012",
            "serviceEventDetails": {
                member: {
                    "organizationalUnit": {
                        "organizationalUnitName": "Custom",
                        "organizationalUnitId": "ou-XXXX-l3zc8b3h",
                    },
                    "account": {"accountName": "LifeCycle1", "accountId": account_id},
                    "state": state,
                    "message": f"AWS Control Tower {state.lower()} to create a managed account.",
                    "requestedTimestamp": "2026-08-30T21:15:18+0000",
                    "completedTimestamp": "2026-08-30T21:30:15+0000",
                }
            },
            **more,
        },
    }
    if account_id is None:
        del event["detail"]["serviceEventDetails"][member]["account"]["accountId"]
    if event_id:
        event["id"] = event_id
    return event


def an_aft_payload(account_id, **request):
    """What AFT 1.20.1 hands to `aft-account-provisioning-customizations`."""
    return {
        "account_info": {
            "account": {
                "id": account_id,
                "email": "made-by-aft@example.com",
                "name": "made-by-aft",
                "joined_method": "CREATED",
                "joined_date": "2026-08-30 21:15:18.000000+00:00",
                "status": "ACTIVE",
                "parent_id": "ou-abcd-12345678",
                "parent_type": "ORGANIZATIONAL_UNIT",
                "type": "account",
                "vendor": "aws",
            }
        },
        "account_request": {"id": "made-by-aft@example.com", "account_tags": {}, **request},
        "control_tower_event": {},
        "account_provisioning": {"run_create_pipeline": "true"},
        "customization_request_id": "2a8f0f4e-0000-4000-8000-5d1f2a000000",
    }


def announcements(aws, address):
    """The details of the events that announced an account."""
    calls = aws.calls("events", "PutEvents", containing=address)
    entries = [entry for call in calls for entry in call["request"]["Entries"]]
    return [json.loads(one["Detail"]) for one in entries if one["DetailType"] == "Account Vended"]


def asked_for_the_first_time(aws, address, moment):
    """Make it look as if AWS had been asked for an account at another time."""
    pk = f"ADDRESS#{address}"
    aws.eventually(lambda: "requestedAt" in (aws.item(pk) or {}))
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["TableName"],
        Key={"pk": {"S": pk}, "sk": {"S": "STATE"}},
        UpdateExpression="SET firstAskedAt = :moment",
        ExpressionAttributeValues={":moment": {"S": iso(moment)}},
    )


def asked_for_long_ago(aws, execution, address):
    """Make it look as if AWS had been asked for an account for years, and wait until that was noticed."""
    pk = f"ADDRESS#{address}"
    aws.eventually(lambda: "requestedAt" in (aws.item(pk) or {}))
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["TableName"],
        Key={"pk": {"S": pk}, "sk": {"S": "STATE"}},
        UpdateExpression="SET requestedAt = :long_ago",
        ExpressionAttributeValues={":long_ago": {"S": "2020-01-01T00:00:00.000000Z"}},
    )
    execution.wait()
    assert (execution.status, execution.error) == ("FAILED", "AccountCreationTimedOut")
