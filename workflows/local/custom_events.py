"""`POST /_local/events`: an event as a rule sees it, from any source, on the default bus."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import events_backends

_TEXTS = ("source", "detail-type", "id", "time", "account", "region", "version")
_KNOWN = {*_TEXTS, "detail", "resources"}


class InvalidEvent(Exception):
    """Something was sent that EventBridge would never hand to a rule; the message says what is wrong."""


def read_event(document: Any, *, account_id: str, region: str) -> dict[str, Any]:
    """The event in the body of the request; id, time, account and region are filled in unless given.

    Raises:
        InvalidEvent: a member is missing, unknown or of the wrong type.
    """
    if not isinstance(document, dict):
        raise InvalidEvent("an event is a JSON object: {source, detail-type, detail}")
    unknown = sorted(set(document) - _KNOWN)
    if unknown:
        raise InvalidEvent(f"an event has no `{unknown[0]}`; it has {', '.join(sorted(_KNOWN))}")
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "account": account_id,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [],
        **document,
    }
    for name in _TEXTS:
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidEvent(f"`{name}` must be a text")
    if not isinstance(event.get("detail"), dict):
        raise InvalidEvent("`detail` must be a JSON object")
    return event


def publish(event: dict[str, Any], *, account_id: str, region: str) -> None:
    """Show an event to every rule of the default bus."""
    bus: Any = events_backends[account_id][region].event_buses["default"]
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)
