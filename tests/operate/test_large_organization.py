"""An organization of 1,500 accounts is imported, and reconciled; doing so again does nothing."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from aws_for_tests import serving
from organizations_for_tests import LargeOrganization
from policies_for_tests import keep_needed
from subscriber_for_tests import Subscriber

UNKNOWN = 120
"""More than an import has under way at once."""
SOON = 300
"""Seconds in which hundreds of accounts are adopted, on a machine with more to do."""


@pytest.fixture(scope="module")
def organization(tmp_path_factory):
    """1,500 accounts: some unknown (two of the same name), 20 closed, 5 with another address."""
    with serving(tmp_path_factory.mktemp("large") / "log.txt", speed=200) as aws:
        yield LargeOrganization(aws, accounts=1500, unknown=UNKNOWN, closed=20, moved=5)
        keep_needed(aws)


@pytest.fixture
def aws(organization):
    """Its local AWS, which `vend` then works on."""
    return organization.aws


def reconcile(aws):
    """Run Reconcile as its schedule does; what it answers."""
    answer = aws.client("lambda").invoke(FunctionName=aws.outputs["ReconcileFunctionName"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def test_all_unknown_accounts_are_imported_by_one_command_and_a_second_finds_none(vend, organization):
    planned = vend.json("import", "--from", "organization", "--dry-run")
    assert {row["accountId"]: row["status"] for row in planned} == dict.fromkeys(
        organization.unknown, "TO_ADOPT"
    )
    assert organization.statuses() == {"ACTIVE": 1500 + 1 - UNKNOWN}
    imported = vend.json("import", "--from", "organization")
    assert Counter(row["status"] for row in imported) == {"ADOPTED": UNKNOWN}
    assert len({row["address"] for row in imported}) == UNKNOWN
    assert organization.statuses() == {"ACTIVE": 1500 + 1}
    unowned = {item["accountId"] for item in vend.json("list", "--needs-owner")}
    assert unowned == {row["accountId"] for row in imported if "needs an owner" in row["reason"]}
    assert 0 < len(unowned) < UNKNOWN
    assert vend.json("import", "--from", "organization") == []
    assert "is registered" in vend("import", "--from", "organization").stderr


def test_a_run_of_reconcile_adopts_marks_and_reports_and_a_second_does_nothing(organization, aws):
    if organization.statuses()["ACTIVE"] > 1500 + 1 - UNKNOWN:
        organization.forget()
    operations = Subscriber(aws, "operations-of-reconcile", raw=True)
    assert reconcile(aws) == {
        "adopted": UNKNOWN,
        "leftForNextRun": 0,
        "closed": 20,
        "reopened": 0,
        "addressChanged": 5,
        "gone": 0,
        "stuck": 0,
    }
    [told] = operations.wait("reconciled")
    closed = {organization.registry.account(one)["address"] for one in organization.closed}
    assert set(told["closed"]) == closed
    assert {one["accountId"] for one in told["addressChanged"]} == set(organization.moved)
    aws.eventually(lambda: organization.executions("reconcile-")["SUCCEEDED"] == UNKNOWN, patience=SOON)
    assert organization.statuses() == {"ACTIVE": 1500 + 1 - 20, "CLOSED": 20}
    assert all(organization.registry.account(one) for one in organization.unknown)
    assert not any(reconcile(aws)[kind] for kind in ("adopted", "closed", "reopened"))
    assert sum(organization.executions("reconcile-").values()) == UNKNOWN
    assert len(operations.messages("reconciled")) == 1
    for address in closed:
        assert organization.registry.address(address)["ownerEmails"] == ["team@example.com"]


def test_a_stuck_request_is_reported_once(organization, aws, unique):
    operations = Subscriber(aws, f"operations-{unique}", raw=True)
    organization.leave_unfinished(f"stuck-{unique}", days=2)
    assert reconcile(aws)["stuck"] == 1
    [told] = operations.wait(f"stuck-{unique}")
    assert told["stuck"] == [f"stuck-{unique}"]
    assert reconcile(aws)["stuck"] == 1
    assert len(operations.messages("reconciled")) == 1
