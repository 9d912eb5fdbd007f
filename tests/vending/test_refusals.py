"""What cannot be vended is refused with all its reasons, and nothing is created."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from requests_for_tests import an_account_request


def assert_nothing_was_created(aws, unique):
    assert aws.item(f"ADDRESS#{unique}@aws.example.com") is None
    assert aws.calls("organizations", "CreateAccount", containing=unique) == []


def test_a_bad_request_fails_where_it_is_read_with_every_problem(aws, unique):
    request = an_account_request(
        unique, owner={"email": "nobody"}, roleName="a b", colour="red", organizationalUnit="Workloads/Prd"
    )
    execution = aws.vend(request)
    assert (execution.status, execution.error, execution.path) == (
        "FAILED",
        "InvalidRequest",
        ["ReadRequest"],
    )
    for part in ("owner.email", "roleName", "colour", "organizationalUnit", "Workloads/Prod"):
        assert part in execution.message
    assert_nothing_was_created(aws, unique)


def test_an_unknown_unit_names_the_nearest_that_exist(aws, unique):
    execution = aws.vend(an_account_request(unique, organizationalUnit="Sandbax"))
    assert execution.error == "InvalidRequest"
    assert "Sandbox" in execution.message
    assert_nothing_was_created(aws, unique)


@pytest.mark.parametrize("unit", ["ou-abcd-12345678", "r-zzzz", "Workloads/Prod/Nested"])
def test_a_unit_that_does_not_exist_is_refused_before_anything_is_created(aws, unique, unit):
    execution = aws.vend(an_account_request(unique, organizationalUnit=unit))
    assert execution.error == "InvalidRequest"
    assert unit in execution.message
    assert_nothing_was_created(aws, unique)


def test_a_request_of_300_kilobytes_is_refused_by_step_functions(aws, unique):
    with pytest.raises(ClientError) as refused:
        aws.start(an_account_request(unique, ticket="x" * 300_000))
    assert "262144" in str(refused.value)


def test_a_name_that_is_claimed_already_is_refused_by_name(aws, unique):
    aws.vend(an_account_request(unique))
    second = aws.vend(an_account_request(unique.upper(), requestId=f"other-{unique}"))
    assert (second.status, second.error) == ("FAILED", "NameTaken")
    assert f"{unique}@aws.example.com" in second.message
    assert len(aws.calls("organizations", "CreateAccount", containing=unique)) == 1


def test_an_address_that_is_known_already_is_refused_by_name(aws, unique):
    own = {"name": unique, "email": f"own-{unique}@elsewhere.example"}
    aws.vend(an_account_request(unique, account=own))
    second = aws.vend(an_account_request(unique, account={**own, "name": f"{unique}-2"}))
    assert (second.status, second.error) == ("FAILED", "AddressTaken")
    assert own["email"] in second.message
    assert aws.item(f"NAME#{unique}-2") is None


def test_an_address_of_ones_own_outside_the_domain_is_vended_as_external(aws, unique):
    own = {"name": unique, "email": f"Own-{unique}@elsewhere.example"}
    execution = aws.vend(an_account_request(unique, account=own))
    assert execution.output["account"]["address"] == own["email"].lower()
    assert execution.output["account"]["external"] is True
    [mail] = aws.mails(to=f"{unique}@example.com")
    assert "not forwarded" in " ".join(mail.get_body(["plain"]).get_content().split())


def test_a_name_whose_readable_address_is_taken_gets_another_address(aws, unique):
    first = aws.vend(an_account_request(unique, account={"name": f"{unique} a"})).output
    second = aws.vend(an_account_request(unique, account={"name": f"{unique}-a"})).output
    assert first["account"]["address"] == f"{unique}-a@aws.example.com"
    assert second["account"]["address"].startswith(f"{unique}-a-")
    assert second["account"]["name"] == f"{unique}-a"
