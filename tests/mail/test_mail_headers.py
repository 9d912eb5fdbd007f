"""Which of the sender's headers arrive, which are renamed, which are dropped, and what is added."""

from __future__ import annotations

import pytest
from mail_builders import VENDED, a_mail, forwarded
from mail_judge import FORWARDER, GONE, ONCE, complaints_about, headers, parts, text_of, values

from workflows.mail.compose import Kind


@pytest.mark.parametrize("name", sorted(ONCE - GONE - {"from", "reply-to"}))
def test_of_a_header_that_ses_takes_once_the_first_stays_and_the_second_is_renamed(name):
    raw = b"%b: one\r\n%b: two\r\n\r\nbody" % (name.encode(), name.title().encode())
    out = forwarded(raw)
    assert values(out.raw, name) == [b" one\r\n"]
    assert values(out.raw, f"x-original-{name}") == [b" two\r\n"]
    assert complaints_about(raw, out.raw) == []


@pytest.mark.parametrize(
    "name", ["DKIM-Signature", "DomainKey-Signature", "ARC-Seal", "ARC-Message-Signature"]
)
def test_signatures_that_our_from_breaks_are_dropped(name):
    out = forwarded(name.encode() + b": a=rsa;\r\n b=SECRET\r\nSubject: x\r\n\r\nbody")
    assert b"SECRET" not in out.raw


@pytest.mark.parametrize(
    "line",
    [
        b"X-SES-CONFIGURATION-SET: evil",
        b"x-ses-message-tags: a=evil",
        b"X-SES-Source-ARN :evil",
        b"X-Ses-From-Arn:\r\n evil",
        b"X-SES-RETURN-PATH-ARN\t: evil",
        b"X-SES-Anything-New: evil",
    ],
)
@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r"])
def test_nothing_that_ses_obeys_survives(line, ending):
    raw = b"Subject: x\r\n" + line.replace(b"\r\n", ending) + ending + b"To: a@b.c\r\n\r\nbody"
    out = forwarded(raw)
    assert b"evil" not in out.raw
    assert complaints_about(raw, out.raw) == []


@pytest.mark.parametrize("name", ["Sender", "Return-Path", "Bcc", "Authentication-Results", "Received-SPF"])
def test_what_misleads_or_is_refused_stays_readable_under_another_name(name):
    out = forwarded(b"Subject: x\r\n" + name.encode() + b": value;\r\n more\r\n\r\nbody")
    assert values(out.raw, name) == []
    assert values(out.raw, f"x-original-{name}") == [b" value;\r\n more\r\n"]


@pytest.mark.parametrize("name", ["To", "Cc"])
@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"undisclosed-recipients:;",
        b"Team: a@b.org, c@d.org;",
        b"root",
        b"ok@example.org, root",
        b"ok@example.org,",
        b"Doe, Jane <jane@example.org>",
        b"a@x.org <jane@example.org>",
        "Jané <jané@example.org>".encode(),
        "jane@exämple.org".encode(),
        b"jane@a_b.org",
        b"jane@example.org bob@example.org",
        b"x" * 302 + b" <jane@example.org>",
    ],
)
def test_recipients_that_ses_cannot_read_stay_readable_under_another_name(name, value):
    raw = b"Subject: x\r\n%b: %b\r\n\r\nbody" % (name.encode(), value)
    out = forwarded(raw)
    assert out.kind is Kind.FORWARD
    assert values(out.raw, name) == []
    assert values(out.raw, f"x-original-{name}") == [b" " + value + b"\r\n"]
    assert complaints_about(raw, out.raw) == []


