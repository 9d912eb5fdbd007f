"""What becomes of each header of an inbound mail: kept, dropped, or kept for its reader under a new name."""

from __future__ import annotations

from enum import Enum, auto

from workflows.mail.addresses import taken_by_ses
from workflows.mail.header_block import Field

LOOP_MARKER = b"x-vended-loop"
"""Lower-case name of the header by which a mail that we sent is known when it comes back."""

_ONCE = """
Accept-Language acceptLanguage Archived-At Auto-Submitted Bounces-to Comments Content-Alternative
Content-Base Content-Class Content-Description Content-Disposition Content-Duration Content-ID
Content-Language Content-Length Content-Location Content-MD5 Content-Transfer-Encoding Content-Type Date
Delivered-To Disposition-Notification-Options Disposition-Notification-To DKIM-Signature
DomainKey-Signature Errors-To From Importance In-Reply-To Keywords List-Archive List-Help List-Id
List-Owner List-Post List-Subscribe List-Unsubscribe List-Unsubscribe-Post Message-Context Message-ID
MIME-Version Organization Original-From Original-Message-ID Original-Recipient Original-Subject Precedence
Priority References Reply-To Return-Path Return-Receipt-To Sender Sensitivity Solicitation Subject
Thread-Index Thread-Topic User-Agent VBR-Info
"""
ALLOWED_ONCE = frozenset(_ONCE.lower().encode().split())
"""Headers that SES accepts at most once, lower case ("Amazon SES header fields", Developer Guide)."""

_SIGNATURES = frozenset({b"dkim-signature", b"domainkey-signature"})
_DROPPED_PREFIXES = (b"x-ses-", b"arc-")
_RENAMED = frozenset(
    {
        b"authentication-results",
        b"received-spf",
        b"reply-to",
        b"sender",
        b"return-path",
        b"bcc",
        b"resent-bcc",
    }
)
_RECIPIENTS = frozenset({b"to", b"cc"})
_OURS = b"x-vended-"


class Fate(Enum):
    """What becomes of a header."""

    KEPT = auto()
    """Byte for byte."""
    DROPPED = auto()
    """A signature that our From breaks (DKIM, DomainKeys, ARC), or a command to SES (`X-SES-*`)."""
    SENDER = auto()
    """The From: ours takes its place, and this one goes on as `X-Vended-From`."""
    RENAMED = auto()
    """`X-Original-<Name>`: a reader may want to see it, but SES refuses it (Sender and Return-Path must be
    our identities, once-only headers must not come twice, To and Cc must be addresses that it can read),
    mail programs act on it (Bcc, Reply-To), or it may be a stranger's invention (Authentication-Results,
    Received-SPF)."""
    QUOTED = auto()
    """`X-Vended-Line: <the whole line>`: no header at all, or one that claims to be ours."""


def fate_of(header: Field, seen: set[bytes]) -> Fate:
    """Decide one header.

    Args:
        header: the header, or a line that is none.
        seen: lower-case names of the headers before it.
    """
    name = header.name
    if name in _SIGNATURES or name.startswith(_DROPPED_PREFIXES):
        return Fate.DROPPED
    # Other installations' loop markers have to survive, or a loop through two of them never ends.
    if not name or (name.startswith(_OURS) and name != LOOP_MARKER):
        return Fate.QUOTED
    if name == b"from":
        return Fate.RENAMED if name in seen else Fate.SENDER
    if name in _RENAMED or (name in ALLOWED_ONCE and name in seen):
        return Fate.RENAMED
    return Fate.RENAMED if name in _RECIPIENTS and not taken_by_ses(header.raw_value) else Fate.KEPT
