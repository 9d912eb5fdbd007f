"""Decides how a mail goes on to its owner: as it is, as an attachment, or as a notice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workflows.mail.attachment import attachment_mail, attachment_mail_size
from workflows.mail.header_block import HEADER_BLOCK_LIMIT, Original
from workflows.mail.lines import LINE_LIMIT, has_long_line
from workflows.mail.notices import not_forwarded_notice
from workflows.mail.rewrite import Copy, HeaderTooLong, rewritten_head

MAIL_LIMIT = 40 * 1024 * 1024
"""Bytes of a raw message that SESv2 still sends, attachments in base64 and our headers included."""

_AROUND_ATTACHMENT = 64 * 1024  # more than headers and text ever take beside the attachment


class Kind(StrEnum):
    """How a mail goes on; each is what is left where the one before is refused."""

    FORWARD = "forward"
    ATTACHMENT = "attachment"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A complete raw mail for an owner."""

    kind: Kind
    raw: bytes
    reason: str = ""
    """Why it is not a plain forward; completes "because ..."."""


def compose(original: Original, copy: Copy, *, at_least: Kind = Kind.FORWARD, reason: str = "") -> Outgoing:
    """Make the mail that goes to an owner; the same arguments always give the same bytes.

    Args:
        original: the mail as it arrived.
        copy: whom this copy is for.
        at_least: ATTACHMENT after SES refused the forward, NOTICE after it refused the attachment.
        reason: why `at_least` is not FORWARD; completes "because ...".
    """
    if at_least is Kind.FORWARD:
        reason, head = _refusal(original, copy)
        if not reason:
            return Outgoing(Kind.FORWARD, b"".join((head, memoryview(original.raw)[original.body_at :])))
    if attachment_mail_size(original) + _AROUND_ATTACHMENT > MAIL_LIMIT:
        large = f"it is larger than the {MAIL_LIMIT // 1024**2} MB that Amazon SES sends"
        reason = reason if reason == large else f"{reason}, and as an attachment {large}" if reason else large
    elif at_least is not Kind.NOTICE:
        return Outgoing(Kind.ATTACHMENT, attachment_mail(original, copy, reason), reason)
    return Outgoing(Kind.NOTICE, not_forwarded_notice(original, copy, reason), reason)


def _refusal(original: Original, copy: Copy) -> tuple[str, bytes]:
    """Why SES would refuse the mail as a forward, or "" and the header block to forward it with."""
    if original.oversized:
        return f"its headers are longer than {HEADER_BLOCK_LIMIT // 1024**2} MiB", b""
    try:
        head = rewritten_head(original, copy)
    except HeaderTooLong as problem:
        return str(problem), b""
    if len(head) + len(original.raw) - original.body_at > MAIL_LIMIT:
        return f"it is larger than the {MAIL_LIMIT // 1024**2} MB that Amazon SES sends", b""
    if has_long_line(original.raw, original.body_at):
        return f"it has a line of more than {LINE_LIMIT} bytes, which Amazon SES refuses", b""
    return "", head
