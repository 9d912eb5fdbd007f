"""The daily comparison adopts, marks and reports what no event told, once."""

from __future__ import annotations

import json

import pytest
from aws_for_tests import serving
from organizations_for_tests import LargeOrganization
from subscriber_for_tests import Subscriber

SOON = 300
"""Seconds in which hundreds of accounts are adopted, on a machine with more to do."""


@pytest.fixture(scope="module")
def organization(tmp_path_factory):
    """1,500 accounts: 300 unknown (two of the same name), 20 closed, 5 with another address."""
    with serving(tmp_path_factory.mktemp("large") / "log.txt", speed=50) as aws:
        yield LargeOrganization(aws, accounts=1500, unknown=300, closed=20, moved=5)


def reconcile(aws):
    """Run Reconcile as its schedule does; what it answers."""
    answer = aws.client("lambda").invoke(FunctionName=aws.outputs["ReconcileFunctionName"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def test_a_large_organization_is_reconciled_by_one_run_and_a_second_does_nothing(organization):
    aws = organization.aws
    operations = Subscriber(aws, "operations-of-reconcile", raw=True)
    assert reconcile(aws) == {
        "adopted": 300,
        "leftForNextRun": 0,
        "closed": 20,
        "reopened": 0,
        "addressChanged": 5,
        "gone": 0,
        "stuck": 0,
    }
    [told] = operations.wait("reconciled")
    assert set(told["closed"]) == {
        organization.registry.account(one)["address"] for one in organization.closed
    }
    assert {one["accountId"] for one in told["addressChanged"]} == set(organization.moved)
    aws.eventually(lambda: organization.executions("reconcile-")["SUCCEEDED"] == 300, patience=SOON)
    assert organization.statuses() == {"ACTIVE": 1500 + 1 - 20, "CLOSED": 20}
    assert all(organization.registry.account(one) for one in organization.unknown)
    assert not any(reconcile(aws)[kind] for kind in ("adopted", "closed", "reopened"))
    assert sum(organization.executions("reconcile-").values()) == 300
    assert len(operations.messages("reconciled")) == 1


def test_mail_to_a_closed_account_still_has_its_owner(organization):
    for account_id in organization.closed:
        pointer = organization.registry.account(account_id)
        item = organization.registry.address(pointer["address"])
        assert item["ownerEmails"] == ["team@example.com"]
