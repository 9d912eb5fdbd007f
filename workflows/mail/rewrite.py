"""Rewrites the headers of an inbound mail: SES sends it as ours, and its reader still sees whose it was.

All of the sender's headers are kept byte for byte except those named in `header_rules`. Of a header that
SES takes only once the first stays, and further ones go on as `X-Original-<Name>`, so that nothing is lost.
Blanks before a name's colon go, because mail programs do not accept them. A bare CR becomes CRLF, because
not every reader takes it for a line end: all are to see the headers that we see, and the body where we do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from workflows.mail.addresses import MAILBOX_LIMIT, as_ses_takes_it, is_plain_address, whole_addresses
from workflows.mail.header_block import BARE_CR, Field, Original
from workflows.mail.header_rules import Fate, fate_of
from workflows.mail.lines import fold_anyhow, fold_short, has_long_line
from workflows.mail.readable import encoded, is_plain, printable, readable
from workflows.mail.senders import NAME_LIMIT, Mailbox, mailboxes_of, original_sender

_TEXT_LIMIT = 800  # characters of a text of ours
_PREFERRED = 78
_SHORTER = (*range(NAME_LIMIT, 0, -10), 0)
"""Characters of a name, if more are too many for SES."""


class HeaderTooLong(Exception):
    """A header that would be kept byte for byte has a line that SES refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What one copy of a mail tells its reader beside the mail itself."""

    addresses: tuple[str, ...]
    """The vended addresses it is for."""
    forward_from: str
    """Our From address."""
    envelope_from: str = ""
    """Envelope sender; empty for a bounce, or when unknown."""
    category: str = ""
    verdicts: str = ""
    """SES's verdicts in words, such as `spam=PASS virus=PASS`; empty when unknown."""
    stored_as: str = ""
    """`s3://BUCKET/KEY` of the stored mail, for the operator's commands; empty when it is not stored."""


def rewritten_head(original: Original, copy: Copy) -> bytes:
    """The header block that replaces the original's, empty line included.

    Raises:
        HeaderTooLong: a kept header has a line longer than SES accepts. It is not folded: "bytes in, bytes
            out" holds for it too, and as an attachment the mail arrives as it was sent.
    """
    ending = original.ending
    kept = b"".join(_kept_fields(original))
    if kept and not kept.endswith(b"\n"):
        kept += ending
    return kept + sender_fields(original, copy, ending) + vended_fields(original, copy, ending) + ending


def sender_fields(original: Original, copy: Copy, ending: bytes) -> bytes:
    """From, which is ours and shows the sender, and Reply-To, which is theirs.

    Here and in `vended_fields` every line ends with `ending`, none is longer than SES accepts, and no value
    can start another header.
    """
    sender = original_sender(original, copy.envelope_from)
    shown = (sender.shown(most) for most in _SHORTER)
    return _address_field("From", [(shown, copy.forward_from)], ending) + _reply_to(original, sender, ending)


def plain_sender_fields(original: Original, copy: Copy, name: str, ending: bytes) -> bytes:
    """The same with nothing that SES may have refused: no stranger's name, the plainest Reply-To or none."""
    sender = original_sender(original, copy.envelope_from)
    asked = [box.address for box in (*mailboxes_of(original, b"reply-to"), sender)]
    plain = next((address for address in asked if is_plain_address(address)), "")
    reply_to = _address_field("Reply-To", [([], plain)], ending) if plain else b""
    return f"From: {name} <{copy.forward_from}>".encode("ascii") + ending + reply_to


def vended_fields(original: Original, copy: Copy, ending: bytes, *, verbatim: bool = True) -> bytes:
    """What the reader is told, and the loop marker.

    Args:
        original: the mail as it arrived.
        copy: whom this copy is for.
        ending: of each line.
        verbatim: show the sender's own headers byte for byte. The notice, sent where SES refused even the
            attachment, shows them as a person reads them: their bytes may be what it refused.
    """
    quoted = _copied if verbatim else _read
    fields = [
        text_field("X-Vended-Address", ", ".join(copy.addresses), ending),
        quoted(original, b"from", b"X-Vended-From", ending),
        quoted(original, b"message-id", b"X-Vended-Message-ID", ending),
        quoted(original, b"date", b"X-Vended-Date", ending),
        text_field("X-Vended-Envelope-From", copy.envelope_from, ending),
        text_field("X-Vended-Category", copy.category, ending),
        text_field("X-Vended-Verdicts", copy.verdicts, ending),
        text_field("X-Vended-Loop", copy.forward_from, ending),
    ]
    return b"".join(fields)


