"""The sender stays readable in our From, and a reply reaches them, whatever they put there."""

from __future__ import annotations

import re

import pytest
from mail_builders import a_mail, forwarded
from mail_judge import FORWARDER, complaints_about, text_of, values

from workflows.mail.compose import Kind
from workflows.mail.senders import mailboxes

FROMS = {
    "plain": (b"Jane Doe <jane@example.org>", "Jane Doe (jane at example.org)", "jane@example.org"),
    "quoted": (b'"Jane Doe" <jane@example.org>', "Jane Doe (jane at example.org)", "jane@example.org"),
    "comma": (b'"Doe, Jane" <jane@example.org>', "Doe, Jane (jane at example.org)", "jane@example.org"),
    "unquoted comma": (
        b"Doe, Jane <jane@example.org>",
        "Doe, Jane (jane at example.org)",
        "jane@example.org",
    ),
    "quotes": (
        rb'"Jane \"JD\" Doe" <jane@example.org>',
        r"Jane \"JD\" Doe (jane at example.org)",
        "jane@example.org",
    ),
    "backslash": (rb'"A\\B" <a@b.org>', r"A\\B (a at b.org)", "a@b.org"),
    "no name": (b"jane@example.org", "jane at example.org", "jane@example.org"),
    "name is the address": (
        b'"jane@example.org" <jane@example.org>',
        "jane at example.org",
        "jane@example.org",
    ),
    "name is another address": (b'"a@aws.com" <x@evil.org>', "a at aws.com (x at evil.org)", "x@evil.org"),
    "comment": (b"jane@example.org (Jane Doe)", "Jane Doe (jane at example.org)", "jane@example.org"),
    "nested comment": (b"j@e.org (J (D (x)) E)", "J (D (x)) E (j at e.org)", "j@e.org"),
    "comments within": (
        b"Pete <pete(his account)@silly.test(his host)>",
        "Pete (pete at silly.test)",
        "pete@silly.test",
    ),
    "several": (b"A <a@b.org>, C <c@d.org>", "A (a at b.org)", "a@b.org"),
    "group": (b"Team: A <a@b.org>, c@d.org;", "A (a at b.org)", "a@b.org"),
    "route": (b"<@relay.org,@two.org:a@b.org>", "a at b.org", "a@b.org"),
    "angle never closed": (b"Jane <jane@example.org", "Jane (jane at example.org)", "jane@example.org"),
    "quote never closed": (b'"Jane <jane@example.org>', "Jane (jane at example.org)", "jane@example.org"),
    "comment never closed": (b"j@e.org ((((", "((( (j at e.org)", "j@e.org"),
    "no angle": (b"Jane Doe jane@example.org", "Jane Doe (jane at example.org)", "jane@example.org"),
    "encoded": (b"=?utf-8?q?J=C3=BCrgen?= <j@e.org>", "Jürgen (j at e.org)", "j@e.org"),
    "encoded in quotes": (b'"=?utf-8?q?J=C3=BCrgen?=" <j@e.org>', "Jürgen (j at e.org)", "j@e.org"),
    "encoded comma": (b"=?utf-8?q?Doe=2C_Jane?= <j@e.org>", "Doe, Jane (j at e.org)", "j@e.org"),
    "encoded in two": (b"=?utf-8?b?SsO8?= =?utf-8?b?cmdlbg==?= <j@e.org>", "Jürgen (j at e.org)", "j@e.org"),
    "encoded for line ends": (b"=?utf-8?q?a=0D=0ABcc:_x?= <j@e.org>", "a Bcc: x (j at e.org)", "j@e.org"),
    "unknown charset": (b"=?x-klingon?q?Caf=E9?= <j@e.org>", "Café (j at e.org)", "j@e.org"),
    "unknown charset, UTF-8": (b"=?x-klingon?q?Caf=C3=A9?= <j@e.org>", "Café (j at e.org)", "j@e.org"),
    "charset that is no text": (b"=?hex?q?4142?= <j@e.org>", "4142 (j at e.org)", "j@e.org"),
    "charset that always fails": (b"=?undefined?q?Caf=E9?= <j@e.org>", "Café (j at e.org)", "j@e.org"),
    "broken base64": (b"=?utf-8?b?a?= <j@e.org>", "=?utf-8?b?a?= (j at e.org)", "j@e.org"),
    "raw UTF-8": ("Jürgen <j@e.org>".encode(), "Jürgen (j at e.org)", "j@e.org"),
    "raw Latin-1": ("Jürgen <j@e.org>".encode("latin-1"), "Jürgen (j at e.org)", "j@e.org"),
    "control characters": (b"J\x00a\x07ne\x7f <j@e.org>", "J a ne (j at e.org)", "j@e.org"),
    "turned text": ("gro.evil\u202egood <j@e.org>".encode(), "gro.evil good (j at e.org)", "j@e.org"),
    "emoji": ("🚀 Team <j@e.org>".encode(), "🚀 Team (j at e.org)", "j@e.org"),
    "IDN": ("Jane <jane@exämple.org>".encode(), "Jane (jane at exämple.org)", "jane@xn--exmple-cua.org"),
    "quoted local part": (
        b'"jane doe"@example.org',
        '\\"jane doe\\" at example.org',
        '"jane doe"@example.org',
    ),
    "two dots": (b"a..b@docomo.example", "a..b at docomo.example", '"a..b"@docomo.example'),
    "SMTPUTF8": ("Jane <jané@example.org>".encode(), "Jane (jané at example.org)", None),
    "no domain": (b"Jane Doe <jane>", "Jane Doe (jane)", None),
    "domain SES refuses": (b"Jane <jane@a_b.org>", "Jane (jane at a_b.org)", None),
    "no address": (b"Jane Doe", "Jane Doe (bounces at example.org)", "bounces@example.org"),
    "empty": (b"", "bounces at example.org", "bounces@example.org"),
    "only marks": (b'<>,;"":@(', "bounces at example.org", "bounces@example.org"),
}


