"""Where headers end and the body begins, for everything that calls itself a mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_judge import headers, parts

from workflows.mail.header_block import HEADER_BLOCK_LIMIT, read_original

CASES = {
    "CRLF": (b"A: 1\r\nB: 2\r\n\r\nbody\r\n", [b"a", b"b"], b"body\r\n"),
    "LF": (b"A: 1\nB: 2\n\nbody\n", [b"a", b"b"], b"body\n"),
    "bare CR": (b"A: 1\rB: 2\r\rbody\r", [b"a", b"b"], b"body\r"),
    "mixed": (b"A: 1\r\nB: 2\n\r\nbody", [b"a", b"b"], b"body"),
    "LF then CR": (b"A: 1\n\rbody", [b"a"], b"body"),
    "CR then CRLF": (b"A: 1\r\r\nbody", [b"a"], b"body"),
    "body begins with an empty line": (b"A: 1\r\n\r\n\r\nbody", [b"a"], b"\r\nbody"),
    "folded": (b"A: 1\r\n 2\r\n\t3\r\nB: 4\r\n\r\n", [b"a", b"b"], b""),
    "blank fold": (b"A: 1\r\n \r\n 2\r\n\r\nx", [b"a"], b"x"),
    "no separator": (b"A: 1\r\nB: 2\r\n", [b"a", b"b"], b""),
    "no line end": (b"A: 1", [b"a"], b""),
    "empty": (b"", [], b""),
    "only an empty line": (b"\r\n", [], b""),
    "starts with the body": (b"\n\nbody", [], b"\nbody"),
    "mbox": (b"From jane Thu Feb 22 2007\nA: 1\n\nx", [b"", b"a"], b"x"),
    "quoted mbox": (b">From jane Thu Feb 22 2007\nA: 1\n\nx", [b"", b"a"], b"x"),
    "junk between": (b"A: 1\r\n// what?\r\nB: 2\r\n\r\nx", [b"a", b"", b"b"], b"x"),
    "junk with a fold": (b"no colon\r\n more\r\nB: 2\r\n\r\nx", [b"", b"b"], b"x"),
    "no name": (b": 1\r\n\r\nx", [b""], b"x"),
    "blank before the colon": (b"Subject : 1\r\n\r\nx", [b"subject"], b"x"),
    "blank within the name": (b"Sub ject: 1\r\n\r\nx", [b""], b"x"),
    "blank before the first name": (b" From: a@b\r\nA: 1\r\n\r\nx", [b"from", b"a"], b"x"),
    "8-bit name": (b"S\xfcbject: 1\r\n\r\nx", [b""], b"x"),
    "8-bit value": (b"Subject: \xfc\xff\r\n\r\nx", [b"subject"], b"x"),
    "NUL": (b"Subject: a\0b\r\n\0: 1\r\n\r\n\0", [b"subject", b""], b"\0"),
    "no value": (b"Subject:\r\n\r\nx", [b"subject"], b"x"),
    "not a mail": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", [b"", b"", b"", b""], b""),
}


@pytest.mark.parametrize(("raw", "names", "body"), CASES.values(), ids=CASES.keys())
def test_headers_and_body_are_told_apart(raw, names, body):
    original = read_original(raw)
    assert [field.name for field in original.fields] == names
    assert raw[original.body_at :] == body


@given(
    st.binary(max_size=200)
    | st.lists(st.sampled_from([b"A", b":", b" ", b"\r", b"\n", b"\r\n"])).map(b"".join)
)
def test_every_byte_is_in_a_field_the_separator_or_the_body(raw):
    original = read_original(raw)
    whole = b"".join(field.raw for field in original.fields) + original.separator + raw[original.body_at :]
    assert whole == raw
    assert raw[original.body_at :] == parts(raw)[1]
    assert [field.name.decode() for field in original.fields] == [name for name, _ in headers(raw)]


def test_thousands_of_headers_are_read():
    raw = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(20_000)) + b"\r\nbody"
    original = read_original(raw)
    assert len(original.fields) == 20_000
    assert raw[original.body_at :] == b"body"


@pytest.mark.parametrize(
    "value", [b"x" * 100_000, b"x y" * 40_000, b"x\r\n " * 30_000], ids=["long", "words", "folds"]
)
def test_a_header_of_100_kb_is_one_header(value):
    raw = b"A: " + value + b"\r\nB: 2\r\n\r\nbody"
    original = read_original(raw)
    assert [field.name for field in original.fields] == [b"a", b"b"]
    assert original.fields[0].raw_value == b" " + value + b"\r\n"


def test_a_header_block_without_end_is_cut_where_it_would_eat_the_memory():
    original = read_original(b"From: a@b\r\n" + b"A:\n" * HEADER_BLOCK_LIMIT)
    assert original.oversized
    assert original.first(b"from")
    assert sum(len(field.raw) for field in original.fields) <= HEADER_BLOCK_LIMIT


@pytest.mark.parametrize("shift", range(6))
def test_an_empty_line_at_the_limit_is_found_or_the_block_is_oversized(shift):
    raw = b"A: ".ljust(HEADER_BLOCK_LIMIT - shift, b"x") + b"\r\n\r\nbody"
    original = read_original(raw)
    assert original.oversized or raw[original.body_at :] == b"body"
    assert original.oversized == (shift < 3)
