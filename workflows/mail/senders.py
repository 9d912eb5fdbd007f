"""Reads the people named in From, Sender and Reply-To, however badly they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from workflows.mail.addresses import ADDRESS_LIMIT
from workflows.mail.header_block import Original
from workflows.mail.readable import decoded, printable, unfolded

NAME_LIMIT = 100
"""Characters of a name that are shown."""

_MOST_MAILBOXES = 20
_MOST_WORDS = 200  # quoted strings, comments and texts of one mailbox
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
# Encoded words are one token: many hold a comma or a colon that should have been encoded.
_TOKEN = re.compile(
    r"""<[^>]*+>?|[(,;:"]|=\?[^?\s]*+\?[bq]\?[^?<>"@]*+\?=|(?:(?!=\?)[^"<(,;:]|=)(?:(?!=\?)[^"<(,;:])*+""",
    re.DOTALL | re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^()]*+\)")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


class Mailbox(NamedTuple):
    """A person in a header: what they are called and where they are reached; either may be empty."""

    name: str
    """Decoded, printable, at most NAME_LIMIT characters."""
    address: str
    """As written, not necessarily valid."""

    def shown(self, most: int = NAME_LIMIT) -> str:
        """`Name (user at host)`: readable, and nothing a mail client takes for an address.

        Args:
            most: characters of the name; 0 leaves it out.
        """
        address = printable(self.address, ADDRESS_LIMIT).replace("@", " at ")
        name = "" if self.name.lower() == self.address.lower() else printable(self.name, most)
        name = name.replace("@", " at ")
        if name and address:
            return f"{name} ({address})"
        return name or address or "unknown sender"


def original_sender(original: Original, envelope_from: str) -> Mailbox:
    """Who wrote the mail: the first address of From, else of Sender, else the envelope's; at least a name."""
    found = [*mailboxes_of(original, b"from"), *mailboxes_of(original, b"sender")]
    named = next((mailbox for mailbox in found if mailbox.address), None)
    if named is None and envelope_from:
        return Mailbox(found[0].name if found else "", envelope_from)
    return named or (found[0] if found else Mailbox("", ""))


def mailboxes_of(original: Original, name: bytes) -> list[Mailbox]:
    """The mailboxes in the first header of that (lower-case) name."""
    field = original.first(name)
    return mailboxes(unfolded(field.raw_value)) if field else []


def mailboxes(text: str) -> list[Mailbox]:
    """The mailboxes of an address header, groups opened up; never raises, whatever the text.

    Not `email.utils`: it recurses into nested comments until Python's limit, and gives up on much that a
    person still reads (unquoted commas and dots, addresses outside angle brackets).
    """
    found: list[Mailbox] = []
    parts: list[str] = []
    for word in _words(text):
        complete = any(map(_has_address, parts))
        if word == ";" or (word == "," and complete):
            found.extend(_read_mailbox(parts))
            parts = []
        elif word == ":" and not complete:
            parts = []  # the name of a group
        elif word != '"':
            parts.append(word)
        if len(found) >= _MOST_MAILBOXES or len(parts) > _MOST_WORDS:
            break
    found.extend(_read_mailbox(parts))
    return found[:_MOST_MAILBOXES]


def _words(text: str) -> Iterator[str]:
    """Quoted strings, comments, `<...>`, separators, and the text between them, in order."""
    position = 0
    may_quote = True
    while position < len(text):
        quoted = _QUOTED.match(text, position) if may_quote and text[position] == '"' else None
        if text[position] == '"' and quoted is None:
            may_quote = False  # where one has no end, none after it has
        token = quoted or _TOKEN.match(text, position)
        word = token[0] if token else text[position]
        if word == "(":
            word = text[position : _end_of_comment(text, position + 1)]
        position += len(word)
        yield word


def _end_of_comment(text: str, position: int) -> int:
    depth = 1
    for mark in _COMMENT_MARK.finditer(text, position):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth == 0:
            return mark.end()
    return len(text)


def _has_address(part: str) -> bool:
    return part.startswith("<") or ("@" in part and not part.startswith(('"', "(")))


def _read_mailbox(parts: list[str]) -> list[Mailbox]:
    angles = [_COMMENT.sub("", part.strip("<>")).strip() for part in parts if part.startswith("<")]
    comments = [part[1:].removesuffix(")") for part in parts if part.startswith("(")]
    words = [part for part in parts if not part.startswith(("<", "("))]
    if angles:
        address = next((angle for angle in angles if "@" in angle), angles[0])
    else:
        address = _bare_address(words)
        words = ["".join(words).replace(address, " ", 1)] if address else words
    name = _phrase(words) or _phrase(comments)
    address = address.rpartition(":")[2] if address.startswith("@") else address  # <@relay,@relay:user@host>
    address = address if address.startswith('"') else "".join(address.split())
    address = address if any(map(str.isalnum, address)) else ""
    return [Mailbox(name, address)] if name or address else []


def _bare_address(words: list[str]) -> str:
    for before, word in pairwise(words):
        if before.startswith('"') and word.startswith("@"):
            return before + word.split()[0]
    plain = (word for part in words if not part.startswith('"') for word in part.split())
    quoted = (word for part in words if part.startswith('"') for word in _unquoted(part).split())
    return next((word for word in (*plain, *quoted) if "@" in word), "")


def _phrase(words: list[str]) -> str:
    plain = [_unquoted(word) if word.startswith('"') else word for word in words]
    return printable(decoded("".join(plain)).strip(" ,"), NAME_LIMIT)


def _unquoted(text: str) -> str:
    inner = text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:]
    return _QUOTED_PAIR.sub(r"\1", inner)