@pytest.mark.parametrize(("written", "shown", "reply"), FROMS.values(), ids=FROMS.keys())
def test_a_from_becomes_ours_with_the_sender_in_it(written, shown, reply):
    raw = a_mail(**{"from": written})
    out = forwarded(raw)
    assert text_of(out.raw, "from") in (f'"{shown}" <{FORWARDER}>', f"{shown} <{FORWARDER}>")
    assert [mailbox.address for mailbox in replies(out.raw)] == ([reply] if reply else [])
    assert complaints_about(raw, out.raw) == []


def replies(raw: bytes) -> list[object]:
    return [mailbox for value in values(raw, "reply-to") for mailbox in mailboxes(value.decode())]


@pytest.mark.parametrize(
    "written",
    [
        b"x" * 2_000 + b" <jane@example.org>",
        b'"' + b"long name, " * 200 + b'" <jane@example.org>',
        b"=?utf-8?b?" + b"w7zDvMO8" * 300 + b"?= <jane@example.org>",
        "ü".encode() * 2_000 + b" <jane@example.org>",
        b"\r\n ".join([b"=?utf-8?q?=C3=BCber_lang?="] * 100) + b" <jane@example.org>",
        rb'"' + rb"\"" * 1_000 + rb'" <jane@example.org>',
    ],
    ids=["one word", "quoted", "one encoded word", "8-bit", "encoded words", "escaped quotes"],
)
def test_a_name_of_2000_characters_is_cut_and_its_address_is_not(written):
    raw = a_mail(**{"from": written})
    out = forwarded(raw)
    assert out.kind is Kind.FORWARD
    assert complaints_about(raw, out.raw) == []
    assert "... (jane at example.org)" in text_of(out.raw, "from")
    assert not values(out.raw, "from")[0].startswith(b"\r\n")
    assert [mailbox.address for mailbox in replies(out.raw)] == ["jane@example.org"]


LONG = "user@" + "ü" * 60 + ".example.org"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("ü" * 200 + " <jane@example.org>", " (jane at example.org)"),
        ("z\u0335\u031b\u0310" * 60 + " <jane@example.org>", " (jane at example.org)"),
        ('"' + r"\"" * 200 + '" <jane@example.org>', " (jane at example.org)"),
        (f"{'n' * 100} <{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 54}>", ""),
        (f"Jane <{LONG}>", LONG.replace("@", " at ")),
        (f"Jane <a@{'.'.join(['ü' * 40] * 6)}>", ""),
    ],
    ids=["8-bit", "accents on accents", "escaped quotes", "longest address", "IDN", "longest IDN"],
)
def test_a_name_that_ses_would_refuse_is_shortened_and_in_the_end_dropped(written, shown):
    raw = a_mail(**{"from": written.encode()})
    out = forwarded(raw)
    assert out.kind is Kind.FORWARD
    assert complaints_about(raw, out.raw) == []
    assert shown in text_of(out.raw, "from")
    assert written[:20].encode() in values(out.raw, "x-vended-from")[0]


