"""Requests are read into one order, or refused with every problem by field."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.vending.errors import InvalidRequest, OrganizationalUnitNotFound
from workflows.vending.request import Order
from workflows.vending.settings import Settings
from workflows.vending.sources import read_request

SETTINGS = Settings(
    table_name="table",
    domain="aws.example.com",
    forward_from="forwarder@aws.example.com",
    administrator="cloud-team@example.com",
    environments={"PRODUCTION": "prod"},
)


def an_account_request(**changes):
    """A good request; a change of None removes the key, `owner__email` reaches inside."""
    request = {
        "owner": {"email": "team-payments@example.com", "name": "Payments team"},
        "account": {"name": "payments-prod"},
        "organizationalUnit": "Workloads/Prod",
        "tags": {"BusinessUnit": "Payments", "ApplicationName": "ledger", "Environment": "PRODUCTION"},
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = request
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value
        if value is None:
            del target[last]
    return request


def read(request, **settings):
    changed = Settings.from_environment({**SETTINGS.to_environment(), **settings})
    return read_request(request, settings=changed, fallback_id="execution-name")


def problems(request, **settings):
    with pytest.raises(InvalidRequest) as refused:
        read(request, **settings)
    return {problem.field: problem.message for problem in refused.value.problems}


def test_a_request_is_read_into_an_order():
    order = read(an_account_request())
    assert order.request_id == "execution-name"
    assert order.owner_emails == ("team-payments@example.com",)
    assert order.account_name == "payments-prod"
    assert order.organizational_unit == "Workloads/Prod"


def test_an_order_survives_the_way_through_the_execution():
    order = read(an_account_request(account__email="Own@Elsewhere.example", ticket="T-1", roleName="Admin"))
    assert Order.from_document(order.document()) == order
    assert order.account_email == "own@elsewhere.example"


def test_a_request_id_of_its_own_wins_over_the_name_of_the_execution():
    assert read(an_account_request(requestId="from-portal-7")).request_id == "from-portal-7"


def test_an_event_gives_its_id_to_the_request_it_carries():
    event = {
        "id": "e-1",
        "detail-type": "Account Requested",
        "source": "portal",
        "detail": an_account_request(),
    }
    assert read(event).request_id == "e-1"


def test_owners_may_be_a_list_in_which_the_same_address_counts_once():
    order = read(an_account_request(owner__email=["a@example.com", "b@example.com", "A@example.com"]))
    assert [email.lower() for email in order.owner_emails] == ["a@example.com", "b@example.com"]


def test_the_aws_patterns_request_is_accepted_and_its_unknown_keys_are_ignored():
    order = read(
        {
            "OwnerAddress": "jdoe@example.com",
            "AccountType": "IT",
            "Tags": {"BusinessUnit": "Research", "ApplicationName": "telescope", "Environment": "PRODUCTION"},
            "SomeOtherKey": "ignored",
        }
    )
    assert order.owner_emails == ("jdoe@example.com",)
    assert order.account_name is None
    assert order.tags["AccountType"] == "IT"


def test_the_account_type_of_the_pattern_is_a_tag_like_others():
    owner = {"OwnerAddress": "jdoe@example.com", "AccountName": "payments"}
    assert set(problems({**owner, "AccountType": "Prod (EU) & more!"})) == {"AccountType"}
    fifty = {f"key-{number}": "x" for number in range(50)}
    assert set(problems({**owner, "AccountType": "Prod", "Tags": fifty})) == {"Tags"}


def test_the_aws_patterns_problems_carry_its_own_field_names():
    assert set(problems({"OwnerAddress": "nobody", "Tags": {"BusinessUnit": "x"}})) == {
        "OwnerAddress",
        "Tags.ApplicationName",
    }


def test_an_empty_request_names_everything_it_lacks():
    assert set(problems({})) == {"owner", "owner.email", "tags.BusinessUnit", "tags.ApplicationName"}


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"owner": None}, "owner", "is missing"),
        ({"owner": "team@example.com"}, "owner", "must be an object, not a text"),
        ({"owner__email": None}, "owner.email", "is missing"),
        ({"owner__email": []}, "owner.email", "is missing"),
        ({"owner__email": 7}, "owner.email", "not a number"),
        ({"owner__email": ["a@example.com", 7]}, "owner.email[1]", "not a number"),
        ({"owner__email": "nobody"}, "owner.email", "must be a mail address"),
        ({"owner__email": "a@example.com\r\nBcc: x@example.com"}, "owner.email", "must be a mail address"),
        ({"owner__email": "mü@example.com"}, "owner.email", "ASCII"),
        ({"owner__email": "x@AWS.example.com"}, "owner.email", "for ever"),
        ({"owner__email": [f"a{n}@example.com" for n in range(21)]}, "owner.email", "21 entries"),
        ({"owner__name": "Pay\nments"}, "owner.name", "line break"),
        ({"owner__name": "x" * 101}, "owner.name", "101 characters"),
        ({"account": []}, "account", "must be an object, not a list"),
        ({"account__name": ""}, "account.name", "must not be empty"),
        ({"account__name": "x" * 51}, "account.name", "51 characters"),
        ({"account__name": "zürich"}, "account.name", "ASCII"),
        ({"account__name": "a\x07b"}, "account.name", "control character"),
        ({"account__name": 5}, "account.name", "not a number"),
        ({"account__email": "a" * 53 + "@example.com"}, "account.email", "65 characters"),
        ({"account__email": ".a@example.com"}, "account.email", "dot"),
        ({"account__email": "forwarder@aws.example.com"}, "account.email", "sends from"),
        ({"account__email": "postmaster@aws.example.com"}, "account.email", "reserved"),
        ({"tags": ["a"]}, "tags", "must be an object"),
        ({"tags__BusinessUnit": 7}, "tags.BusinessUnit", "not a number"),
        ({"tags": {f"k{n}": "v" for n in range(51)}}, "tags", "51 tags"),
        ({"tags__x": "a\nb"}, "tags.x", "AWS allows"),
        ({"tags__x": "v" * 257}, "tags.x", "257 characters"),
        ({"tags": {"aws:x": "v"}}, 'tags."aws:x"', "keeps for itself"),
        ({"requestId": "é"}, "requestId", "ASCII"),
        ({"roleName": "no spaces"}, "roleName", "letters, digits"),
        ({"iamUserAccessToBilling": "YES"}, "iamUserAccessToBilling", "ALLOW or DENY"),
        ({"ownr": {}}, "ownr", "did you mean owner?"),
        ({"account__nam": "x"}, "account.nam", "did you mean name?"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_field(changes, field, problem):
    assert problem in problems(an_account_request(**changes))[field]


def test_all_problems_of_a_request_come_in_one_error():
    bad = an_account_request(owner__email="nobody", account__name="x" * 51, roleName="a b", colour="red")
    assert set(problems(bad)) == {"owner.email", "account.name", "roleName", "colour"}


def test_tags_the_name_is_built_from_are_needed_only_without_a_name():
    assert set(problems(an_account_request(account=None, tags={"Environment": "PRODUCTION"}))) == {
        "tags.BusinessUnit",
        "tags.ApplicationName",
    }
    assert read(an_account_request(tags=None)).tags == {}


def test_quotes_and_backslashes_are_fine_in_a_name():
    assert read(an_account_request(account__name='a "b" \\c')).account_name == 'a "b" \\c'


def test_an_own_address_of_64_characters_is_accepted():
    address = "a" * 52 + "@example.com"
    assert read(an_account_request(account__email=address)).account_email == address


def test_owners_outside_the_configured_domains_are_refused():
    refused = problems(an_account_request(), OWNER_DOMAINS='["corp.example"]')
    assert "corp.example" in refused["owner.email"]
    assert read(an_account_request(owner__email="a@CORP.example"), OWNER_DOMAINS='["corp.example"]')


def test_an_unknown_organizational_unit_is_one_of_the_problems():
    def find_unit(wanted):
        raise OrganizationalUnitNotFound(f"There is no organizational unit {wanted!r}; there is Sandbox.")

    with pytest.raises(InvalidRequest) as refused:
        read_request(
            an_account_request(roleName="a b"), settings=SETTINGS, fallback_id="x", find_unit=find_unit
        )
    assert {one.field for one in refused.value.problems} == {"organizationalUnit", "roleName"}


def test_thousands_of_problems_still_fit_into_an_executions_cause():
    with pytest.raises(InvalidRequest) as refused:
        read({**an_account_request(), **{f"unknown-{n}": n for n in range(9_000)}})
    error = refused.value
    assert len(str(error)) < 32_768
    assert "more" in str(error)


@pytest.mark.parametrize("document", [None, [], "text", 7, True])
def test_what_is_no_object_is_refused(document):
    assert "must be an object" in problems(document)["request"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    ["owner", "account", "tags", "requestId", "organizationalUnit", "OwnerAddress", "Tags"]
)


@given(document=st.dictionaries(keys | st.text(max_size=8), json_values, max_size=6))
def test_any_document_is_either_read_or_refused_by_name(document):
    before = copy.deepcopy(document)
    try:
        found = read(document).owner_emails
    except InvalidRequest as refused:
        found = refused.problems if str(refused).isprintable() else []
    assert found
    assert document == before
