"""What SES tells about a mail besides its body: headers as lists, and the common ones by name."""

from __future__ import annotations

import datetime as dt
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any

_HEADERS_AT_MOST = 10_240
"""Bytes of headers in a notification; SES leaves out the rest."""
_HEADER_BLOCK = 200_000


def headers_of(raw: bytes) -> dict[str, Any]:
    """`headers`, `headersTruncated` and `commonHeaders` of a notification (SES Developer Guide)."""
    parsed = _parsed(raw)
    listed, size = [], 0
    for name, value in parsed.items():
        text = _readable(value)
        size += len(name) + len(text)
        if size > _HEADERS_AT_MOST:
            break
        listed.append({"name": name, "value": text})
    return {
        "headersTruncated": size > _HEADERS_AT_MOST,
        "headers": listed,
        "commonHeaders": _common(parsed),
    }


def addressed_to(raw: bytes) -> list[str]:
    """The addresses in To and Cc: SES's `destination`, which is not the envelope."""
    parsed = _parsed(raw)
    values = [str(value) for name in ("To", "Cc") for value in parsed.get_all(name, [])]
    return [address for _, address in getaddresses(values) if address][:100]


def iso(moment: dt.datetime) -> str:
    """A time as SES writes it."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parsed(raw: bytes) -> Message:
    return BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:_HEADER_BLOCK])


def _common(parsed: Message) -> dict[str, Any]:
    common: dict[str, Any] = {}
    for name, header in (("returnPath", "Return-Path"), ("date", "Date"), ("messageId", "Message-ID")):
        if header in parsed:
            common[name] = _readable(parsed[header])[:1000]
    for name in ("from", "to", "cc"):
        if name in parsed:
            common[name] = [_readable(parsed[name])[:1000]]
    if "subject" in parsed:
        common["subject"] = _decoded(parsed["subject"])[:1000]
    return common


def _readable(value: Any) -> str:
    """A header's value on one line, odd bytes replaced."""
    text = str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(text.replace("\0", "").splitlines())


def _decoded(value: Any) -> str:
    text = _readable(value)
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, ValueError, LookupError):
        return text
