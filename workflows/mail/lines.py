"""SES's limit on the length of a line: finding lines over it, and folding header lines under it."""

from __future__ import annotations

import re
from itertools import pairwise

LINE_LIMIT = 998
"""Bytes of a line before its end (CRLF, LF or bare CR) that SES still accepts."""

_PREFERRED = 78  # RFC 5322, 2.1.1

# Leaps to where the last line within the limit should end, if lines are of the usual length, and finds its
# LF: at C speed, a third of a plain copy's time.
_USUAL_LINES = re.compile(rb"(?:(?s:.{%d})[^\n]{0,%d}+\n)*+" % (LINE_LIMIT - _PREFERRED, _PREFERRED))
_STEPS = 64  # over unusual lines before the usual are expected again
_PHYSICAL_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\n|\r)?+")
_WORD = re.compile(rb"[ \t]*+[^ \t]++(?:[ \t]++\Z)?+")
_HARD_PIECE = 900


def has_long_line(raw: bytes, start: int = 0) -> bool:
    """Whether a line of `raw`, from index `start` (a line's beginning) on, is longer than LINE_LIMIT bytes.

    Reads at C speed and copies nothing, because it runs over every body.
    """
    position = start
    while True:
        usual = _USUAL_LINES.match(raw, position)
        position = usual.end() if usual else position
        for _ in range(_STEPS):
            if len(raw) - position <= LINE_LIMIT:
                return False
            last_end = raw.rfind(b"\n", position, position + LINE_LIMIT + 1)
            if last_end < 0:
                last_end = raw.rfind(b"\r", position, position + LINE_LIMIT + 1)
            if last_end < 0:
                return True
            position = last_end + 1


def fold_where_blank(field: bytes, ending: bytes) -> bytes | None:
    """Fold a header field's overlong lines before its own blanks; its unfolded value stays the same.

    Args:
        field: a header field with its line ends.
        ending: line end of the folds.

    Returns:
        The folded field; None where a word alone is longer than SES accepts.
    """
    if not has_long_line(field):
        return field
    folded = [_fold_line(line[0], ending, LINE_LIMIT) for line in _PHYSICAL_LINE.finditer(field) if line[0]]
    whole = b"".join(folded)
    return None if has_long_line(whole) else whole


def fold_anyhow(field: bytes, ending: bytes) -> bytes:
    """Fold a header field's overlong lines before blanks, and within words that are longer than SES accepts.

    For fields that only tell a reader something: their unfolded value may gain a blank.
    """
    folded = fold_where_blank(field, ending)
    if folded is not None:
        return folded
    lines = (line[0] for line in _PHYSICAL_LINE.finditer(field) if line[0])
    return b"".join(_cut_line(line, ending) for line in lines)


def fold_short(field: bytes, ending: bytes) -> bytes:
    """Fold a one-line field of ours before its blanks to the 78 bytes that RFC 5322 prefers."""
    return fold_anyhow(_fold_line(field, ending, _PREFERRED), ending)


def _fold_line(line: bytes, ending: bytes, limit: int) -> bytes:
    text = line.rstrip(b"\r\n")
    if len(text) <= limit:
        return line
    pieces: list[bytes] = []
    length = 0
    for word in _WORD.findall(text) or [text]:
        # The first word is the name (or a fold's own blank): a fold before it would start an empty line.
        if pieces and length + len(word) > limit:
            pieces.append(ending)
            length = 0
        pieces.append(word)
        length += len(word)
    return b"".join(pieces) + line[len(text) :]


def _cut_line(line: bytes, ending: bytes) -> bytes:
    text = line.rstrip(b"\r\n")
    if len(text) <= LINE_LIMIT:
        return line
    words = text.strip(b" \t")
    cuts = [*range(0, len(words), _HARD_PIECE), len(words)]
    # A piece of nothing but blanks would read as an empty line to some; the blanks carry nothing here.
    kept = [piece for start, stop in pairwise(cuts) if (piece := words[start:stop]).strip(b" \t")]
    # A folded line has to stay one: without its blank it would start a header of its own.
    lead = b" " if text[:1] in (b" ", b"\t") else b""
    return lead + (ending + b" ").join(kept) + line[len(text) :] if kept else b""