def text_field(name: str, value: str, ending: bytes) -> bytes:
    """A header of ours, whatever the value: made printable, encoded where needed, folded; b"" if empty."""
    text = printable(value, _TEXT_LIMIT)
    if not text:
        return b""
    if is_plain(text):
        return fold_short(f"{name}: {text}".encode("ascii") + ending, ending)
    words = encoded(text, ending.decode("ascii"), len(name) + 2)
    return f"{name}: {words}".encode("ascii") + ending


def to_field(addresses: Iterable[str], ending: bytes) -> bytes:
    """To, with as many of the addresses as fit; b"" where SES takes none of them, and it needs no To."""
    return text_field("To", whole_addresses(addresses, _TEXT_LIMIT), ending)


def _kept_fields(original: Original) -> Iterator[bytes]:
    seen: set[bytes] = set()
    for header in original.fields:
        fate = fate_of(header, seen)
        seen.add(header.name)
        if fate is Fate.KEPT:
            yield _kept(header)
        elif fate is Fate.RENAMED:
            yield _renamed(header, b"X-Original-" + header.written_name, original.ending)
        elif fate is Fate.QUOTED:
            yield _renamed(Field(b"", header.raw, 0), b"X-Vended-Line", original.ending)


def _kept(header: Field) -> bytes:
    written = header.written_name + b":"
    raw = header.raw if header.raw.startswith(written) else written + header.raw_value
    raw = BARE_CR.sub(b"\r\n", raw)
    if has_long_line(raw):
        name = printable(header.name.decode("ascii"), 60)
        raise HeaderTooLong(f"a line of its header {name} is longer than Amazon SES accepts")
    return raw


def _renamed(header: Field, name: bytes, ending: bytes) -> bytes:
    blank = b"" if header.raw_value[:1] in (b" ", b"\t") else b" "
    raw = name + b":" + blank + BARE_CR.sub(b"\r\n", header.raw_value.replace(b"\0", b""))
    if not raw.endswith(b"\n"):
        raw += ending
    return fold_anyhow(raw, ending)


def _copied(original: Original, name: bytes, new_name: bytes, ending: bytes) -> bytes:
    header = original.first(name)
    return _renamed(header, new_name, ending) if header and header.raw_value.strip() else b""


def _read(original: Original, name: bytes, new_name: bytes, ending: bytes) -> bytes:
    header = original.first(name)
    text = readable(header.raw_value, _TEXT_LIMIT) if header else ""
    return text_field(new_name.decode("ascii"), text, ending)


def _reply_to(original: Original, sender: Mailbox, ending: bytes) -> bytes:
    """Where a reply goes: to the original Reply-To, else to the sender; b"" if SES takes neither address."""
    asked = _repliable(mailboxes_of(original, b"reply-to"))
    people = asked or _repliable([sender])
    return _address_field("Reply-To", people, ending) if people else b""


def _repliable(boxes: Iterable[Mailbox]) -> list[tuple[Iterable[str], str]]:
    taken = ((box.name, as_ses_takes_it(box.address)) for box in boxes)
    return [(_ever_shorter(name), address) for name, address in taken if address]


def _ever_shorter(name: str) -> Iterator[str]:
    return (printable(name, most) for most in _SHORTER)


def _address_field(name: str, people: list[tuple[Iterable[str], str]], ending: bytes) -> bytes:
    """An address header of ours; a display name is quoted, or encoded where it is not plain ASCII.

    Args:
        name: of the header.
        people: names to choose from, the first that SES takes with the address; none where it takes none.
        ending: of each line.
    """
    fold = ending.decode("ascii")
    lines = [f"{name}:"]
    for number, (names, address) in enumerate(people, start=1):
        comma = "," if number < len(people) else ""
        shown = (_display_name(one, fold, len(lines[-1]) + 1) for one in names)
        fitting = next((words for words in shown if _fits(words, address)), [])
        for word in (*fitting, f"<{address}>{comma}"):
            if " " in lines[-1] and len(lines[-1]) + len(word) >= _PREFERRED:
                lines.append("")
            lines[-1] += " " + word
    return fold_anyhow(fold.join(lines).encode("ascii") + ending, ending)


def _fits(words: Sequence[str], address: str) -> bool:
    # Some found each `<` and `"` counted as `&lt;` and `&quot;` (openedx/openedx-platform#12455).
    return len(" ".join((*words, f"<{address}>"))) <= MAILBOX_LIMIT - 20


def _display_name(shown: str, fold: str, taken: int) -> list[str]:
    if not shown:
        return []
    if not is_plain(shown):
        return encoded(shown, fold, taken).split(fold + " ")
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']
