"""Finds the header fields of a raw mail and where its body begins, without touching the body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

HEADER_BLOCK_LIMIT = 1024 * 1024
"""Bytes of header block that are read as headers; no honest mail comes near, and each field costs memory."""

_LINE_END = rb"(?:\r\n|\n|\r)"
# "\r" must not match half of a CRLF, or "A: b\r\nC: d" would hold an empty line.
_EMPTY_LINE = re.compile(rb"(?:\A|\r\n|\n|\r(?!\n))(\r\n|\n|\r)")
_LOGICAL_LINE = re.compile(rb"[^\r\n]*+%b?+(?:[ \t][^\r\n]*+%b?+)*+" % (_LINE_END, _LINE_END))
# Spaces before the colon are obsolete syntax; spaces before the name occur on a mail's first line only.
_FIELD_NAME = re.compile(rb"[ \t]*([!-9;-~]+)[ \t]*:")
_FIRST_LINE_END = re.compile(_LINE_END)

BARE_CR = re.compile(rb"\r(?!\n)")
"""A line end to us and, it seems, to SES, but not to RFC 5322 (2.2)."""


class Field(NamedTuple):
    """One header field, or a line of the header block that is none."""

    name: bytes
    """Name in lower case; empty for a junk line (mbox `From ` line, text without a colon)."""
    raw: bytes
    """Every byte of it: name, folded lines, line ends."""
    value_at: int
    """Where in `raw` the value begins, just after the colon; 0 for a junk line."""

    @property
    def written_name(self) -> bytes:
        """The name as the sender wrote it; empty for a junk line."""
        return self.raw[: max(self.value_at - 1, 0)].strip(b" \t")

    @property
    def raw_value(self) -> bytes:
        """Everything after the colon, line ends included; a junk line whole."""
        return self.raw[self.value_at :]


@dataclass(frozen=True, slots=True)
class Original:
    """A mail as it arrived: its bytes, its header fields, and where its body begins."""

    raw: bytes
    fields: tuple[Field, ...]
    separator: bytes
    """The line end that makes the empty line between headers and body; empty when there is no such line."""
    body_at: int
    """Index in `raw` of the first byte of the body; `len(raw)` without a separator."""
    ending: bytes
    """What lines added to its header block end with: the message's own line end, but no bare CR."""
    oversized: bool = False
    """The header block is longer than HEADER_BLOCK_LIMIT: `fields` is its beginning, and there is no body."""

    @property
    def has_bare_cr(self) -> bool:
        """Whether a line of the header block ends at a CR alone: to other readers it does not end there."""
        return BARE_CR.search(self.raw, 0, self.body_at) is not None

    def all(self, name: bytes) -> list[Field]:
        """Every field of that (lower-case) name, in order."""
        return [field for field in self.fields if field.name == name]

    def first(self, name: bytes) -> Field | None:
        """The first field of that (lower-case) name."""
        return next((field for field in self.fields if field.name == name), None)


def read_original(raw: bytes) -> Original:
    """Split a raw mail into header fields and body.

    A line ends at CRLF, LF or bare CR, as for SES. The header block ends at the first empty line, whatever
    stands before it: a line that is no header becomes a `Field` without name, so that no byte is lost. The
    body is neither copied nor read.

    Args:
        raw: any bytes at all; never raises.
    """
    found = _EMPTY_LINE.search(raw, 0, HEADER_BLOCK_LIMIT)
    if found:
        block, separator, body_at = raw[: found.start(1)], found[1], found.end(1)
        if separator == b"\r" and raw[body_at : body_at + 1] == b"\n":
            separator, body_at = b"\r\n", body_at + 1  # the limit cut a CRLF in two
    else:
        block, separator, body_at = raw[:HEADER_BLOCK_LIMIT], b"", len(raw)
    return Original(
        raw=raw,
        fields=tuple(_read_field(line[0]) for line in _LOGICAL_LINE.finditer(block) if line[0]),
        separator=separator,
        body_at=body_at,
        ending=BARE_CR.sub(b"\r\n", separator or _first_line_end(block)),
        oversized=not found and len(raw) > HEADER_BLOCK_LIMIT,
    )


def _read_field(raw: bytes) -> Field:
    name = _FIELD_NAME.match(raw)
    return Field(name[1].lower(), raw, name.end()) if name else Field(b"", raw, 0)


def _first_line_end(block: bytes) -> bytes:
    found = _FIRST_LINE_END.search(block)
    return found[0] if found else b"\r\n"
