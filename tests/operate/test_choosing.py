"""Choosing among the registry's items, as `vend list` does."""

from __future__ import annotations

import pytest

from workflows.operate.accounts import choose, known_status
from workflows.operate.problems import WrongUsage
from workflows.vending.registry import Status


def an_item(name, **changes):
    return {
        "address": f"{name}@aws.example.com",
        "accountName": name,
        "status": "ACTIVE",
        "ownerEmails": ["Team@example.com"],
        "ownerName": "Payments team",
        **changes,
    }


ITEMS = [
    an_item("zebra"),
    an_item("Apple", status="FAILED"),
    an_item("mango", ownerEmails=["data@example.com", "oncall@example.com"], ownerName=""),
    an_item("lost", needsOwner=True, ownerEmails=[]),
]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["Apple", "lost", "mango", "zebra"]),
        ({"owner": "team@EXAMPLE.com"}, ["Apple", "zebra"]),
        ({"owner": "payments TEAM"}, ["Apple", "lost", "zebra"]),
        ({"owner": "oncall@example.com"}, ["mango"]),
        ({"owner": "team"}, []),
        ({"status": Status.FAILED}, ["Apple"]),
        ({"needs_owner": True}, ["lost"]),
        ({"owner": "team@example.com", "status": Status.ACTIVE}, ["zebra"]),
    ],
)
def test_items_are_chosen_by_owner_status_and_flag_and_ordered_by_name(wanted, names):
    chosen = choose(iter(ITEMS), **{"owner": None, "status": None, "needs_owner": False, **wanted})
    assert [item["accountName"] for item in chosen] == names


def test_a_status_is_known_in_any_case():
    assert known_status("active") is Status.ACTIVE


def test_an_unknown_status_is_wrong_usage_that_names_the_known_ones():
    with pytest.raises(WrongUsage, match="--status gone is none of RESERVED, CREATING, ACTIVE"):
        known_status("gone")
