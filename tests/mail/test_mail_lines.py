"""SES's limit on lines: found wherever they are, folded where that changes nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.mail.lines import LINE_LIMIT, fold_anyhow, fold_short, fold_where_blank, has_long_line

PIECES = st.lists(
    st.sampled_from(
        [b"\n", b"\r", b"\r\n", b"x", b" ", b"x" * 400, b"x" * 997, b"x" * 998, b"x" * 999, b" " * 500]
    )
).map(b"".join)


def longest_line(raw: bytes) -> int:
    return max((len(line) for line in re.split(rb"\r\n|\n|\r", raw)), default=0)


@given(PIECES)
@settings(max_examples=500)
def test_a_line_is_long_from_999_bytes_on(raw):
    assert has_long_line(raw) == (longest_line(raw) > LINE_LIMIT)


@pytest.mark.parametrize("ending", [b"\r\n", b"\n", b"\r", b""])
@pytest.mark.parametrize(("length", "long"), [(998, False), (999, True)])
@pytest.mark.parametrize("before", [b"", b"\n", b"short\r\n" * 5_000, b"\r" * 3_000])
def test_the_limit_holds_for_every_line_end_and_place(before, length, long, ending):
    assert has_long_line(before + b"x" * length + ending) is long
    assert has_long_line(before + b"x" * length + ending + b"\nmore" * 900) is long


def test_what_stands_before_the_start_does_not_count():
    assert not has_long_line(b"x" * 2_000 + b"\r\nshort", 2_002)


@given(PIECES.map(lambda value: b"Name: " + re.sub(rb"(\r\n|\n|\r)(?![ \t])", rb"\1 ", value) + b"\r\n"))
@settings(max_examples=500)
def test_folding_changes_nothing_but_line_ends(field):
    folded = fold_where_blank(field, b"\r\n")
    if folded is not None:
        assert re.sub(rb"[\r\n]+", b"", folded) == re.sub(rb"[\r\n]+", b"", field)
        assert longest_line(folded) <= LINE_LIMIT
    words = re.split(rb"[ \t\r\n]+", fold_anyhow(field, b"\r\n"))
    assert b"".join(words) == b"".join(re.split(rb"[ \t\r\n]+", field))


@given(PIECES.map(lambda value: b"Name: " + re.sub(rb"(\r\n|\n|\r)(?![ \t])", rb"\1 ", value) + b"\r\n"))
@settings(max_examples=500)
def test_folding_never_starts_a_header(field):
    folded = fold_anyhow(field, b"\r\n")
    lines = folded.splitlines()
    assert longest_line(folded) <= LINE_LIMIT
    assert lines[0].startswith(b"Name:")
    assert all(line[:1] in (b" ", b"\t") for line in lines[1:])


def test_a_word_over_the_limit_is_not_folded_where_it_must_stay_whole():
    assert fold_where_blank(b"Name: " + b"x" * 999 + b"\r\n", b"\r\n") is None


def test_lines_of_ours_stay_within_78_bytes():
    folded = fold_short(b"Name: " + b"word " * 100 + b"\n", b"\n")
    assert longest_line(folded) <= 78
    assert folded.count(b"\n") > 5
