"""Recognises mail that goes round in circles; such mail is held, never forwarded once more."""

from __future__ import annotations

from workflows.mail.header_block import Original
from workflows.mail.header_rules import LOOP_MARKER
from workflows.mail.readable import unfolded

MOST_HOPS = 50
"""Received headers beyond which a mail is taken to circle through machines that drop our marker."""


def loop_of(original: Original, forward_from: str) -> str:
    """Why the mail is a loop, completing "because ..."; empty when it is none.

    A null sender, Auto-Submitted, report and list headers say nothing here: much of AWS's own mail has them.

    Args:
        original: the mail as it arrived.
        forward_from: our From address, which is what our marker says.
    """
    ours = forward_from.lower()
    if any(unfolded(marker.raw_value).lower() == ours for marker in original.all(LOOP_MARKER)):
        return "we forwarded it once already and it came back"
    hops = len(original.all(b"received"))
    return f"it passed {hops} mail servers, which only a loop does" if hops > MOST_HOPS else ""


def is_to_forwarder(address: str, forward_from: str) -> bool:
    """Whether an envelope recipient is the address we forward from, with or without a +tag."""
    local, at, domain = address.lower().rpartition("@")
    return forward_from.lower() in (local + at + domain, local.partition("+")[0] + at + domain)
