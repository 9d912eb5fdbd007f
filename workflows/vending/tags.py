"""The tags of an account by AWS's rules."""

from __future__ import annotations

import unicodedata

from workflows.vending.fields import Fields, kind, printable

MAX_TAGS = 50
"""Tags of one account (Organizations quotas)."""

_MAX_KEY = 128
_MAX_VALUE = 256
_SIGNS = "_.:/=+-@ "


def read_tags(fields: Fields, key: str) -> dict[str, str]:
    """Read the tags under a key and note every problem; one bad tag would fail the whole creation at AWS.

    Rules (Organizations API reference, data type Tag; "Tag naming limits and requirements"): letters, digits,
    spaces and `_ . : / = + - @`; no key starts with `aws:`.
    """
    value = fields.raw(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        fields.add(key, f'must be an object such as {{"Team": "payments"}}, not {kind(value)}')
        return {}
    if len(value) > MAX_TAGS:
        fields.add(key, f"has {len(value)} tags, AWS allows {MAX_TAGS}")
    good = {}
    for name, text in value.items():
        problem = tag_problem(name, text)
        if problem:
            fields.add(f"{key}.{printable(name)}", problem)
        else:
            good[name] = text
    return good


def tag_problem(name: str, value: object) -> str | None:
    """What AWS would refuse a tag for, or None."""
    if not isinstance(value, str):
        return f"must be a text, not {kind(value)}"
    if not 1 <= len(name) <= _MAX_KEY:
        return f"its key must have 1 to {_MAX_KEY} characters"
    if name.lower().startswith("aws:"):
        return "its key starts with aws:, which AWS keeps for itself"
    if len(value) > _MAX_VALUE:
        return f"has {len(value)} characters, AWS allows {_MAX_VALUE}"
    for what, text in (("its key", name), ("its value", value)):
        if bad := next((one for one in text if not _allowed(one)), None):
            return f"{what} has {bad!a}; AWS allows letters, digits, spaces and {_SIGNS.strip()}"
    return None


def _allowed(character: str) -> bool:
    return character in _SIGNS or unicodedata.category(character)[0] in "LN"
