"""Every mail of the shared collection arrives as its README demands."""

from __future__ import annotations

from pathlib import Path

import pytest
from mail_builders import forwarded
from mail_judge import attachment_of, complaints_about, parts, values

from workflows.mail.compose import Kind

MAILS = Path(__file__).parents[3] / "shared" / "mails"
FILES = sorted(path for path in MAILS.glob("*/*") if path.is_file())

if not FILES:
    pytest.skip(
        f"{MAILS} is not there; the real mails are no part of the project",
        allow_module_level=True,
    )


def arrives_well(raw: bytes) -> list[str]:
    """What is wrong with what an owner gets; only what SES would refuse may come as an attachment."""
    out = forwarded(raw)
    complaints = complaints_about(raw, out.raw)
    too_long = any(len(line.strip(b"\r\n")) > 998 for line in raw.splitlines(keepends=True))
    if out.kind is not (Kind.ATTACHMENT if too_long else Kind.FORWARD):
        complaints.append(f"came as {out.kind}")
    return complaints


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_mail_arrives(path):
    assert arrives_well(path.read_bytes()) == []


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_mail_arrives_with_any_line_ends(path, ending):
    assert arrives_well(ending.join(path.read_bytes().splitlines()) + ending) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_mail_without_its_end_arrives(path):
    raw = path.read_bytes()
    for length in {len(parts(raw)[0]), len(raw) // 3, len(raw) - 1}:
        assert arrives_well(raw[: max(length, 0)]) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_real_mail_as_received_by_ses_arrives_without_what_ses_added(path):
    added = (
        b"Return-Path: <bounces@example.org>\r\n"
        b"Received: from a.example.org by inbound-smtp.eu-west-1.amazonaws.com;\r\n Tue, 1 Apr 2025\r\n"
        b"X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n"
        b"Received-SPF: pass (spfCheck: fine)\r\n"
        b"Authentication-Results: amazonses.com;\r\n spf=pass; dkim=pass\r\n"
        b"X-SES-RECEIPT: AEFBQUFB\r\nX-SES-DKIM-SIGNATURE: a=rsa-sha256; q=dns/txt\r\n"
    )
    raw = added + path.read_bytes()
    if not parts(path.read_bytes())[0]:
        raw = added + b"\r\n" + path.read_bytes()
    assert arrives_well(raw) == []


def test_a_mail_that_comes_as_an_attachment_still_has_its_subject_and_sender():
    (path,) = [path for path in FILES if path.name == "emails__m0009.txt"]
    out = forwarded(path.read_bytes())
    assert out.kind is Kind.ATTACHMENT
    assert attachment_of(out.raw) == path.read_bytes()
    assert values(out.raw, "subject") == [b" Die Hasen und die Fr\xf6sche (Microsoft Outlook 00)\r\n"]
    assert values(out.raw, "reply-to") == [b' "Doug Sauder" <doug@example.com>\r\n']
