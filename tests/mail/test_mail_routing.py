"""Every envelope recipient finds its owner, and nobody gets a mail twice."""

from __future__ import annotations

import pytest
from mail_builders import an_account

from workflows.mail.routing import Role, deliveries_for, find_addressees, one_copy_each

ADMIN = "cloud-team@example.com"
ACCOUNTS = {
    "a@aws.example.com": an_account("ann@example.com"),
    "b@aws.example.com": an_account("bob@example.com", "bob@home.example"),
    "c@aws.example.com": an_account("cy@example.com"),
    "a2@aws.example.com": an_account("Ann@Example.com"),
    "aws+token@aws.example.com": an_account("tok@example.com"),
    "aws@aws.example.com": an_account("root@example.com"),
    "orphan@aws.example.com": an_account(needsOwner=True),
    "lost@aws.example.com": an_account("gone@example.com", unreachable=True),
    "old@aws.example.com": an_account("ann@example.com", status="CLOSED"),
}


def routed(*recipients: str, copies: tuple[str, ...] = ()) -> list[tuple[str, tuple[str, ...], Role]]:
    deliveries = []
    for addressee in find_addressees(recipients, ACCOUNTS.get):
        deliveries += deliveries_for(addressee, ADMIN, copies)
    return [(one.to, one.addresses, one.role) for one in one_copy_each(deliveries)]


def test_three_accounts_of_three_owners_one_with_two_addresses_in_capitals_and_with_tags():
    assert routed("A@AWS.example.com", "b+tag@aws.example.com", "C+x+y@Aws.Example.Com") == [
        ("ann@example.com", ("a@aws.example.com",), Role.OWNER),
        ("bob@example.com", ("b@aws.example.com",), Role.OWNER),
        ("bob@home.example", ("b@aws.example.com",), Role.OWNER),
        ("cy@example.com", ("c@aws.example.com",), Role.OWNER),
    ]


def test_an_owner_of_two_accounts_gets_one_copy_that_shows_both():
    both = ("a@aws.example.com", "a2@aws.example.com")
    assert routed("a@aws.example.com", "a2@aws.example.com") == [("ann@example.com", both, Role.OWNER)]


def test_whoever_owns_one_account_and_gets_a_copy_of_another_gets_it_as_an_owner():
    mails = routed("b@aws.example.com", "a@aws.example.com", copies=("ann@example.com",))
    assert ("ann@example.com", ("b@aws.example.com", "a@aws.example.com"), Role.OWNER) in mails


def test_the_same_account_twice_is_one_copy():
    assert (
        len(routed("a@aws.example.com", "A@aws.example.com", "a+1@aws.example.com", "a+2@aws.example.com"))
        == 1
    )


@pytest.mark.parametrize(
    ("recipient", "address"),
    [
        ("a@aws.example.com", "a@aws.example.com"),
        (" a@aws.example.com ", "a@aws.example.com"),
        ("a+@aws.example.com", "a@aws.example.com"),
        ("aws+token@aws.example.com", "aws+token@aws.example.com"),
        ("AWS+Token+tag@aws.example.com", "aws+token@aws.example.com"),
        ("aws+other@aws.example.com", "aws@aws.example.com"),
        ("aws+other+tag@aws.example.com", "aws@aws.example.com"),
    ],
)
def test_an_exact_address_comes_before_one_without_its_tag(recipient, address):
    (addressee,) = find_addressees([recipient], ACCOUNTS.get)
    assert addressee.address == address
    assert addressee.record is ACCOUNTS[address]
    assert addressee.recipient == recipient


@pytest.mark.parametrize(
    "recipient", ["+a@aws.example.com", "x@aws.example.com", "a@other.example", "a", "", "@", "+@"]
)
def test_an_unknown_recipient_is_its_own_addressee(recipient):
    (addressee,) = find_addressees([recipient], ACCOUNTS.get)
    assert addressee.record is None
    assert addressee.address == recipient.lower()


def test_a_recipient_is_looked_up_three_times_at_most():
    asked = []
    find_addressees(["+".join("abcdefgh") + "@aws.example.com"], asked.append)
    assert asked == ["a+b+c+d+e+f+g+h@aws.example.com", "a+b+c+d+e+f+g@aws.example.com", "a@aws.example.com"]


def test_mail_to_nobody_in_particular_goes_to_the_administrator():
    assert routed("x@aws.example.com") == [(ADMIN, ("x@aws.example.com",), Role.ADMINISTRATOR)]
    assert routed("orphan@aws.example.com") == [(ADMIN, ("orphan@aws.example.com",), Role.ADMINISTRATOR)]


def test_mail_of_an_unreachable_owner_also_goes_to_the_administrator():
    assert [one[0] for one in routed("lost@aws.example.com")] == ["gone@example.com", ADMIN]


def test_mail_of_a_closed_account_still_reaches_its_owner():
    assert [one[0] for one in routed("old@aws.example.com")] == ["ann@example.com"]


def test_copies_are_for_accounts_of_ours_only():
    copies = ("security@example.com", "ann@example.com")
    assert [(to, role) for to, _, role in routed("a@aws.example.com", copies=copies)] == [
        ("ann@example.com", Role.OWNER),
        ("security@example.com", Role.COPY),
    ]
    assert [to for to, _, _ in routed("x@aws.example.com", copies=copies)] == [ADMIN]
