"""What is wrong with a request, field by field."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST_MESSAGE = 20_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a request: the field as written in the request, and what is wrong with it."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def in_one_message(problems: Sequence[Problem]) -> str:
    """All problems in one message; Step Functions keeps 32,768 characters of an error's cause."""
    texts = [str(problem) for problem in problems]
    ends = itertools.accumulate(map(len, texts))
    shown = max(1, sum(1 for _ in itertools.takewhile(lambda end: end <= _LONGEST_MESSAGE, ends)))
    more = len(texts) - shown
    text = "; ".join(texts[:shown])[:_LONGEST_MESSAGE] + (f"; and {more} more" if more else "")
    return text if text.endswith("?") else f"{text}."