@pytest.mark.parametrize(
    "value",
    [
        b"a@b",
        b'Jane <jane@example.org>, "Doe, J" <j@d.org>,\r\n\t<x@y.org>',
        "Jané Q. Doe <j@d.org>".encode(),
        b"=?utf-8?q?J=C3=A9?= <j@d.org>",
        b'"jane doe"@example.org (Jane)',
        b",\r\n ".join(b"someone-%d@example.org" % number for number in range(500)),
    ],
)
def test_recipients_that_ses_can_read_stay_as_they_are(value):
    raw = a_mail(to=value, cc=value)
    out = forwarded(raw)
    assert values(out.raw, "to") == values(out.raw, "cc") == [b" " + value + b"\r\n"]
    assert complaints_about(raw, out.raw) == []


def test_a_strangers_headers_in_our_name_are_only_quoted():
    raw = a_mail(x_vended_address=b"other@aws.example.com", x_vended_category=b"billing", x_vended_new=b"x")
    out = forwarded(raw)
    assert values(out.raw, "x-vended-address") == [f" {VENDED}\r\n".encode()]
    assert values(out.raw, "x-vended-category") == [b" other\r\n"]
    assert values(out.raw, "x-vended-line")[0] == b" X-Vended-Address: other@aws.example.com\r\n"
    assert complaints_about(raw, out.raw) == []


def test_another_installations_loop_marker_survives():
    out = forwarded(a_mail(x_vended_loop=b"forwarder@elsewhere.example"))
    markers = [b" forwarder@elsewhere.example\r\n", f" {FORWARDER}\r\n".encode()]
    assert values(out.raw, "x-vended-loop") == markers


def test_junk_lines_are_quoted_and_hide_nothing():
    raw = b"From jane Thu Feb 22 2007\nSubject: x\n// what?\n\tmore\nSender: evil\nTo: a@b.c\n\nbody"
    out = forwarded(raw)
    assert values(out.raw, "x-vended-line") == [b" From jane Thu Feb 22 2007\n", b" // what?\n\tmore\n"]
    assert values(out.raw, "to") == [b" a@b.c\n"]
    assert complaints_about(raw, out.raw) == []


def test_everything_else_stays_byte_for_byte():
    kept = (
        b"Received: from a\r\n\tby b\r\nReceived: from c\r\n"
        b"SUBJECT:  =?utf-8?q?H=C3=A4?=\r\n  \xfc\x00\r\n"
        b"To: \xc3\xbc <a@b>,\r\n c@d\r\nTo: second@b.c\r\n"
        b'content-type:multipart/mixed;\r\n boundary="a"\r\nMime-Version: 1.0 (x)\r\n'
        b"Resent-From: x@y\r\nResent-From: z@y\r\nX-Empty:\r\n"
    )
    out = forwarded(b"From: a@b.c\r\n" + kept + b"\r\nbody")
    assert kept in out.raw


def test_a_blank_before_the_colon_goes_because_mail_programs_stumble_over_it():
    out = forwarded(b"Subject \t: x\r\nFrom : a@b.c\r\n\r\nbody")
    assert b"Subject: x\r\n" in out.raw
    assert b"a at b.c" in values(out.raw, "from")[0]


def test_the_reader_is_told_whose_mail_it_was():
    out = forwarded(a_mail())
    assert text_of(out.raw, "x-vended-address") == VENDED
    assert text_of(out.raw, "x-vended-from") == "Jane Doe <jane@example.org>"
    assert text_of(out.raw, "x-vended-message-id") == "<1@example.org>"
    assert text_of(out.raw, "x-vended-date") == "Tue, 1 Apr 2025 10:00:00 +0000"
    assert text_of(out.raw, "x-vended-envelope-from") == "bounces@example.org"
    assert text_of(out.raw, "x-vended-category") == "other"
    assert text_of(out.raw, "x-vended-verdicts") == "spam=PASS virus=PASS spf=PASS dkim=PASS dmarc=PASS"
    assert text_of(out.raw, "x-vended-loop") == FORWARDER


def test_a_copy_for_two_accounts_shows_both():
    out = forwarded(a_mail(), addresses=("a@aws.example.com", "b@aws.example.com"))
    assert text_of(out.raw, "x-vended-address") == "a@aws.example.com, b@aws.example.com"


