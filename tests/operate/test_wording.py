"""Durations, times and answers in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.operate.wording import duration, in_short, moment, times


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (185, "3 min 5 s"),
        (3600, "1 h 0 min"),
        (86_399, "23 h 59 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_duration_has_the_units_that_matter(seconds, words):
    assert duration(timedelta(seconds=seconds)) == words


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_every_duration_has_words(span):
    assert duration(span).endswith((" s", " min", " h"))


def test_a_time_of_another_day_has_its_date():
    now = datetime(2026, 5, 11, 12, tzinfo=UTC)
    assert "-" not in moment(now, now)
    assert "-" in moment(now - timedelta(days=2), now)


def test_counts_are_words_while_they_are_small():
    assert [times(count) for count in (1, 2, 3)] == ["once", "twice", "3 times"]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"answer": "PENDING", "accountId": "111122223333"}, "PENDING"),
        ({"address": "p@aws.example.com", "accountName": "payments"}, "p@aws.example.com"),
        ({"account": {"id": "111122223333"}, "requestId": "r-1"}, "111122223333"),
        ({"moved": True}, ""),
        (None, ""),
        (True, ""),
        ("text", "text"),
        ("x" * 90, "x" * 79 + "…"),
    ],
)
def test_an_answer_in_short_is_what_matters_of_it(result, words):
    assert in_short(result) == words
