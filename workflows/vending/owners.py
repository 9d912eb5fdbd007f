"""Who may own an account: the rules for an owner's address, wherever an owner enters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

MAX_OWNERS = 20
"""Addresses of one account's owner; SES takes at most 50 recipients of one mail, copies included."""

_MAX_ADDRESS = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
_MAX_LOCAL_PART = 64  # RFC 5321 4.5.3.1.1
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_BETWEEN = re.compile(r"[\s,;]+")


def addresses_in(text: str) -> list[str]:
    """The addresses in a text, separated by spaces (all that AWS allows in a tag), commas or semicolons."""
    return [one for one in _BETWEEN.split(text) if one]


def tagged_owners(
    tags: Mapping[str, object], tag: str, *, receiving_domain: str, owner_domains: Sequence[str]
) -> tuple[str, ...]:
    """The owner's addresses that a tag names, in any capitals; what may not be an owner is left out.

    People write anything into tags: what stands there is a hint, and no reason to fail.
    """
    values = [value for key, value in tags.items() if str(key).lower() == tag.lower()]
    found = [one for value in values if isinstance(value, str) for one in addresses_in(value)]
    good = [
        one
        for one in found
        if not owner_problem(one, receiving_domain=receiving_domain, owner_domains=owner_domains)
    ]
    return tuple({one.lower(): one for one in good}.values())[:MAX_OWNERS]


def owner_problem(address: str, *, receiving_domain: str, owner_domains: Sequence[str]) -> str | None:
    """What is wrong with an owner's address, or None.

    Args:
        address: a mail address, without a display name.
        receiving_domain: our own domain; an owner inside it would be sent its own mail for ever.
        owner_domains: the domains allowed, lower case; empty allows any.
    """
    local_part, at, domain = address.rpartition("@")
    if not at or len(address) > _MAX_ADDRESS or len(local_part) > _MAX_LOCAL_PART:
        return "must be a mail address, such as team@example.com"
    if not address.isascii():
        return "may have ASCII characters only, because SES delivers to no others"
    if not _LOCAL_PART.fullmatch(local_part) or not _DOMAIN.fullmatch(domain):
        return "must be a mail address, such as team@example.com"
    if domain.lower() == receiving_domain.lower():
        return f"is inside {receiving_domain}, whose mail is forwarded to owners: it would go round for ever"
    if owner_domains and domain.lower() not in owner_domains:
        return f"is outside the domains an owner may have: {', '.join(owner_domains)}"
    return None
