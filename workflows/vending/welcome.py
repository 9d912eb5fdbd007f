"""The welcome mail: what a new owner needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.vending.letters import account_facts, letter
from workflows.vending.settings import Settings


def welcome_mail(item: Mapping[str, Any], settings: Settings) -> bytes:
    """Write the welcome mail of a registered account as a complete message, text and HTML.

    Whoever stands in for an owner is not welcomed but told that one is needed.

    Args:
        item: the registry's item of the address, ACTIVE.
        settings: domain, sender, sign-in URL, templates and whom to ask.
    """
    facts = account_facts(item, settings)
    name = "owner_needed" if item.get("needsOwner") else "welcome"
    return letter(name, facts, settings, to=item["ownerEmails"], address=item["address"])
