"""Every mail of the shared collection on its whole way: SES, bucket, topic, queue, function, SES."""

from __future__ import annotations

from pathlib import Path

import pytest
from mail_judge import attachment_of, complaints_about

MAILS = Path(__file__).parents[3] / "shared" / "mails"
FILES = sorted(path for path in MAILS.glob("*/*") if path.is_file())

if not FILES:
    pytest.skip(
        f"{MAILS} is not there: the collection of real mails is not part of the project",
        allow_module_level=True,
    )


def test_every_real_mail_arrives_whole_at_its_owner(post):
    arrivals = {}
    for number, path in enumerate(FILES):
        address, owner = post.address(f"real{number}")
        post.own(address, owner)
        arrivals[path] = (post.receive(path.read_bytes(), address), address, owner)
    complaints = {path.name: complaints_of(post, path, *arrived) for path, arrived in arrivals.items()}
    assert {name: one for name, one in complaints.items() if one} == {}


def complaints_of(post, path, arrival, address, owner):
    """What is wrong with what became of one mail."""
    outcome = post.outcome(arrival, address)
    if outcome["outcome"] != "forwarded":
        return [f"{outcome['outcome']}: {outcome.get('explanation')}"]
    sent = post.sent(owner)
    if len(sent) != 1:
        return [f"sent {len(sent)} times"]
    raw = path.read_bytes()
    too_long = any(len(line.strip(b"\r\n")) > 998 for line in raw.splitlines(keepends=True))
    as_attachment = outcome["sent"][0]["kind"] == "attachment"
    complaints = complaints_about(raw, sent[0])
    if as_attachment != too_long or (as_attachment and attachment_of(sent[0]) != raw):
        complaints.append(f"came as {outcome['sent'][0]['kind']}")
    return complaints
