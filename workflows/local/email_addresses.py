"""What SES checks of the addresses in the headers of a raw mail; the words are JavaMail's, which it uses."""

# Written from what SES was seen to answer and not shared with workflows.mail: a mistake there must show here.

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workflows.local.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

_CHECKED = ("from", "sender", "return-path", "reply-to", "to", "cc", "bcc")
_MAILBOX_AT_MOST = 320
_LINE_END = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"?|\((?:\\.|[^)\\])*\)?|<[^>]*>?|,|[^",(<]+', re.DOTALL)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_ILLEGAL = re.compile(r'[()<>,;:\\"\[\]@]')
_DOMAIN_ILLEGAL = re.compile(r"[^A-Za-z0-9.-]")


def check_addresses(headers: Message) -> None:
    """Refuse a mail for an address in its headers.

    Raises:
        Refusal: BadRequestException: a header is empty, a mailbox in it has no address that SES can read, or
            more than 320 characters, name included (seen in zulip/zulip#17558).
    """
    for name, value in headers.raw_items():
        if name.lower() not in _CHECKED:
            continue
        found = list(_mailboxes(_LINE_END.sub("", value)))
        if not found:
            raise _bad(f"Empty required header '{name}'.")
        for mailbox in found:
            if problem := _problem(_address(mailbox)):
                raise _bad(problem)
            if len(mailbox) > _MAILBOX_AT_MOST:
                raise _bad(f"Address length is more than {_MAILBOX_AT_MOST} bytes long: '{mailbox}'.")


def _mailboxes(value: str) -> Iterator[str]:
    """The texts between commas; a group is no mailbox, and its text no address."""
    text = ""
    for piece in [*_TOKEN.findall(value), ","]:
        if piece != ",":
            text += piece
        elif text.strip():
            yield text.strip()
            text = ""


def _address(mailbox: str) -> str:
    pieces: list[str] = _TOKEN.findall(mailbox)
    angles = [piece for piece in pieces if piece.startswith("<")]
    if angles:
        return angles[0].strip("<>")
    return "".join(piece for piece in pieces if not piece.startswith("(")).strip()


def _problem(address: str) -> str:
    local, at, domain = address.rpartition("@")
    problems = {
        "Missing final '@domain'": not at,
        "Missing local name": not local,
        "Missing domain": not domain,
        "Local address contains control or whitespace": _is_odd(local) and not _QUOTED.fullmatch(local),
        "Local address contains illegal character": _ILLEGAL.search(local) and not _QUOTED.fullmatch(local),
        "Local address starts or ends with dot, or contains dot-dot": _has_odd_dots(local),
        "Domain contains control or whitespace": _is_odd(domain),
        "Domain contains illegal character": _DOMAIN_ILLEGAL.search(domain),
        "Domain starts or ends with dot, or contains dot-dot": _has_odd_dots(domain),
    }
    return next((words for words, holds in problems.items() if holds), "")


def _is_odd(text: str) -> bool:
    return any(not "!" <= one <= "~" for one in text)


def _has_odd_dots(text: str) -> bool:
    return text.startswith(".") or text.endswith(".") or (".." in text and not _QUOTED.fullmatch(text))


def _bad(message: str) -> Refusal:
    return Refusal("BadRequestException", message)