def test_what_the_reader_is_told_is_printable():
    out = forwarded(a_mail(), envelope_from="evil\r\nBcc: \u202ex@y\0é")
    assert text_of(out.raw, "x-vended-envelope-from") == "evil Bcc: x@y é"


def test_a_bounce_has_no_envelope_sender_to_show():
    out = forwarded(a_mail(auto_submitted=b"auto-replied"), envelope_from="")
    assert values(out.raw, "x-vended-envelope-from") == []
    assert values(out.raw, "auto-submitted") == [b" auto-replied\r\n"]


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
def test_our_headers_end_as_the_messages_own(ending):
    raw = a_mail(ending=ending, body=b"x")
    head = forwarded(raw).raw.partition(ending + ending)[0]
    assert set(head) & {13, 10} == set(ending)
    assert len(head.split(ending)) == len(headers(forwarded(raw).raw))


HIDDEN = (
    b"Subject: hi\r\nFrom: AWS <no-reply@signin.aws>\r\rx:\r\nFrom: Mallory <m@evil.example>\r\n"
    b"X-SES-CONFIGURATION-SET: theirs\r\n\r\nbody"
)
"""To one reader its headers end at the two bare CR, to another only before `body`."""


@pytest.mark.parametrize(
    "raw",
    [
        HIDDEN,
        HIDDEN.replace(b"\r\r", b"\r\r\n"),
        HIDDEN.replace(b"\r\r", b"\n\r"),
        HIDDEN.replace(b"\r\nFrom: AWS", b"\rFrom: AWS"),
        HIDDEN.replace(b"Subject: hi\r\n", b"Subject: hi\rX-SES-SOURCE-ARN: theirs\r"),
        a_mail(ending=b"\r", body=b"x:\rFrom: Mallory\r\n\r\nbody"),
    ],
)
def test_all_readers_end_the_headers_where_we_do(raw):
    out = forwarded(raw)
    assert complaints_about(raw, out.raw) == []
    assert out.raw.endswith(parts(raw)[1])
    assert values(out.raw, "x-ses-configuration-set") == []


def test_mixed_line_ends_cannot_swallow_the_empty_line():
    raw = b"Subject: x\r\nDKIM-Signature: y\r\n\nbody"
    assert forwarded(b"Subject: x\rSender: y\n\nbody").raw.endswith(b"\n\nbody")
    assert complaints_about(raw, forwarded(raw).raw) == []


@pytest.mark.parametrize(
    "name", [b"DKIM-Signature", b"From", b"Sender", b"Reply-To", b"X-SES-Receipt", b"Bcc"]
)
@pytest.mark.parametrize(
    "value", [b"x" * 5_000, b"x " * 5_000, b"x" + b" " * 5_000 + b"y"], ids=["word", "words", "gap"]
)
def test_a_long_line_that_does_not_go_on_as_it_is_stops_nothing(name, value):
    raw = name + b": " + value + b"\r\nSubject: x\r\n\r\nbody"
    out = forwarded(raw)
    assert out.kind is Kind.FORWARD
    assert complaints_about(raw, out.raw) == []


def test_long_junk_and_a_long_first_date_are_folded():
    raw = b"junk" * 600 + b"\r\nDate: " + b"x" * 900 + b"\r\nX-Vended-" + b"y" * 2_000 + b": z\r\n\r\nbody"
    out = forwarded(raw)
    assert out.kind is Kind.FORWARD
    assert complaints_about(raw, out.raw) == []


def test_five_thousand_headers_and_one_of_100_kb_arrive():
    raw = b"".join(b"X-%d: value\r\n" % number for number in range(5_000))
    raw += b"References:" + b"\r\n <1234567890@example.org>" * 4_000 + b"\r\n\r\nbody"
    out = forwarded(raw)
    assert out.kind is Kind.FORWARD
    assert out.raw.startswith(raw.partition(b"\r\n\r\n")[0])
    assert complaints_about(raw, out.raw) == []
