"""Judges an outgoing mail by SES's rules and against its original, sharing no code with what is tested."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.utils import getaddresses, parseaddr

FORWARDER = "forwarder@aws.example.com"
MOST_BYTES = 40 * 1024 * 1024

# Amazon SES Developer Guide, "Amazon SES header fields": at most one of each.
ONCE = {
    name.lower()
    for name in (  # noqa: SIM905 - as the guide prints it
        "Accept-Language acceptLanguage Archived-At Auto-Submitted Bounces-to Comments Content-Alternative "
        "Content-Base Content-Class Content-Description Content-Disposition Content-Duration Content-ID "
        "Content-Language Content-Length Content-Location Content-MD5 Content-Transfer-Encoding Content-Type "
        "Date Delivered-To Disposition-Notification-Options Disposition-Notification-To DKIM-Signature "
        "DomainKey-Signature Errors-To From Importance In-Reply-To Keywords List-Archive List-Help List-Id "
        "List-Owner List-Post List-Subscribe List-Unsubscribe List-Unsubscribe-Post Message-Context "
        "Message-ID MIME-Version Organization Original-From Original-Message-ID Original-Recipient "
        "Original-Subject Precedence Priority References Reply-To Return-Path Return-Receipt-To Sender "
        "Sensitivity Solicitation Subject Thread-Index Thread-Topic User-Agent VBR-Info"
    ).split()
}
GONE = {"sender", "return-path", "dkim-signature", "domainkey-signature", "bcc"}
OURS = {
    "from",
    "reply-to",
    "x-vended-address",
    "x-vended-from",
    "x-vended-message-id",
    "x-vended-date",
    "x-vended-envelope-from",
    "x-vended-category",
    "x-vended-verdicts",
    "x-vended-loop",
    "x-vended-line",
}


def parts(raw: bytes) -> tuple[list[bytes], bytes]:
    """The header lines (with their ends) and everything after the first empty line."""
    lines = raw.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if not line.strip(b"\r\n"):
            return lines[:number], b"".join(lines[number + 1 :])
    return lines, b""


def headers(raw: bytes) -> list[tuple[str, bytes]]:
    """Every header of a mail as (lower-case name, raw value); a line that is none has an empty name."""
    found: list[tuple[str, bytes]] = []
    for line in parts(raw)[0]:
        if line[:1] in (b" ", b"\t") and found:
            found[-1] = (found[-1][0], found[-1][1] + line)
            continue
        name, colon, value = line.lstrip(b" \t").partition(b":")
        valid = colon and re.fullmatch(rb"[!-9;-~]+", name.rstrip(b" \t"))
        found.append((name.strip().decode().lower(), value) if valid else ("", line))
    return found


def strict_parts(raw: bytes) -> tuple[list[bytes], bytes]:
    """The same as a reader sees it to whom CRLF and LF end a line, and a bare CR does not (RFC 5322, 2.2)."""
    lines = [line + b"\n" for line in raw.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    for number, line in enumerate(lines):
        if line in (b"\n", b"\r\n"):
            return lines[:number], b"".join(lines[number + 1 :])
    return [line for line in lines if line], b""


def complaints_of_readers(raw: bytes) -> list[str]:
    """Where readers disagree about which lines are headers and which are the body."""
    here, body = parts(raw)
    complaints = ["a strict reader sees other headers"] * (strict_parts(raw) != (here, body))
    library = email.message_from_bytes(raw, policy=email.policy.compat32)
    seen = [name.lower() for name in library.keys()]  # noqa: SIM118 - a message is no dictionary
    complaints += ["the standard library sees other headers"] * (seen != [name for name, _ in headers(raw)])
    return complaints


def values(raw: bytes, name: str) -> list[bytes]:
    """The raw values of the headers of that name."""
    return [value for found, value in headers(raw) if found == name.lower()]


def text_of(raw: bytes, name: str) -> str:
    """The one header of that name as the standard library decodes it."""
    (value,) = values(raw, name)
    unfolded = re.sub(rb"[\r\n]+", b"", value).decode("utf-8", "surrogateescape").strip()
    return str(make_header(decode_header(unfolded)))


def words_of(raw: bytes) -> str:
    """The text of a mail of ours, as a reader sees it."""
    return str(email.message_from_bytes(raw, policy=email.policy.default).get_content())


def complaints_of_ses(raw: bytes) -> list[str]:
    """What SES would refuse the mail for, and what it must not be made to obey."""
    names = [name for name, _ in headers(raw)]
    complaints = [f"{name} more than once" for name in ONCE if names.count(name) > 1]
    complaints += complaints_of_readers(raw)
    complaints += [f"{name} survived" for name in names if name in GONE or name.startswith("x-ses-")]
    complaints += ["a header line that is none"] * names.count("")
    complaints += ["a line over 998 bytes"] * any(
        len(line.strip(b"\r\n")) > 998 for line in raw.splitlines(True)
    )
    told = [
        value
        for name, value in headers(raw)
        if (name in OURS and name != "x-vended-loop") or name.startswith("x-original-")
    ]
    complaints += ["NUL in a header of ours"] * any(b"\0" in value for value in told)
    complaints += ["too large"] * (len(raw) > MOST_BYTES)
    complaints += [
        f"SES cannot read {name}: {value!r}"
        for name in ("to", "cc")
        for value in values(raw, name)
        if not all(map(is_an_address, addresses_in(value)))
    ]
    complaints += [
        f"a mailbox of over 320 characters in {name}: {mailbox!r}"
        for name in ("from", "reply-to", "to", "cc")
        for value in values(raw, name)
        for mailbox in mailboxes_in(value)
        if len(mailbox) > 320
    ]
    if names.count("from") != 1:
        return [*complaints, f"{names.count('from')} From"]
    (own,) = values(raw, "from")
    if not own.isascii() or parseaddr(re.sub(rb"[\r\n]+", b"", own).decode("ascii"))[1] != FORWARDER:
        complaints.append(f"From is {own!r}")
    complaints += [f"Reply-To is {value!r}" for value in values(raw, "reply-to") if not value.isascii()]
    return complaints


def addresses_in(value: bytes) -> list[str]:
    """The addresses in a header, as the standard library reads them; an empty one where there are none."""
    unfolded = re.sub(rb"[\r\n]+", b"", value).decode("latin-1")
    return [address for name, address in getaddresses([unfolded]) if name or address] or [""]


def mailboxes_in(value: bytes) -> list[bytes]:
    """The texts between the commas of a header, those in quotes aside."""
    unfolded = re.sub(rb"[\r\n]+", b"", value)
    return [one.strip() for one in re.findall(rb'(?:"(?:[^"\\]|\\.)*"|[^,"])+', unfolded)]


def is_an_address(text: str) -> bool:
    """Whether SES takes it as one: `user@host`, all of it ASCII."""
    local, at, domain = text.rpartition("@")
    return bool(local and at and text.isascii() and re.fullmatch(r"[A-Za-z0-9.-]+", domain))


def complaints_about_forward(original: bytes, raw: bytes) -> list[str]:
    """What is wrong with `raw` as a forward of `original`."""
    complaints = complaints_of_ses(raw)
    if parts(raw)[1] != parts(original)[1]:
        complaints.append("body changed")
    theirs = {name for name, _ in headers(original)}
    invented = [
        name
        for name, _ in headers(raw)
        if name not in theirs | OURS and name.removeprefix("x-original-") not in theirs
    ]
    complaints += [f"header {name} came from nowhere" for name in invented]
    subjects = values(original, "subject")[:1]
    if [value.strip(b"\r\n") for value in values(raw, "subject")] != [
        re.sub(rb"\r(?!\n)", b"\r\n", value.strip(b"\r\n")) for value in subjects
    ]:
        complaints.append("Subject changed")
    return complaints + complaints_about_sender(original, raw)


def complaints_about_sender(original: bytes, raw: bytes) -> list[str]:
    """Whether the original From can be found again, byte for byte but for folds."""
    authors = values(original, "from")
    if not authors or not authors[0].strip():
        return []
    kept = b"".join(values(raw, "x-vended-from"))
    same = re.sub(rb"[\s\0]+", b"", kept) == re.sub(rb"[\s\0]+", b"", authors[0])
    return [] if same else [f"original From lost: {kept[:200]!r}"]


def attachment_of(raw: bytes) -> bytes | None:
    """The bytes of the attached original; None when there is none."""
    for part in email.message_from_bytes(raw).walk():
        if part.get_filename() == "original.eml":
            return part.get_payload(decode=True)
    return None


def complaints_about(original: bytes, raw: bytes) -> list[str]:
    """What is wrong with the outgoing mail, be it a forward or one with the original attached."""
    attached = attachment_of(raw) if b"=_vended_" in b"".join(parts(raw)[0]) else None
    if attached is None:
        return complaints_about_forward(original, raw)
    complaints = [] if attached == original else ["attachment changed"]
    return complaints + complaints_of_ses(raw) + complaints_about_sender(original, raw)
