"""Wraps a mail that SES refuses as it is: a short text with the mail, byte for byte, as `original.eml`."""

from __future__ import annotations

import hashlib
import quopri
from base64 import encodebytes

from workflows.mail.header_block import Original
from workflows.mail.lines import fold_where_blank
from workflows.mail.readable import readable
from workflows.mail.rewrite import Copy, sender_fields, text_field, to_field, vended_fields
from workflows.mail.senders import original_sender

ATTACHMENT_NAME = "original.eml"

_END = b"\r\n"
_BASE64_LINE = 57  # bytes of the mail on a line of 76 characters
_BLOCK = _BASE64_LINE * 8192
_SUBJECT_LIMIT = 400


def attachment_mail_size(original: Original) -> int:
    """Bytes that the mail takes as a base64 attachment; the text and the headers around it not counted."""
    lines, rest = divmod(len(original.raw), _BASE64_LINE)
    return lines * (76 + len(_END)) + (4 * ((rest + 2) // 3) + len(_END) if rest else 0)


def attachment_mail(original: Original, copy: Copy, reason: str) -> bytes:
    """A complete mail with the original attached, its bytes intact.

    The subject is the original's, so that it is found where its reader looks for it. The attachment is
    `application/octet-stream`, because `message/rfc822` must not be base64 (RFC 2046, 5.2.1).

    Args:
        original: the mail as it arrived.
        copy: whom this copy is for.
        reason: why it is not passed on as it is; completes "because ...".
    """
    # The same mail always gives the same bytes; "=_" occurs neither in base64 nor in quoted-printable.
    boundary = b"=_vended_" + hashlib.sha256(original.raw).hexdigest()[:32].encode("ascii")
    between = b"--" + boundary
    pieces = [
        _head(original, copy, boundary),
        between,
        _END,
        text_part(_explanation(original, copy, reason)),
        _END,
        between,
        _END,
        f'Content-Type: application/octet-stream; name="{ATTACHMENT_NAME}"\r\n'.encode(),
        f'Content-Disposition: attachment; filename="{ATTACHMENT_NAME}"\r\n'.encode(),
        b"Content-Transfer-Encoding: base64\r\n\r\n",
    ]
    whole = memoryview(original.raw)
    blocks = (whole[start : start + _BLOCK] for start in range(0, len(whole), _BLOCK))
    pieces.extend(encodebytes(block).replace(b"\n", _END) for block in blocks)
    return b"".join([*pieces, _END, between, b"--", _END])


def text_part(text: str) -> bytes:
    """A text as a MIME part, or as the rest of a mail: its headers, the empty line, its lines."""
    lines = quopri.encodestring(text.encode("utf-8", "replace"))
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head + lines.replace(b"\n", _END)


def subject_of(original: Original) -> str:
    """The subject as a person reads it."""
    subject = original.first(b"subject")
    return readable(subject.raw_value, _SUBJECT_LIMIT) if subject else ""


def facts_about(original: Original, copy: Copy) -> str:
    """Who sent the mail, what about, when and how much: lines of a text for its reader."""
    date = original.first(b"date")
    lines = {
        "Sent by": original_sender(original, copy.envelope_from).shown(),
        "Subject": subject_of(original) or "(none)",
        "Date": readable(date.raw_value, 100) if date else "(none)",
        "Sent to": ", ".join(copy.addresses),
        "Size": f"{len(original.raw):,} bytes",
    }
    return "".join(f"{name + ':':9} {value}\n" for name, value in lines.items())


def _head(original: Original, copy: Copy, boundary: bytes) -> bytes:
    kind = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="%b"\r\n' % boundary
    ours = sender_fields(original, copy, _END) + vended_fields(original, copy, _END)
    return ours + to_field(copy.addresses, _END) + _subject_field(original) + kind + _END


def _subject_field(original: Original) -> bytes:
    subject = original.first(b"subject")
    if subject is None:
        return b""
    value = b" ".join(subject.raw_value.split(b"\0"))
    lines = [line for line in value.replace(b"\r", b"\n").split(b"\n") if line.strip()]
    folded = fold_where_blank(b"Subject:" + _END.join(lines) + _END, _END)
    return folded if folded is not None else text_field("Subject", subject_of(original), _END)


def _explanation(original: Original, copy: Copy, reason: str) -> str:
    return (
        f"A mail to {', '.join(copy.addresses)} is attached as {ATTACHMENT_NAME}, exactly as it arrived.\n"
        f"It could not be passed on as it is, because {reason}.\n"
        "A reply to this mail goes to the sender of the original.\n"
        "\n" + facts_about(original, copy)
    )
