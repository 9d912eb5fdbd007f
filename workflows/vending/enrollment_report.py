"""What operations is told when Control Tower could not set an account up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.vending.control_tower import lifecycle_event
from workflows.vending.operations import Report

_REMEDY = (
    "Mend in Control Tower what it says, then enroll or update the account there: its next event adopts it. "
    "An account that exists already can be adopted by hand: vend import."
)


def enrollment_report(event: Mapping[str, Any]) -> Report:
    """A report about a lifecycle event whose state is FAILED; it need not name the account.

    Args:
        event: as EventBridge delivers it.
    """
    told = lifecycle_event(event)
    name = told.account_name or told.account_id or "an account"
    doing = "update" if told.name == "UpdateManagedAccount" else "create"
    reason = told.message or "Control Tower gave no reason."
    facts = {
        "event": "controlTowerFailed",
        "eventId": event.get("id"),
        "eventName": told.name,
        "accountId": told.account_id,
        "accountName": told.account_name,
        "organizationalUnit": told.unit,
        "reason": reason,
        "remedy": _REMEDY,
    }
    about = [
        ("Account", " ".join(one for one in (told.account_name, told.account_id) if one)),
        ("Unit", told.unit),
        ("Event", f"{told.name} {event.get('id', '')}".strip()),
    ]
    lines = [
        f"Control Tower could not {doing} {name}.",
        "",
        *(f"{label:<11}{value}" for label, value in about if value),
        "",
        "Why",
        f"  {reason}",
        "",
        "What to do",
        f"  {_REMEDY}",
    ]
    return Report(f"Control Tower failed: {name}", "\n".join(lines) + "\n", facts)
