"""What SES checks before it sends: headers at most once, line length, size, recipients, verified senders."""

# Written from SES's documentation and not shared with workflows.mail: a mistake there must show here.

from __future__ import annotations

import re
from collections import Counter
from email import policy
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import TYPE_CHECKING

from workflows.local.email_addresses import check_addresses
from workflows.local.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message

BYTES_AT_MOST = 40 * 1024 * 1024
_RECIPIENTS_AT_MOST = 50
_LONG_LINE = re.compile(rb"[^\r\n]{999}")
_END_OF_HEADERS = re.compile(rb"(\r?\n)\r?\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_FROM = re.compile(
    rb"(\A|[\r\n])From[ \t]*:[^\r\n]*(?:\r\n|\n|\r)?(?:[ \t][^\r\n]*(?:\r\n|\n|\r)?)*", re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)

_AT_MOST_ONCE = frozenset(
    name.lower()
    for name in (
        *("Accept-Language", "acceptLanguage", "Archived-At", "Auto-Submitted", "Bounces-to", "Comments"),
        *("Content-Alternative", "Content-Base", "Content-Class", "Content-Description"),
        *("Content-Disposition", "Content-Duration", "Content-ID", "Content-Language", "Content-Length"),
        *("Content-Location", "Content-MD5", "Content-Transfer-Encoding", "Content-Type", "Date"),
        *("Delivered-To", "Disposition-Notification-Options", "Disposition-Notification-To"),
        *("DKIM-Signature", "DomainKey-Signature", "Errors-To", "From", "Importance", "In-Reply-To"),
        *("Keywords", "List-Archive", "List-Help", "List-Id", "List-Owner", "List-Post"),
        *("List-Subscribe", "List-Unsubscribe", "List-Unsubscribe-Post", "Message-Context", "Message-ID"),
        *("MIME-Version", "Organization", "Original-From", "Original-Message-ID", "Original-Recipient"),
        *("Original-Subject", "Precedence", "Priority", "References", "Reply-To", "Return-Path"),
        *("Return-Receipt-To", "Sender", "Sensitivity", "Solicitation", "Subject", "Thread-Index"),
        *("Thread-Topic", "User-Agent", "VBR-Info"),
    )
)


def read_headers(raw: bytes) -> Message:
    """The header block of a mail, after the checks SES makes of the whole.

    Raises:
        Refusal: BadRequestException, saying which rule the mail breaks.
    """
    if len(raw) > BYTES_AT_MOST:
        raise _bad(f"Message length is more than {BYTES_AT_MOST} bytes long: '{len(raw)}'.")
    if _LONG_LINE.search(raw):
        raise _bad("Transaction failed: a line of the message is longer than 998 bytes.")
    headers = _parsed(raw)
    seen = Counter(name.lower() for name in headers)
    for name in headers:
        if seen[name.lower()] > 1 and name.lower() in _AT_MOST_ONCE:
            raise _bad(f"Duplicate header '{name}'.")
    if "from" not in seen:
        raise _bad("Missing required header 'From'.")
    check_addresses(headers)
    return headers


def with_from(raw: bytes, sender: str) -> bytes:
    """The mail as SESv2 sends it when `FromEmailAddress` is given beside it: that takes the place of From.

    A display name in the mail is lost (seen in laravel/framework#37881 and aws/aws-sdk-rails#98).
    """
    head = _header_block(raw)
    line = b"From: " + sender.encode("utf-8") + b"\r\n"
    replaced, found = _FROM.subn(lambda match: match[1] + line, head, count=1)
    return (replaced if found else line + head) + raw[len(head) :]


def from_address(raw: bytes) -> str:
    """The address in From: what IAM's condition key `ses:FromAddress` is compared with; empty without one."""
    return next(iter(_addresses(_parsed(raw), ("From",))), "")


def configuration_set_of(headers: Message) -> str:
    """The configuration set that a raw mail itself asks for: SES obeys such headers."""
    return str(headers.get("X-SES-CONFIGURATION-SET", "")).strip()


def senders(headers: Message) -> list[str]:
    """The addresses in From, Sender and Return-Path; each must be verified."""
    return _addresses(headers, ("From", "Sender", "Return-Path"))


def recipients_of_headers(headers: Message) -> list[str]:
    """The addresses in To, Cc and Bcc: where a raw mail goes that is sent without a Destination."""
    return _addresses(headers, ("To", "Cc", "Bcc"))


def check_recipients(recipients: Iterable[str]) -> None:
    """Refuse what SES cannot send to.

    Raises:
        Refusal: BadRequestException: none, more than 50, or one that is not `local@domain` in ASCII.
    """
    listed = list(recipients)
    if not listed:
        raise _bad("There are no destinations to send to.")
    if len(listed) > _RECIPIENTS_AT_MOST:
        raise _bad(f"Recipient count exceeds {_RECIPIENTS_AT_MOST}.")
    for recipient in listed:
        if not recipient.isascii():
            raise _bad("Local address contains non-ASCII characters: encode the domain in Punycode.")
        if "@" not in recipient:
            raise _bad("Missing final '@domain'")
        if not _ADDRESS.fullmatch(recipient):
            raise _bad(f"Illegal address: '{recipient}'.")


def check_verified(addresses: Iterable[str], identities: Iterable[str], region: str) -> None:
    """Refuse addresses without a verified identity (the address, its domain, or a parent domain).

    Raises:
        Refusal: MessageRejected, in SES's words.
    """
    known = {identity.lower() for identity in identities}
    failed = [address for address in dict.fromkeys(addresses) if not _is_covered(address.lower(), known)]
    if failed:
        message = (
            "Email address is not verified. The following identities failed the check in region "
            f"{region.upper()}: {', '.join(failed)}"
        )
        raise Refusal("MessageRejected", message)


def bare(address: str) -> str:
    """`user@host` of `Name <user@host>`; the text itself where there is no address in it."""
    return getaddresses([address])[0][1] or address


def _is_covered(address: str, known: set[str]) -> bool:
    domain = address.rpartition("@")[2]
    labels = domain.split(".")
    parents = {".".join(labels[start:]) for start in range(len(labels))}
    return address in known or bool(parents & known)


def _parsed(raw: bytes) -> Message:
    """The headers as RFC 5322 has them, to which a bare CR ends no line; the library takes it for an end."""
    block = _BARE_CR.sub(b" ", _header_block(raw))
    return BytesHeaderParser(policy=policy.compat32).parsebytes(block)


def _header_block(raw: bytes) -> bytes:
    end = _END_OF_HEADERS.search(raw)
    return raw if end is None else raw[: end.end(1)]


def _addresses(headers: Message, names: tuple[str, ...]) -> list[str]:
    values = [str(value) for name in names for value in headers.get_all(name, [])]
    return [address for _, address in getaddresses(values) if address]


def _bad(message: str) -> Refusal:
    return Refusal("BadRequestException", message)
