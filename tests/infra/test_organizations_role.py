"""Outside the management account Organizations is called through roles: one for functions, one for people."""

from __future__ import annotations

import pytest
from cfnlint.decode import cfn_yaml

from infra.configuration import ROOT
from infra.people import ORGANIZATIONS_READING
from infra.vending_functions import ORGANIZATIONS_ACTIONS

ROLE = "arn:aws:iam::210987654321:role/vending"
READ_ROLE = "arn:aws:iam::210987654321:role/reading"
SHIPPED = cfn_yaml.load(str(ROOT / "infra" / "organizations_role.yaml"))["Resources"]
READING = ("Describe", "List")


@pytest.fixture(scope="module")
def outside(synthesized):
    """A deployment outside the management account."""
    return synthesized(organizationsRole=ROLE, organizationsReadRole=READ_ROLE)


def actions_of(policies):
    return {
        action
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }


def allowed_by(role):
    """What one of the shipped roles allows."""
    return actions_of(SHIPPED[role]["Properties"]["Policies"])


def people(template):
    """The statements of both policies for people."""
    policies = template.of_type("AWS::IAM::ManagedPolicy").values()
    assert len(policies) == 2
    return [one for each in policies for one in each["Properties"]["PolicyDocument"]["Statement"]]


def test_functions_may_assume_the_role_and_call_organizations_no_other_way(outside):
    policies = [one["Properties"] for one in outside.of_type("AWS::IAM::Policy").values()]
    assert not [action for action in actions_of(policies) if action.startswith("organizations:")]
    for name in (*ORGANIZATIONS_ACTIONS, "Reconcile"):
        role = outside.resources[name]["Properties"]["Role"]["Fn::GetAtt"][0]
        assert {"Action": "sts:AssumeRole", "Effect": "Allow", "Resource": ROLE} in outside.statements(role)
        environment = outside.resources[name]["Properties"]["Environment"]["Variables"]
        assert environment["ORGANIZATIONS_ROLE_ARN"] == ROLE


def test_people_may_assume_the_role_that_only_reads_and_never_the_one_that_creates_accounts(outside):
    assumed = [one["Resource"] for one in people(outside) if one["Action"] == "sts:AssumeRole"]
    assert assumed == [READ_ROLE, READ_ROLE]
    assert outside.outputs["OrganizationsReadRoleArn"] == {"Value": READ_ROLE}


def test_without_that_role_people_may_assume_none(synthesized):
    template = synthesized(organizationsRole=ROLE)
    assert not [one for one in people(template) if one["Action"] == "sts:AssumeRole"]
    assert "OrganizationsReadRoleArn" not in template.outputs


def test_the_shipped_role_of_the_functions_allows_what_they_call(template):
    called = actions_of(one["Properties"] for one in template.of_type("AWS::IAM::Policy").values())
    assert {one for one in called if one.startswith("organizations:")} == allowed_by("VendingRole")


def test_the_shipped_role_of_people_allows_what_they_look_up_and_changes_nothing(template):
    assert allowed_by("ReadingRole") == set(ORGANIZATIONS_READING)
    assert all(action.split(":")[1].startswith(READING) for action in allowed_by("ReadingRole"))
    in_the_account = {action for one in people(template) for action in one["Action"]}
    assert allowed_by("ReadingRole") <= in_the_account


def test_only_roles_that_are_named_like_the_stack_may_assume_the_one_that_creates_accounts():
    (trusted,) = SHIPPED["VendingRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    name = "arn:${AWS::Partition}:iam::${VendingAccountId}:role/${StackName}*"
    assert trusted["Condition"] == {"ArnLike": {"aws:PrincipalArn": {"Fn::Sub": name}}}
