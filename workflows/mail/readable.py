"""Turns the bytes of a header into text that a person can read and that is safe to print."""

from __future__ import annotations

import re
import unicodedata
from email.errors import HeaderParseError
from email.header import Header, decode_header

_READ_LIMIT = 64_000  # characters of a header that are looked at
_DECODE_LIMIT = 4_000  # characters searched for encoded words; the standard library's search is quadratic
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_BLANKS = re.compile(r"\s+")
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# They turn the text around them: "gro.rekcatta" would read as attacker.org.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PRINTABLE_ASCII = re.compile(r"[ -~]*")


def unfolded(raw: bytes) -> str:
    """A header's value on one line, its bytes read as UTF-8, else as Windows-1252, else as Latin-1."""
    return _FOLD.sub(" ", _as_text(raw)[:_READ_LIMIT]).strip()


def decoded(text: str) -> str:
    """Text with its RFC 2047 encoded words decoded; what cannot be decoded stays as it was written."""
    if "=?" not in text:
        return text
    try:
        parts = decode_header(_FOLD.sub(" ", text[:_DECODE_LIMIT]))
    except (HeaderParseError, ValueError):
        return text
    plain = "".join(_decoded_part(part, charset) for part, charset in parts)
    return plain if plain.strip() else text


def printable(text: str, limit: int) -> str:
    """Text on one line without control characters, at most `limit` characters long; a cut shows as `...`."""
    safe = "".join(" " if _is_unsafe(character) else character for character in text[: limit * 20])
    line = _BLANKS.sub(" ", safe).strip()
    return line if len(line) <= limit else line[: max(limit - 3, 0)].rstrip() + "..."[:limit]


def readable(raw: bytes, limit: int) -> str:
    """A header's raw value as a person would want to read it: unfolded, decoded, printable, cut."""
    return printable(decoded(unfolded(raw)), limit)


def is_plain(text: str) -> bool:
    """Whether text may stand in a header as it is: printable ASCII that nobody takes for an encoded word."""
    return "=?" not in text and _PRINTABLE_ASCII.fullmatch(text) is not None


def encoded(text: str, ending: str, taken: int) -> str:
    """Text as RFC 2047 encoded words of at most 75 characters, folded.

    Args:
        text: printable text.
        ending: line end of the folds.
        taken: characters already on the first line.
    """
    return Header(text, "utf-8", maxlinelen=76, header_name="x" * max(taken - 2, 1)).encode(linesep=ending)


def _as_text(raw: bytes) -> str:
    for charset in ("utf-8", "cp1252"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _decoded_part(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    if charset is None:
        return part.decode("raw-unicode-escape", "replace")  # how decode_header returns what was not encoded
    try:
        return part.decode(charset.partition("*")[0], "replace")
    except (LookupError, ValueError):  # unknown charset, or a codec that cannot replace
        return _as_text(part)


def _is_unsafe(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _UNSAFE_CATEGORIES
