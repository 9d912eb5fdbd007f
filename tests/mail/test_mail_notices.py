"""The mails that we write ourselves say what happened and what to do, whatever a stranger put into theirs."""

from __future__ import annotations

import email
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_builders import VENDED, a_copy, a_mail
from mail_judge import FORWARDER, complaints_of_ses, headers

from workflows.mail.header_block import read_original
from workflows.mail.notices import (
    held_notice,
    not_forwarded_notice,
    own_notice,
    unreachable_notice,
    unverified_notice,
    virus_notice,
)

ADMIN = "cloud-team@example.com"
OWNER = "ann@example.com"


def read(raw: bytes) -> tuple[str, str, str]:
    """To, subject and text as a mail program shows them."""
    assert complaints_of_ses(raw) == []
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return str(mail["to"]), str(mail["subject"]), mail.get_content().replace("\r\n", "\n")


def test_an_owner_is_told_of_a_virus():
    raw = virus_notice(read_original(a_mail(subject=b"Invoice", body=b"EVIL")), a_copy(), OWNER)
    to, subject, text = read(raw)
    assert (to, subject) == (OWNER, f"Mail with a virus held for {VENDED}")
    assert "Amazon SES found a virus in it" in text
    assert "Jane Doe (jane at example.org)" in text
    assert "It is kept as s3://mails/inbound/abc123" in text
    assert "vend mail replay" not in text
    assert b"EVIL" not in raw
    assert b"Reply-To" not in raw


def test_the_administrator_is_told_of_a_held_mail():
    to, subject, text = read(held_notice(read_original(a_mail()), a_copy(), "SES takes it for spam", ADMIN))
    assert (to, subject) == (ADMIN, f"Mail held for {VENDED}: Hello")
    assert f"A mail to {VENDED} is held, because SES takes it for spam." in text


def test_the_administrator_is_told_of_an_unreachable_owner():
    to, subject, text = read(
        unreachable_notice(
            [VENDED], OWNER, "answered with a hard bounce: 550", to=ADMIN, forward_from=FORWARDER
        )
    )
    assert (to, subject) == (ADMIN, f"Owner unreachable: {VENDED}")
    assert f"{OWNER} answered with a hard bounce: 550." in text
    assert f"vend transfer {VENDED} --to OWNER --reason TEXT" in text


def test_the_administrator_is_told_of_an_owner_to_be_verified():
    to, subject, text = read(unverified_notice(VENDED, OWNER, to=ADMIN, forward_from=FORWARDER))
    assert (to, subject) == (ADMIN, f"Owner not verified: {VENDED}")
    assert f"{OWNER} must be verified first" in text


def test_a_mail_that_cannot_go_on_is_replaced_by_its_facts():
    original = read_original(a_mail(subject="Größe".encode()))
    _, subject, text = read(not_forwarded_notice(original, a_copy(), "it is too large"))
    assert subject == "Mail not forwarded: Größe"
    assert "Subject:  Größe" in text
    assert "could not be forwarded, because it is too large." in text
    assert "aws s3 cp s3://mails/inbound/abc123 mail.eml" in text


def test_without_a_key_there_is_no_command_to_run():
    _, _, text = read(not_forwarded_notice(read_original(a_mail()), a_copy(stored_as=""), "it is too large"))
    assert "aws s3 cp" not in text


@pytest.mark.parametrize(
    "subject", [b"", b"\xff\0", b"=?utf-8?q?a=0D=0ABcc:_x@y?=", b"x" * 5_000, b"=?x?b?!?="]
)
def test_hostile_subjects_stay_in_their_line(subject):
    original = read_original(a_mail(subject=subject, **{"from": subject, "date": subject}))
    for raw in (virus_notice(original, a_copy(), OWNER), held_notice(original, a_copy(), "x", ADMIN)):
        read(raw)
    read(not_forwarded_notice(original, a_copy(), "x"))


@given(st.text(max_size=200), st.text(max_size=500))
@settings(deadline=None)
def test_no_subject_or_text_starts_a_header(subject, text):
    raw = own_notice(subject, text, to=ADMIN, forward_from=FORWARDER)
    assert complaints_of_ses(raw) == []
    names = {name for name, _ in headers(raw)}
    assert names <= {
        "from", "to", "subject", "x-vended-loop", "auto-submitted", "mime-version", "content-type",
        "content-transfer-encoding",
    }  # fmt: skip
