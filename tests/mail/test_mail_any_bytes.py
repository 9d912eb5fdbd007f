"""Whatever comes in, a mail goes out that SES takes, its body as it was and nobody's header injected."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from mail_builders import a_copy, a_mail, forwarded
from mail_judge import FORWARDER, complaints_about, complaints_of_ses, headers, values

from workflows.mail.compose import Kind, compose
from workflows.mail.header_block import read_original

_KNOWN = (
    b"From from Subject SUBJECT Sender Reply-To DKIM-Signature Content-Type To Return-Path Received Date Bcc"
)
_MORE = b"Message-ID X-Vended-Address X-Vended-Loop X-SES-CONFIGURATION-SET List-Id References X-Any"
NAMES = st.sampled_from([*_KNOWN.split(), *_MORE.split()])
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\r\n", b"\n\r"])
_MARKS = b'\0 \xff : ; , < > " \\ ( ) @ a@b.c =?utf-8?q? =?x-none?b? ?= \xc3\xbc \xe2\x80\xae'
NASTY = st.sampled_from([*_MARKS.split(), b" ", b"\t", b"\r", b"\n", b"\r\n", b"a" * 997, b"x" * 1100])
VALUES = st.lists(st.one_of(NASTY, st.binary(max_size=6)), max_size=8).map(b"".join)
LINES = st.one_of(
    st.tuples(NAMES, st.sampled_from([b":", b": ", b" : ", b"\t:"]), VALUES, ENDS).map(b"".join),
    st.tuples(VALUES, ENDS).map(b"".join),
    st.tuples(st.sampled_from([b" ", b"\t", b"From "]), VALUES, ENDS).map(b"".join),
)
MAILS = st.tuples(
    st.lists(LINES, max_size=12).map(b"".join), st.sampled_from([b"", b"\r\n", b"\n", b"\r"]), VALUES
)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_at_all_arrive(raw):
    assert complaints_about(raw, forwarded(raw).raw) == []


@given(MAILS.map(b"".join))
@settings(max_examples=600, deadline=None)
def test_anything_like_a_mail_arrives(raw):
    assert complaints_about(raw, forwarded(raw).raw) == []


@given(VALUES, st.sampled_from([b"\r\n", b"\n", b"\r"]))
@settings(max_examples=400, deadline=None)
def test_no_value_of_a_from_starts_a_header(value, ending):
    value = value.replace(b"\r", b"").replace(b"\n", b"")
    out = forwarded(a_mail(**{"from": value}, ending=ending))
    known = {"to", "subject", "message-id", "date", "from", "reply-to"}
    assert {name for name, _ in headers(out.raw) if not name.startswith("x-vended-")} <= known
    assert out.kind is Kind.FORWARD


@given(st.text(max_size=200), st.lists(st.text(max_size=100), min_size=1, max_size=3))
@settings(max_examples=300, deadline=None)
def test_no_value_of_an_envelope_starts_a_header(source, addresses):
    raw = a_mail()
    out = forwarded(raw, envelope_from=source, addresses=tuple(addresses), category=source, verdicts=source)
    assert complaints_about(raw, out.raw) == []


@given(st.binary(max_size=200))
def test_the_same_mail_always_gives_the_same_bytes(raw):
    assert forwarded(raw) == forwarded(raw)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
@settings(deadline=None)
def test_any_name_leaves_the_address_readable(name):
    value = '"{}" <jane@example.org>'.format(name.replace("\\", "").replace('"', ""))
    value = "".join(value.splitlines())
    out = forwarded(a_mail(**{"from": value.encode()}))
    assert values(out.raw, "reply-to")[0].rstrip().endswith(b"<jane@example.org>")
    assert FORWARDER.encode() in values(out.raw, "from")[0]


NAMES_OF_PEOPLE = st.text(alphabet=st.characters(codec="utf-8"), max_size=250)
HOSTS = st.lists(st.text("abcü-.", min_size=1, max_size=70), min_size=1, max_size=5).map(".".join)


@given(NAMES_OF_PEOPLE, st.text('abc.ü"\\ ', max_size=90), HOSTS, st.sampled_from(list(Kind)))
@settings(max_examples=400, deadline=None)
def test_nobody_is_named_at_more_length_than_ses_takes(name, local, host, kind):
    person = "".join(f"{name} <{local}@{host}>".splitlines()).encode()
    raw = a_mail(**{"from": person, "reply_to": b", ".join([person] * 3)})
    out = compose(read_original(raw), a_copy(), at_least=kind, reason="SES said: no")
    assert complaints_of_ses(out.raw) == []
