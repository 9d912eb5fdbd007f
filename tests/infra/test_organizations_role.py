"""Outside the management account Organizations is called through the role, which allows just that."""

from __future__ import annotations

import re

import pytest

from infra.configuration import ROOT
from infra.vending_functions import ORGANIZATIONS_ACTIONS

ROLE = "arn:aws:iam::210987654321:role/vending"
ALLOWED = set(
    re.findall(r"- (organizations:\w+)", (ROOT / "infra" / "organizations_role.yaml").read_text("utf-8"))
)
DOCTOR = {"organizations:DescribeOrganization", "organizations:ListAWSServiceAccessForOrganization"}


@pytest.fixture(scope="module")
def outside(synthesized):
    """A deployment outside the management account."""
    return synthesized(organizationsRole=ROLE)


def test_functions_may_assume_the_role_and_call_organizations_no_other_way(outside):
    for policy in outside.of_type("AWS::IAM::Policy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert "organizations:" not in str(statement["Action"])
    for name in (*ORGANIZATIONS_ACTIONS, "Reconcile"):
        role = outside.resources[name]["Properties"]["Role"]["Fn::GetAtt"][0]
        assert {"Action": "sts:AssumeRole", "Effect": "Allow", "Resource": ROLE} in outside.statements(role)
        environment = outside.resources[name]["Properties"]["Environment"]["Variables"]
        assert environment["ORGANIZATIONS_ROLE_ARN"] == ROLE


def test_the_shipped_role_allows_what_the_functions_and_doctor_call(template):
    called = {
        action
        for policy in template.of_type("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if action.startswith("organizations:")
    }
    assert called | DOCTOR == ALLOWED
