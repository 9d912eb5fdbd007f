"""Does something once for an event that may be delivered more than once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from workflows.vending.errors import RegistryBusy
from workflows.vending.registry import Registry, event_key, iso
from workflows.vending.table import ConditionFailed, Put, Update

_DOING_TAKES = timedelta(minutes=2)
"""Longer than any function of ours that does something once: an older claim was left by one that died."""
_ENDED = ""
"""Before every time: the attempt is over."""


def once(registry: Registry, event_id: str, do: Callable[[], object], *, now: datetime) -> bool:
    """Do something unless it was done for the same event; answer whether it was done now.

    Raises:
        RegistryBusy: it is just being done elsewhere; whoever invoked the function tries again.
    """
    key = event_key(event_id)
    claim = {"pk": key[0], "sk": key[1], "at": iso(now)}
    try:
        registry.write(
            Put(
                item=claim,
                condition="attribute_not_exists(pk) OR (attribute_not_exists(#doneAt) AND #at < :stale)",
                values={"stale": iso(now - _DOING_TAKES)},
            )
        )
    except ConditionFailed as failed:
        known = registry.table.get(key) or {}
        if "doneAt" in known:
            return False
        raise RegistryBusy(f"The event {event_id} is being worked on just now.") from failed
    try:
        do()
    except Exception:
        registry.write(Update(key=key, assign={"at": _ENDED}))
        raise
    registry.write(Update(key=key, assign={"doneAt": iso(now)}))
    return True
