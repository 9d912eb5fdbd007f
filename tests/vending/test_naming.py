"""Names and addresses satisfy AWS's rules, whatever tags, names and domains they are made from."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.vending.naming import (
    MAX_ADDRESS,
    MAX_NAME,
    address_problem,
    addresses,
    check_address_pattern,
    check_name_pattern,
    name_problem,
    name_stem,
    slug,
)

PATTERN = "{BusinessUnit}-{ApplicationName}-{Environment}-{counter:03}"
ENVIRONMENTS = {"PRODUCTION": "prod", "DEVELOPMENT": "dev"}

domain_labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,14}[a-z0-9])?", fullmatch=True)
domains = st.lists(domain_labels, min_size=2, max_size=3).map(".".join)
names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=MAX_NAME)


def stem(**tags: str):
    return name_stem(PATTERN, tags, ENVIRONMENTS, "eval")


@pytest.mark.parametrize(
    ("business_unit", "application", "environment", "expected"),
    [
        ("Payments", "ledger", "PRODUCTION", "payments-ledger-prod-001"),
        ("Payments", "ledger", "production", "payments-ledger-prod-001"),
        ("Payments", "ledger", "", "payments-ledger-eval-001"),
        ("Payments", "ledger", "Sandbox", "payments-ledger-sandbox-001"),
        ("R&D", "Café Zürich", "", "r-d-cafe-zurich-eval-001"),
    ],
)
def test_a_name_is_built_from_tags_with_short_environments(business_unit, application, environment, expected):
    tags = {"BusinessUnit": business_unit, "ApplicationName": application, "Environment": environment}
    assert stem(**tags).name(1) == expected


def test_a_name_too_long_is_shortened_where_it_is_longest_and_keeps_its_counter():
    name = stem(BusinessUnit="b" * 60, ApplicationName="ledger", Environment="PRODUCTION").name(12)
    assert name.endswith("-ledger-prod-012")
    assert len(name) <= MAX_NAME


def test_texts_without_a_single_letter_of_ascii_still_name_distinct_accounts():
    one = stem(BusinessUnit="支払い", ApplicationName="台帳").name(1)
    other = stem(BusinessUnit="研究", ApplicationName="台帳").name(1)
    assert one != other
    assert name_problem(one) is None


def test_names_without_counter_that_had_to_be_shortened_stay_distinct():
    made = {
        name_stem("{Team}-{App}", {"Team": "t" * 40, "App": "a" * 40 + end}, {}, "eval").name()
        for end in ("1", "2")
    }
    assert len(made) == 2


@given(
    tags=st.fixed_dictionaries(
        {
            "BusinessUnit": st.text(min_size=1),
            "ApplicationName": st.text(min_size=1),
            "Environment": st.text(),
        }
    ),
    count=st.integers(1, 99_999),
)
def test_every_name_of_the_pattern_satisfies_aws(tags, count):
    name = stem(**tags).name(count)
    assert name_problem(name) is None
    assert name == name.lower()


@given(name=names, domain=domains, seed=st.text(max_size=20))
def test_every_readable_address_satisfies_aws_and_none_comes_twice(name, domain, seed):
    if check_address_pattern("{account_name}", domain):
        return
    made = list(itertools.islice(addresses("{account_name}", name, domain, seed), 10))
    assert [address_problem(address) for address in made] == [None] * 10
    assert len(set(made)) == 10
    assert made == [address.lower() for address in made]


@given(domain=domains)
def test_an_unguessable_address_is_never_cut(domain):
    if check_address_pattern("aws+{token}", domain):
        assert len(f"aws+{'x' * 16}@{domain}") > MAX_ADDRESS
        return
    one, other = itertools.islice(addresses("aws+{token}", "any", domain, "seed"), 2)
    assert one != other
    assert len(one.partition("@")[0]) == len("aws+") + 16
    assert address_problem(one) is None


def test_the_readable_address_is_the_name_itself_where_that_is_free():
    assert (
        next(addresses("{account_name}", "payments-prod", "aws.example.com", "r"))
        == "payments-prod@aws.example.com"
    )


@pytest.mark.parametrize("name", ["///", "(((", "  !  "])
def test_a_name_of_which_nothing_is_left_becomes_a_hash(name):
    assert slug(name) == ""
    assert address_problem(next(addresses("{account_name}", name, "aws.example.com", "r"))) is None


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("a@b.c", "characters"),
        ("a" * 53 + "@example.com", "65 characters"),
        (".dot@example.com", "starts with a dot"),
        ("two@at@example.com", "must be one address"),
        ("no-at.example.com", "must be one address"),
        ("sp ace@example.com", "' '"),
        ('quo"te@example.com', "does not allow"),
        ("a%b@example.com", "'%'"),
        ("x@nodots", "must be a domain"),
        ("abc@-example.com", "must be a domain"),
        ("abc@example.com.", "must be a domain"),
        ("abc@exa..mple.com", "must be a domain"),
        ("é-acute@example.com", "ASCII"),
    ],
)  # fmt: skip
def test_what_aws_refuses_as_address_is_named(address, problem):
    assert problem in (address_problem(address) or "")


@pytest.mark.parametrize("address", ["a" * 52 + "@example.com", "aws+prod@example.com", "o.k@ex-ample.co"])
def test_what_aws_accepts_as_address_passes(address):
    assert address_problem(address) is None


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{", "is not a pattern"),
        ("fixed", "names no tag"),
        ("{}", "without a tag's name"),
        ("{Team}-{counter}-{counter}", "once only"),
        ("{Team}-{counter:3}", "may have a format"),
        ("{Team:>8}", "may have a format"),
        ("é{Team}", "ASCII"),
        ("x" * 45 + "{Team}", "too little"),
    ],
)
def test_a_name_pattern_that_cannot_work_is_refused(pattern, problem):
    assert any(problem in one for one in check_name_pattern(pattern))


@pytest.mark.parametrize(
    ("pattern", "domain", "problem"),
    [
        ("fixed", "aws.example.com", "must have either"),
        ("{account_name}{token}", "aws.example.com", "must have either"),
        ("AWS+{token}", "aws.example.com", "lower case"),
        (".{token}", "aws.example.com", "starts with a dot"),
        ("aws+{token}", "a" * 40 + ".example.com", "too long for the domain"),
        ("{account_name}", "a" * 50 + ".example.com", "too long for the domain"),
    ],
)
def test_an_address_pattern_that_cannot_work_is_refused(pattern, domain, problem):
    assert any(problem in one for one in check_address_pattern(pattern, domain))
