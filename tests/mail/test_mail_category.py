"""A mail is AWS's own only when that is proven, and a subject alone makes no category."""

from __future__ import annotations

import pytest
from mail_builders import ALL_GRAY, ALL_PASS, a_mail

from workflows.mail.category import Author, Category, authenticated_author, category_of, is_from_aws
from workflows.mail.header_block import read_original
from workflows.mail.verdicts import Verdicts

DMARC = Verdicts(dmarc="PASS")
DKIM = Verdicts(dkim="PASS", dmarc="GRAY")
AWS = b"Amazon Web Services <no-reply-aws@amazon.com>"
RESET = b"Amazon Web Services Password Assistance"


def signed_by(*domains: bytes) -> list[bytes]:
    return [b"v=1; a=rsa-sha256;\r\n d=" + domain + b"; s=x; b=abc" for domain in domains]


def categorised(raw: bytes, verdicts: Verdicts) -> Category:
    original = read_original(raw)
    return category_of(original, authenticated_author(original, verdicts))


@pytest.mark.parametrize(
    ("subject", "category"),
    [
        (b"Amazon Web Services Password Assistance", Category.PASSWORD_RESET),
        (b"Reset your AWS root user password", Category.PASSWORD_RESET),
        (b"Your AWS password has been changed", Category.PASSWORD_RESET),
        (b"=?utf-8?q?Your_AWS_password_reset?=", Category.PASSWORD_RESET),
        (b"AWS Sign-In verification code", Category.SIGN_IN_VERIFICATION),
        (b"Your one-time password for AWS", Category.SIGN_IN_VERIFICATION),
        (b"Verify your email address for your AWS account", Category.SIGN_IN_VERIFICATION),
        (b"[Action required] Your Amazon EC2 Abuse Report [12345]", Category.ABUSE),
        (b"Irregular activity in your AWS account: 1111", Category.ABUSE),
        (b"Your AWS Account may be compromised", Category.ABUSE),
        (b"Your AWS account has been closed", Category.CLOSURE),
        (b"Closing your AWS account", Category.CLOSURE),
        (b"AWS account suspended: payment overdue", Category.CLOSURE),
        (b"Your AWS invoice is available", Category.BILLING),
        (b"Amazon Web Services Billing Statement Available", Category.BILLING),
        (b"Your AWS Account is Ready - Get Started Now", Category.OTHER),
        (b"", Category.OTHER),
    ],
)
def test_aws_mail_is_told_apart_by_its_subject(subject, category):
    assert categorised(a_mail(**{"from": AWS}, subject=subject), DMARC) is category


@pytest.mark.parametrize(
    ("author", "category"),
    [
        (b"abuse@amazonaws.com", Category.ABUSE),
        (b"AWS <trustandsafety@support.amazon.com>", Category.ABUSE),
        (b"no-reply@signin.aws", Category.SIGN_IN_VERIFICATION),
        (b"no-reply@verify.signin.aws", Category.SIGN_IN_VERIFICATION),
        (b"no-reply@amazon.com", Category.OTHER),
    ],
)
def test_some_senders_say_it_by_themselves(author, category):
    assert categorised(a_mail(**{"from": author}, subject=b"Case 123"), DMARC) is category


@pytest.mark.parametrize(
    "author",
    [
        b"x@amazon.com",
        b"X@AMAZON.COM",
        b"x@a.b.amazonaws.com",
        b'"a, b" <x@signin.aws>',
        b"AWS (it) <x@amazon.com>",
    ],
)
def test_subdomains_and_capitals_are_aws_too(author):
    assert is_from_aws(authenticated_author(read_original(a_mail(**{"from": author})), DMARC))


@pytest.mark.parametrize(
    "author",
    [
        b"x@signin-aws-amazon.com",
        b"x@notamazon.com",
        b"x@amazon.com.evil.org",
        b"amazon.com <x@evil.org>",
        b'"x@amazon.com" <x@evil.org>',
        b"no-reply@sns.amazonaws.com",
        b"seller@marketplace.amazon.com",
        b"x@amazonses.com",
        b"x@amaz\xc3\xb6n.com",
        b"x@xn--amazn-mua.com",
    ],
)
def test_others_are_not_aws_whatever_they_look_like(author):
    assert categorised(a_mail(**{"from": author}, subject=RESET), ALL_PASS) is Category.OTHER