def test_an_address_that_is_too_long_is_no_address_to_reply_to():
    raw = a_mail(**{"from": b"Jane <" + b"j" * 300 + b"@example.org>"}, reply_to=None)
    out = forwarded(raw)
    assert values(out.raw, "reply-to") == []
    assert b"j" * 300 in values(out.raw, "x-vended-from")[0].replace(b"\r\n ", b"")
    assert complaints_about(raw, out.raw) == []


def test_lines_of_ours_are_folded():
    out = forwarded(a_mail(**{"from": ("Ünïcødé Nämé " * 8 + "<jane@example.org>").encode()}))
    block = out.raw.partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in block.split(b"\r\n") if not line.startswith(b"X-Vended-From")) <= 78


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    "evil",
    [
        b"Jane%sBcc: victim@example.org",
        b'"Jane%s Bcc: x" <jane@example.org>%sX-SES-CONFIGURATION-SET: evil',
        b"=?utf-8?q?=0D=0AX-SES-SOURCE-ARN:_evil?= <a@b>%sSender: evil@example.org",
    ],
)
def test_what_follows_a_line_end_never_becomes_a_header_of_ours(evil, ending):
    raw = a_mail(**{"from": evil.replace(b"%s", ending)}, ending=ending)
    out = forwarded(raw)
    assert complaints_about(raw, out.raw) == []


@pytest.mark.parametrize(
    ("reply_to", "expected"),
    [
        (b"Help <help@example.com>", ["help@example.com"]),
        (b"a@b.org, C <c@d.org>", ["a@b.org", "c@d.org"]),
        (b"", ["jane@example.org"]),
        (b"nonsense", ["jane@example.org"]),
        ("Jané <jané@example.org>".encode(), ["jane@example.org"]),
        ("jané@example.org, ok@example.org".encode(), ["ok@example.org"]),
        (b"x@y.org\r\n , z@y.org", ["x@y.org", "z@y.org"]),
        (b", ".join(b"someone-%d@example.org" % number for number in range(50)), None),
    ],
)
def test_a_reply_goes_where_the_sender_asked_for_else_to_the_sender(reply_to, expected):
    raw = a_mail(reply_to=reply_to)
    out = forwarded(raw)
    found = [mailbox.address for mailbox in replies(out.raw)]
    assert found == expected if expected else len(found) == 20
    assert complaints_about(raw, out.raw) == []
    (kept,) = values(out.raw, "x-original-reply-to")
    assert kept.split() == reply_to.split()


def test_a_mail_without_from_shows_its_envelope_sender():
    raw = a_mail(**{"from": None})
    assert '"bounces at example.org"' in text_of(forwarded(raw).raw, "from")


def test_a_mail_without_any_sender_says_so():
    raw = a_mail(**{"from": None})
    out = forwarded(raw, envelope_from="")
    assert text_of(out.raw, "from") == f'"unknown sender" <{FORWARDER}>'
    assert values(out.raw, "reply-to") == []
    assert complaints_about(raw, out.raw) == []


def test_a_sender_stands_in_for_an_empty_from():
    out = forwarded(a_mail(**{"from": b"", "sender": b"List <list@example.org>"}))
    assert text_of(out.raw, "from") == f'"List (list at example.org)" <{FORWARDER}>'


def test_reading_hostile_addresses_takes_no_time():
    patterns = [
        "(",
        "<",
        '"',
        "a@",
        ",;:",
        "\\",
        "@",
        " ",
        "=?",
        "=?a?q?",
        "(\\",
        '"a"@',
        '"\\',
        "a<b>",
        ":",
        "a(b)",
    ]
    for pattern in patterns:
        assert isinstance(mailboxes(pattern * (64_000 // len(pattern))), list)


def test_the_original_from_is_kept_as_it_was_written():
    written = b'"Doe,\r\n\tJ\xfcrgen" (x) <a@b.org>'
    out = forwarded(a_mail(**{"from": written}))
    assert values(out.raw, "x-vended-from") == [b" " + written + b"\r\n"]


def test_a_second_from_is_kept_under_another_name():
    out = forwarded(a_mail(**{"from": [b"a@b.org", b"c@d.org"]}))
    assert values(out.raw, "x-vended-from") == [b" a@b.org\r\n"]
    assert values(out.raw, "x-original-from") == [b" c@d.org\r\n"]
    assert re.search(rb"a at b\.org", values(out.raw, "from")[0])
