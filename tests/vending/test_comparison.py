"""What the organization and the registry disagree on is found, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflows.vending.comparison import compare
from workflows.vending.organizations import Account
from workflows.vending.registry import iso

NOW = datetime(2026, 8, 30, 4, 20, tzinfo=UTC)


def an_account(state="ACTIVE", email="a@aws.example.com"):
    return Account(id="111122223333", name="a", email=email, state=state)


def a_record(status="ACTIVE", *, hours=2, **more):
    record = {
        "address": "a@aws.example.com",
        "accountName": "a",
        "status": status,
        "requestId": "r-1",
        "createdAt": iso(NOW - timedelta(hours=hours)),
        "activeAt": iso(NOW - timedelta(hours=hours)),
        "accountId": "111122223333" if status in ("ACTIVE", "CLOSED") else None,
        **more,
    }
    return {key: value for key, value in record.items() if value is not None}


def found(accounts, records):
    """The kinds of what was found."""
    result = compare(accounts, records, now=NOW)
    return {name for name in result.__slots__ if getattr(result, name)}


@pytest.mark.parametrize(
    ("accounts", "records", "expected"),
    [
        ([an_account()], [a_record()], set()),
        ([an_account(email="A@aws.example.com")], [a_record()], set()),
        ([an_account()], [], {"unknown"}),
        ([an_account("PENDING_ACTIVATION")], [], {"unknown"}),
        ([an_account("CLOSED")], [], set()),
        ([an_account("PENDING_CLOSURE")], [], set()),
        ([an_account("CLOSED")], [a_record()], {"closed"}),
        ([an_account("CLOSED")], [a_record("CLOSED")], set()),
        ([an_account()], [a_record("CLOSED")], {"reopened"}),
        ([an_account("SUSPENDED")], [a_record()], set()),
        ([an_account(email="b@aws.example.com")], [a_record()], {"moved"}),
        ([an_account("CLOSED", email="b@aws.example.com")], [a_record("CLOSED")], set()),
        ([], [a_record()], {"gone"}),
        ([], [a_record(hours=0.9)], set()),  # vended while the accounts were being listed
        ([], [a_record("CLOSED")], set()),
        ([], [a_record("RETIRED", hours=48)], set()),
        ([an_account()], [a_record("CREATING")], set()),
        ([an_account()], [a_record("FAILED")], set()),
        ([an_account()], [a_record("RESERVED")], set()),
        ([an_account()], [a_record("RESERVED", mode="address")], {"unknown"}),
        ([an_account()], [a_record("RETIRED")], {"unknown"}),
        ([an_account()], [a_record(accountId="999999999999")], {"unknown", "gone"}),
        ([], [a_record("CREATING", hours=25)], {"stuck"}),
        ([], [a_record("FAILED", hours=25)], {"stuck"}),
        ([], [a_record("CREATING", hours=23)], set()),
        ([], [a_record("RESERVED", hours=99, mode="address")], set()),
        ([], [a_record("RESERVED", hours=99, adoptedAt=iso(NOW))], set()),
    ],
)
def test_a_difference_is_found_for_what_it_is(accounts, records, expected):
    assert found(accounts, records) == expected
