"""Control Tower's lifecycle events: what they say about an account.

Source: AWS Control Tower User Guide, "Lifecycle Events in AWS Control Tower". They carry neither the root
address nor an owner; whether a FAILED one names the account is not documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.vending.fields import Fields

SOURCE = "aws.controltower"
STATUS = {
    "CreateManagedAccount": "createManagedAccountStatus",
    "UpdateManagedAccount": "updateManagedAccountStatus",
}
"""Which member of `serviceEventDetails` says how an event of this name ended."""


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """What an event says; None where it says nothing."""

    name: str | None
    state: str | None
    account_id: str | None
    account_name: str | None
    unit: str | None
    message: str | None


def read_event(detail: Fields) -> LifecycleEvent:
    """Read the detail of a lifecycle event, and note its problems; fields nobody needs may be there.

    Args:
        detail: the member `detail` of the event.
    """
    detail.ignore_unknown_keys()
    name = detail.choice("eventName", tuple(STATUS))
    if name is None:
        if not detail.has("eventName"):
            detail.add("eventName", "is missing")
        return LifecycleEvent(None, None, None, None, None, None)
    details = _child(detail, "serviceEventDetails")
    status = _child(details, STATUS[name])
    account, unit = _child(status, "account"), _child(status, "organizationalUnit")
    return LifecycleEvent(
        name=name,
        state=_text(status.raw("state")),
        account_id=_text(account.raw("accountId")),
        account_name=_text(account.raw("accountName")),
        unit=_text(unit.raw("organizationalUnitName")),
        message=_text(status.raw("message")),
    )


def lifecycle_event(event: Mapping[str, Any]) -> LifecycleEvent:
    """Read a whole event leniently: what cannot be read is None."""
    return read_event(Fields(event.get("detail")))


def _child(parent: Fields, key: str) -> Fields:
    child = parent.child(key)
    child.ignore_unknown_keys()
    return child


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
