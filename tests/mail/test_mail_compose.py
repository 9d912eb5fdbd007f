"""A mail goes on as it is, else as an attachment, else as a notice, and never not at all."""

from __future__ import annotations

import pytest
from mail_builders import a_copy, a_mail, forwarded
from mail_judge import MOST_BYTES, attachment_of, complaints_about, complaints_of_ses, text_of, values

from workflows.mail.compose import MAIL_LIMIT, Kind, compose
from workflows.mail.header_block import HEADER_BLOCK_LIMIT, read_original

MIB = 1024 * 1024
LINE = b"x" * 76 + b"\r\n"


def a_mail_of(size: int, **changes: bytes) -> bytes:
    """A mail of exactly that many bytes."""
    head = a_mail(body=b"", **changes)
    return head + (LINE * ((size - len(head)) // len(LINE) + 1))[: size - len(head)]


@pytest.mark.parametrize("length", [0, 1, 997, 998])
def test_a_body_with_lines_that_ses_takes_goes_on_as_it_is(length):
    raw = a_mail(body=b"y\r\n" + b"x" * length + b"\r\n" + b"x" * length)
    assert forwarded(raw).kind is Kind.FORWARD
    assert complaints_about(raw, forwarded(raw).raw) == []


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r", b""])
@pytest.mark.parametrize("before", [b"", b"short\n" * 9_000])
def test_a_body_line_of_999_bytes_makes_it_an_attachment(before, ending):
    raw = a_mail(body=before + b"x" * 999 + ending)
    out = forwarded(raw)
    assert out.kind is Kind.ATTACHMENT
    assert out.reason == "it has a line of more than 998 bytes, which Amazon SES refuses"
    assert attachment_of(out.raw) == raw
    assert complaints_about(raw, out.raw) == []


@pytest.mark.parametrize(
    "body", [b"", b"\0", b"\xff\xfe\r\r\n\n\r" * 50, bytes(range(256)) * 20, b"no end", b"\r\n.\r\n"]
)
def test_bodies_of_any_bytes_are_passed_on(body):
    raw = a_mail(body=body)
    assert forwarded(raw).raw.endswith(b"\r\n\r\n" + body)
    assert complaints_about(raw, forwarded(raw).raw) == []


@pytest.mark.parametrize("subject", [b"x" * 2_000, b"x " * 1_000, "ü".encode() * 1_000])
def test_a_kept_header_line_over_998_bytes_makes_it_an_attachment(subject):
    raw = a_mail(subject=subject)
    out = forwarded(raw)
    assert out.kind is Kind.ATTACHMENT
    assert "its header subject" in out.reason
    assert attachment_of(out.raw) == raw
    assert complaints_about(raw, out.raw) == []


@pytest.mark.parametrize("name", [b"y" * 2_000, b"X-" + b"z" * 997])
def test_a_header_name_over_998_bytes_makes_it_an_attachment(name):
    raw = b"Subject: x\r\n" + name + b": 1\r\n\r\nbody"
    assert forwarded(raw).kind is Kind.ATTACHMENT
    assert complaints_about(raw, forwarded(raw).raw) == []


def test_an_attachment_tells_its_reader_what_and_why():
    out = forwarded(a_mail(subject=b"=?utf-8?q?H=C3=A4?=\r\n again", body=b"x" * 999))
    assert values(out.raw, "subject") == [b" =?utf-8?q?H=C3=A4?=\r\n again\r\n"]
    assert text_of(out.raw, "to") == "payments-prod@aws.example.com"
    assert b"jane at example.org" in values(out.raw, "from")[0]
    assert values(out.raw, "reply-to") == [b' "Jane Doe" <jane@example.org>\r\n']
    text = out.raw.replace(b"=\r\n", b"").decode()
    assert "attached as original.eml, exactly as it arrived" in text
    assert "because it has a line of more than 998 bytes" in text
    assert "Subject:  Hä again" in text.replace("=C3=A4", "ä")


@pytest.mark.parametrize(
    "subject", [b"x" * 999, b"\0a\0", b"a\r\n \r\n b", b"", b"\xff" * 50, b"\r\n long" * 300]
)
def test_any_subject_fits_an_attachment(subject):
    raw = a_mail(subject=subject, body=b"x" * 999)
    assert complaints_about(raw, forwarded(raw).raw) == []
    assert b"\0" not in forwarded(raw).raw


def test_a_header_block_without_end_becomes_an_attachment():
    raw = b"From: a@b.c\r\n" + b"X-Header: value\r\n" * (HEADER_BLOCK_LIMIT // 16)
    out = forwarded(raw)
    assert out.kind is Kind.ATTACHMENT
    assert attachment_of(out.raw) == raw
    assert b"a at b.c" in values(out.raw, "from")[0]


def test_a_mail_of_39_mb_goes_on_as_it_is():
    raw = a_mail_of(39 * MIB)
    out = forwarded(raw)
    assert out.kind is Kind.FORWARD
    assert out.raw.endswith(raw[-38 * MIB :])


def test_a_mail_of_40_mb_ends_as_a_notice():
    out = forwarded(a_mail_of(40 * MIB))
    assert out.kind is Kind.NOTICE
    assert complaints_of_ses(out.raw) == []
    text = out.raw.replace(b"=\r\n", b"").decode()
    assert "Mail not forwarded: Hello" in text
    assert "Jane Doe (jane at example.org)" in text
    assert "41,943,040 bytes" in text
    assert "aws s3 cp s3://mails/inbound/abc123 mail.eml" in text
    assert "larger than the 40 MB that Amazon SES sends" in text


def test_the_limit_counts_our_headers():
    size = MAIL_LIMIT - 1_200
    added = len(forwarded(a_mail_of(size)).raw) - size
    assert forwarded(a_mail_of(MAIL_LIMIT - added)).kind is Kind.FORWARD
    assert len(forwarded(a_mail_of(MAIL_LIMIT - added)).raw) == MOST_BYTES
    assert forwarded(a_mail_of(MAIL_LIMIT - added + 1)).kind is Kind.NOTICE


def test_an_attachment_that_would_be_too_large_in_base64_ends_as_a_notice():
    raw = a_mail_of(29 * MIB) + b"x" * 999
    out = forwarded(raw)
    assert out.kind is Kind.ATTACHMENT
    assert len(out.raw) <= MOST_BYTES
    out = forwarded(a_mail_of(30 * MIB) + b"x" * 999)
    assert out.kind is Kind.NOTICE
    assert "has a line of more than 998 bytes" in out.reason
    assert "as an attachment it is larger than the 40 MB" in out.reason


def test_what_ses_refused_as_a_forward_can_be_sent_as_an_attachment_and_then_as_a_notice():
    raw = a_mail()
    attached = compose(read_original(raw), a_copy(), at_least=Kind.ATTACHMENT, reason="SES said: bad header")
    assert attached.kind is Kind.ATTACHMENT
    assert attachment_of(attached.raw) == raw
    assert b"because SES said: bad header" in attached.raw
    noticed = compose(read_original(raw), a_copy(), at_least=Kind.NOTICE, reason="SES said: no")
    assert noticed.kind is Kind.NOTICE
    assert complaints_of_ses(noticed.raw) == []


def test_the_last_resort_shows_nothing_of_what_may_have_been_refused():
    strange = {"from": b"Max M\xfcller \x01<m@x.de>", "message-id": b"<\xff\x02@x>", "date": b"\x80"}
    noticed = compose(read_original(a_mail(**strange)), a_copy(), at_least=Kind.NOTICE, reason="SES said: no")
    head = noticed.raw.partition(b"\r\n\r\n")[0]
    assert b"X-Vended-From:" in head
    assert values(noticed.raw, "from") == [b" AWS account mail <forwarder@aws.example.com>\r\n"]
    assert values(noticed.raw, "reply-to") == [b" <m@x.de>\r\n"]
    assert b"A reply to this notice goes to its sender." in noticed.raw
    assert all(one in b"\r\n\t" or 32 <= one < 127 for one in head)


@pytest.mark.parametrize("asked", [b'"jane doe"@example.org', "jane@exämple.org".encode(), b"j#@e.org"])
def test_the_last_resort_has_no_address_for_a_reply_that_could_have_been_refused(asked):
    raw = a_mail(reply_to=asked, **{"from": asked})
    noticed = compose(read_original(raw), a_copy(), at_least=Kind.NOTICE, reason="SES said: no")
    assert values(noticed.raw, "reply-to") == []
    assert b"A reply to this notice" not in noticed.raw


@pytest.mark.parametrize("kind", [Kind.ATTACHMENT, Kind.NOTICE])
def test_a_mail_for_many_accounts_names_as_many_as_fit_and_none_by_half(kind):
    many = tuple(f"account-{number:03}@aws.example.com" for number in range(60))
    odd = ("nobody", "jané@aws.example.com")
    out = compose(read_original(a_mail()), a_copy(addresses=odd + many), at_least=kind, reason="SES said: no")
    shown = text_of(out.raw, "to").split(", ")
    assert shown == list(many[: len(shown)])
    assert len(shown) > 20
    assert complaints_of_ses(out.raw) == []
    nobody = compose(read_original(a_mail()), a_copy(addresses=odd), at_least=kind, reason="SES said: no")
    assert values(nobody.raw, "to") == []


def test_an_unlimited_base64_size_is_foreseen_exactly():
    for length in (0, 1, 56, 57, 58, 113, 114, 57 * 8192, 57 * 8192 + 1):
        raw = b"x" * length
        with_attachment = compose(read_original(raw), a_copy(), at_least=Kind.ATTACHMENT, reason="x").raw
        encoded = with_attachment.partition(b"base64\r\n\r\n")[2].partition(b"\r\n--=_vended_")[0]
        assert len(encoded) == attachment_size(raw)


def attachment_size(raw: bytes) -> int:
    from workflows.mail.attachment import attachment_mail_size

    return attachment_mail_size(read_original(raw))
