"""`vend doctor` outside the management account, and after a change of domain."""

from __future__ import annotations

import pytest


@pytest.fixture
def with_role(aws):
    """ReadRequest, as deployed outside the management account."""
    functions = aws.client("lambda")
    name = aws.outputs["ReadRequestFunctionName"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]
    role = "arn:aws:iam::210987654321:role/vending"
    changed = {"Variables": {**before["Variables"], "ORGANIZATIONS_ROLE_ARN": role}}
    functions.update_function_configuration(FunctionName=name, Environment=changed)
    yield role
    functions.update_function_configuration(FunctionName=name, Environment=before)


@pytest.mark.usefixtures("with_role")
def test_outside_the_management_account_it_says_what_it_could_not_look_at_without_a_role_for_people(
    vend, healthy
):
    before = len(healthy.calls("sts", "AssumeRole"))
    findings = vend.json("doctor")["findings"]
    (found,) = (one for one in findings if one["check"] == "Organizations")
    assert found["state"] == "WARNING"
    assert "account quota and trusted access" in found["what"]
    assert "organizationsReadRole" in found["remedy"]
    assert {"account quota", "trusted access"}.isdisjoint(one["check"] for one in findings)
    assert len(healthy.calls("sts", "AssumeRole")) == before


@pytest.mark.usefixtures("with_role")
def test_a_check_of_a_request_and_an_import_say_that_the_organization_is_out_of_reach(vend):
    request = vend.request(organizationalUnit="Sandbox")
    (unchecked,) = vend.json("request", request, "--check")["unchecked"]
    assert unchecked.startswith("organizationalUnit: The organization cannot be looked up from here.")
    refused = vend("import", "--from", "organization", "--dry-run")
    assert refused.exit_code == 1
    assert "set organizationsReadRole" in refused.stderr


@pytest.fixture
def an_address(healthy):
    """Puts the item of an address into the registry; takes it out afterwards."""
    table, items = healthy.outputs["TableName"], healthy.client("dynamodb")
    keys = []

    def put(address, **changes):
        key = {"pk": {"S": f"ADDRESS#{address}"}, "sk": {"S": "STATE"}}
        items.put_item(
            TableName=table,
            Item={**key, "address": {"S": address}, "status": {"S": "ACTIVE"}, **changes},
        )
        keys.append(key)

    yield put
    for key in keys:
        items.delete_item(TableName=table, Key=key)


def test_after_a_change_of_domain_the_addresses_that_nobody_receives_mail_for_are_named(doctor, an_address):
    for number in range(7):
        an_address(f"before-{number}@old.example.com")
    found = doctor()["vended addresses"]
    assert "before-0@old.example.com, " in found["what"]
    assert "and 2 more are in the registry" in found["what"]
    assert "Set domain back to old.example.com" in found["remedy"]


def test_addresses_of_others_and_those_given_up_may_be_of_any_domain(doctor, an_address):
    an_address("root@corp.example.com", external={"BOOL": True})
    an_address("given-up@old.example.com", status={"S": "RETIRED"})
    assert doctor(exit_code=0) == {}
