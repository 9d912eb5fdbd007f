"""Account names and root addresses: what AWS allows, and how ours are built. Pure functions over texts."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import string
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_NAME = 50
"""Characters of an account name (Organizations API reference, CreateAccount: AccountName)."""
MAX_ADDRESS = 64
"""Characters of a root address (Organizations API reference, CreateAccount: Email)."""
MIN_ADDRESS = 6

COUNTER = "counter"
ENVIRONMENT = "Environment"
ROLE_MAILBOXES = frozenset({"abuse", "postmaster"})
"""Local parts that RFC 2142 reserves for whoever runs the domain."""

_FORBIDDEN_IN_LOCAL_PART = re.compile(r"""[\s"'()<>\[\]:;,\\|%&]""")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]+")
_COUNTER_ROOM = 5
_HASH = 8
_TOKEN_BYTES = 10  # 80 bits, 16 characters of base32


def name_problem(name: str) -> str | None:
    """What is wrong with an account name by AWS's rules, or None.

    1-50 printable ASCII characters (Organizations API reference, CreateAccount: AccountName).
    """
    if not name.strip():
        return "must not be empty"
    if not _PRINTABLE_ASCII.fullmatch(name):
        return "may have printable ASCII characters only"
    if len(name) > MAX_NAME:
        return f"has {len(name)} characters, AWS allows {MAX_NAME}"
    return None


def domain_problem(domain: str) -> str | None:
    """What is wrong with the domain of a root address by AWS's rules, or None."""
    if not _DOMAIN.fullmatch(domain) or "." not in domain or ".." in domain:
        return "must be a domain such as aws.example.com"
    return None


def address_problem(address: str) -> str | None:
    """What is wrong with a root address by AWS's rules, or None.

    Source: Organizations API reference, CreateAccount: Email.
    """
    if not MIN_ADDRESS <= len(address) <= MAX_ADDRESS:
        return f"has {len(address)} characters, AWS allows {MIN_ADDRESS} to {MAX_ADDRESS}"
    if not _PRINTABLE_ASCII.fullmatch(address):
        return "may have printable ASCII characters only"
    local_part, at, domain = address.partition("@")
    if not at or not local_part or "@" in domain:
        return "must be one address, such as team@example.com"
    if forbidden := _FORBIDDEN_IN_LOCAL_PART.search(local_part):
        return f"has {forbidden.group()!r} before the @, which AWS does not allow"
    if local_part.startswith("."):
        return "starts with a dot, which AWS does not allow"
    problem = domain_problem(domain)
    return f"after the @ it {problem}" if problem else None


@dataclass(frozen=True, slots=True)
class NameStem:
    """An account name from which only the counter is missing; `width` is None where it has none."""

    before: str
    after: str = ""
    width: int | None = None

    @property
    def counts(self) -> bool:
        """Whether the name has a counter."""
        return self.width is not None

    @property
    def counter_key(self) -> str:
        """What one counter counts: all names that differ in nothing but the counter."""
        return f"{self.before}{{{COUNTER}}}{self.after}".lower()

    def name(self, count: int = 0) -> str:
        """The account name with this counter."""
        return f"{self.before}{count:0{self.width}}{self.after}" if self.counts else self.before


def tags_of_pattern(pattern: str) -> tuple[str, ...]:
    """The tags a name pattern is built from, in order."""
    return tuple(name for _, name, _ in _parts(pattern) if name not in (None, COUNTER))


def check_name_pattern(pattern: str) -> list[str]:
    """Every problem of a name pattern, as sentences about it; an empty list if it can be used."""
    try:
        parts = _parts(pattern)
    except ValueError as error:
        return [f"is not a pattern: {error}"]
    literals = "".join(literal for literal, _, _ in parts)
    fields = [name for _, name, _ in parts if name is not None]
    problems = []
    if literals and not _PRINTABLE_ASCII.fullmatch(literals):
        problems.append("may have printable ASCII characters only")
    if "" in fields:
        problems.append("has {} without a tag's name in it")
    if not fields:
        problems.append(f"names no tag, as in {{{ENVIRONMENT}}}")
    if fields.count(COUNTER) > 1:
        problems.append("may have {counter} once only")
    problems += [
        f"has ':{spec}' after {name}; only {{counter:03}} may have a format, a zero and a width from 1 to 5"
        for _, name, spec in parts
        if spec and not (name == COUNTER and re.fullmatch(r"0[1-5]", spec))
    ]
    if len(literals) + 4 * len(fields) + _COUNTER_ROOM > MAX_NAME:
        problems.append(f"leaves too little of an account name's {MAX_NAME} characters to its tags")
    return problems