@pytest.mark.parametrize(
    "author",
    [
        b"x@evil.org, x@amazon.com",
        b"x@amazon.com, x@evil.org",
        b"Group: x@amazon.com;",
        b"<@evil.org:x@amazon.com>",
        b"<x@amazon.com> <x@evil.org>",
        b"x@evil.org <x@amazon.com",
        b"x@amazon.com (x@evil.org)",
        b"x@evil.org@amazon.com",
        b"<x@amazon.com",
        b"",
    ],
)
def test_a_from_that_could_be_read_in_two_ways_proves_nothing(author):
    assert authenticated_author(read_original(a_mail(**{"from": author})), ALL_PASS) is None


def test_two_from_headers_prove_nothing():
    raw = a_mail(**{"from": [AWS, b"x@evil.org"]})
    assert authenticated_author(read_original(raw), ALL_PASS) is None


@pytest.mark.parametrize("end", [b"\r", b"\r\r"])
def test_headers_that_two_readers_read_differently_prove_nothing(end):
    raw = b"Subject: x\r\nFrom: " + AWS + end + b"x:\r\nFrom: Mallory <m@evil.org>\r\n\r\nbody"
    assert authenticated_author(read_original(raw), ALL_PASS) is None


def test_headers_too_many_to_be_read_prove_nothing():
    padding = {f"x-padding-{number}": b"x" * 900 for number in range(1300)}
    assert authenticated_author(read_original(a_mail(**{"from": AWS, **padding})), ALL_PASS) is None


@pytest.mark.parametrize(
    "verdicts",
    [
        Verdicts(),
        ALL_GRAY,
        Verdicts(spf="PASS"),
        Verdicts(dkim="FAIL", dmarc="FAIL"),
        Verdicts(dkim="PASS", dmarc="FAIL"),
        Verdicts(dkim="PASS", dmarc="GRAY"),
        Verdicts(spf="PASS", dkim="GRAY", dmarc="GRAY"),
        Verdicts(dmarc="SOMETHING-NEW"),
    ],
)
def test_without_dmarc_or_a_signature_a_subject_claims_in_vain(verdicts):
    assert categorised(a_mail(**{"from": AWS}, subject=RESET), verdicts) is Category.OTHER


@pytest.mark.parametrize("signers", [(b"amazon.com",), (b"AMAZON.com", b"amazon.com")])
def test_an_aligned_dkim_signature_proves_the_author(signers):
    raw = a_mail(**{"from": AWS}, dkim_signature=signed_by(*signers))
    assert authenticated_author(read_original(raw), DKIM) == Author("no-reply-aws", "amazon.com")


def test_a_parent_domain_may_sign():
    raw = a_mail(**{"from": b"x@support.amazon.com"}, dkim_signature=signed_by(b"amazon.com"))
    assert authenticated_author(read_original(raw), DKIM)


@pytest.mark.parametrize(
    "signatures",
    [
        signed_by(b"evil.org"),
        signed_by(b"amazon.com", b"evil.org"),
        signed_by(b"evil.org", b"amazon.com"),
        signed_by(b"x.amazon.com"),
        signed_by(b"notamazon.com"),
        [b"v=1; b=abc"],
        [b"v=1; d=amazon.com; d=evil.org; b=abc"],
        [b"v=1; d=amazon.com;d=evil.org;b=abc"],
        [b"v=1; h=d=amazon.com; d=evil.org"],
    ],
)
def test_a_strangers_signature_beside_a_forged_one_proves_nothing(signatures):
    raw = a_mail(**{"from": AWS}, dkim_signature=signatures)
    assert authenticated_author(read_original(raw), DKIM) is None


def test_dmarc_fail_outweighs_a_signature():
    raw = a_mail(**{"from": AWS}, dkim_signature=signed_by(b"amazon.com"))
    assert authenticated_author(read_original(raw), Verdicts(dkim="PASS", dmarc="FAIL")) is None


def test_a_strangers_proven_domain_is_known_but_makes_no_category():
    original = read_original(a_mail(subject=RESET))
    author = authenticated_author(original, DMARC)
    assert author == Author("jane", "example.org")
    assert category_of(original, author) is Category.OTHER


def test_the_domains_of_aws_are_configuration():
    original = read_original(a_mail(subject=RESET))
    author = authenticated_author(original, DMARC)
    assert category_of(original, author, ("example.org",)) is Category.PASSWORD_RESET
