"""Which addresses SES takes in the headers of a mail: for one that it cannot read it refuses the mail."""

from __future__ import annotations

import re
from collections.abc import Iterable

MAILBOX_LIMIT = 320
"""Characters of `name <address>`, encoded, that SES takes (not documented; seen in zulip/zulip#17558)."""

ADDRESS_LIMIT = 254
"""Characters of an address; no valid one is longer (RFC 5321, 4.5.3.1.3)."""

_LOCAL_LIMIT = 64
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_LOCAL = rf'{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*"'
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_VALID_LOCAL = re.compile(_LOCAL, re.ASCII)
_VALID_DOMAIN = re.compile(_DOMAIN)
_PLAIN = re.compile(rf"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@{_DOMAIN}")

# A mailbox as plain as they mostly are, up to the next comma. SES splits at any comma that is not quoted, and
# takes no group (`undisclosed-recipients:;`) for an address.
_BLANK = r"[ \t\r\n]*+"
_ADDRESS = rf"(?:{_LOCAL})@{_DOMAIN}"
_PHRASE = rf'(?:(?:"(?:[^"\\\0]|\\[^\0])*+"|[^"<>()@,:;\[\]\\\0-\x20\x7f]++){_BLANK})*+'
_MAILBOX = re.compile(
    rf"{_BLANK}((?:{_PHRASE}<{_ADDRESS}>|{_ADDRESS})(?:{_BLANK}\([^()\\]*+\))?){_BLANK}(?:,|\Z)".encode()
)


def taken_by_ses(value: bytes) -> bool:
    """Whether SES certainly takes the raw value of a To or Cc, which the envelope does not depend on.

    It refuses a mail whose To is empty, or where a mailbox has no `user@host`, anything but ASCII in its
    address, or is too long: "Missing final '@domain'" (seen in anymail/django-anymail#281).
    """
    position, more = 0, True
    while more:
        mailbox = _MAILBOX.match(value, position)
        if mailbox is None or len(mailbox[1]) > MAILBOX_LIMIT:
            return False
        position, more = mailbox.end(), mailbox[0].endswith(b",")
    return True


def whole_addresses(addresses: Iterable[str], limit: int) -> str:
    """Those that SES takes, as many as fit: a list that is cut would end in half an address."""
    fitting = ""
    for address in filter(None, map(as_ses_takes_it, addresses)):
        longer = f"{fitting}, {address}" if fitting else address
        if len(longer) <= limit:
            fitting = longer
    return fitting


def as_ses_takes_it(address: str) -> str | None:
    """An address in ASCII, domain in Punycode; None where that cannot be."""
    local, _, domain = address.rpartition("@")
    try:
        host = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not local or not local.isascii() or not _VALID_DOMAIN.fullmatch(host):
        return None
    if not _VALID_LOCAL.fullmatch(local):
        local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'  # a..b@host exists, and is valid in quotes
    fits = len(local) <= _LOCAL_LIMIT and len(local) + len(host) < ADDRESS_LIMIT
    return f"{local}@{host}" if fits and _VALID_LOCAL.fullmatch(local) else None


def is_plain_address(address: str) -> bool:
    """Whether an address has nothing about it that anybody could refuse."""
    return _PLAIN.fullmatch(address) is not None and len(address) <= ADDRESS_LIMIT