def name_stem(
    pattern: str, tags: Mapping[str, str], environments: Mapping[str, str], default_environment: str
) -> NameStem:
    """Build an account name from tags, all but its counter: lower case, at most 50 characters.

    Args:
        pattern: a pattern without problems, see `check_name_pattern`.
        tags: every tag of `tags_of_pattern`; Environment may be missing.
        environments: short forms by upper-case value of the Environment tag.
        default_environment: what stands for a missing Environment tag.
    """
    parts = _parts(pattern)
    values = [
        _value(name, tags, environments, default_environment)
        for _, name, _ in parts
        if name not in (None, COUNTER)
    ]
    widths = [int(spec or 1) for _, name, spec in parts if name == COUNTER]
    literals = sum(len(literal) for literal, _, _ in parts)
    room = MAX_NAME - literals - (max(widths[0], _COUNTER_ROOM) if widths else 0)
    if sum(map(len, values)) > room:
        values = _shorten(values, room if widths else room - _HASH - 1)
        ending = "" if widths else f"-{short_hash(repr(sorted(tags.items())))}"
    else:
        ending = ""
    rest = iter(values)
    texts = [(literal.lower(), name) for literal, name, _ in parts]
    before, after, counted = "", "", False
    for literal, name in texts:
        piece = literal + (next(rest) if name not in (None, COUNTER) else "")
        before, after = (before, after + piece) if counted else (before + piece, after)
        counted = counted or name == COUNTER
    return NameStem(before, after, widths[0]) if widths else NameStem(before + ending)


def check_address_pattern(pattern: str, domain: str) -> list[str]:
    """Every problem of an address pattern in this domain, as sentences; an empty list if it can be used."""
    try:
        parts = _parts(pattern)
    except ValueError as error:
        return [f"is not a pattern: {error}"]
    fields = [name for _, name, _ in parts if name is not None]
    literals = "".join(literal for literal, _, _ in parts)
    if len(fields) != 1 or fields[0] not in ("account_name", "token") or any(spec for *_, spec in parts):
        return ["must have either {account_name} or {token}, once"]
    if literals != literals.lower():
        return ["must be in lower case"]
    if problem := address_problem(f"{pattern.replace('{' + fields[0] + '}', 'x' * MIN_ADDRESS)}@a.example"):
        return [f"makes no root address: it {problem}"]
    needed = _TOKEN_BYTES * 8 // 5 if fields[0] == "token" else _HASH + 4
    missing = needed + len(literals) + 1 + len(domain) - MAX_ADDRESS
    if missing > 0:
        too_long = f"is {missing} characters too long for the domain {domain}"
        return [f"{too_long}: a root address has at most {MAX_ADDRESS} characters"]
    return []


def addresses(pattern: str, account_name: str, domain: str, seed: str) -> Iterator[str]:
    """Root addresses for an account, best first, without end: the caller takes the first that is free.

    Args:
        pattern: a pattern without problems, see `check_address_pattern`.
        account_name: the name the address is made from, if the pattern does.
        domain: the receiving domain.
        seed: what the hash of later candidates is made from; the same seed gives the same addresses.
    """
    attempt = 0
    while True:
        if "{token}" in pattern:
            token = base64.b32encode(secrets.token_bytes(_TOKEN_BYTES)).decode().lower()
            yield f"{pattern.replace('{token}', token)}@{domain}".lower()
            continue
        room = MAX_ADDRESS - len(f"{pattern.replace('{account_name}', '')}@{domain}")
        local_part = slug(account_name)
        fits = MIN_ADDRESS - MAX_ADDRESS + room <= len(local_part) <= room
        if attempt or not local_part or not fits:
            short = local_part[: room - _HASH - 1].rstrip("-")
            local_part = f"{short}-{short_hash(f'{seed}/{attempt}')}".lstrip("-")
        attempt += 1
        yield f"{pattern.replace('{account_name}', local_part)}@{domain}".lower()


def slug(text: str) -> str:
    """The text as `[a-z0-9-]`: accents dropped, everything else one hyphen; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def short_hash(text: str) -> str:
    """Eight characters `[a-z2-7]` (40 bits) that stand for the text."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest)[:_HASH].decode().lower()


def _parts(pattern: str) -> list[tuple[str, str | None, str]]:
    return [(literal, name, spec or "") for literal, name, spec, _ in string.Formatter().parse(pattern)]


def _value(
    name: str | None, tags: Mapping[str, str], environments: Mapping[str, str], default_environment: str
) -> str:
    text = tags.get(name or "", "")
    if name == ENVIRONMENT:
        text = environments.get(text.upper(), text) if text.strip() else default_environment
    return slug(text) or short_hash(text)


def _shorten(values: list[str], room: int) -> list[str]:
    """Cut the longest values until all fit into the room."""
    lengths = [len(value) for value in values]
    while sum(lengths) > room:
        lengths[lengths.index(max(lengths))] -= 1
    return [value[:length].rstrip("-") for value, length in zip(values, lengths, strict=True)]
