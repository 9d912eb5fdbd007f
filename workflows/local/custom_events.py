"""`POST /_local/events`: an event as a rule sees it, from any source, on the default bus of its region."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from workflows.local.control import Control

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


def add_events(
    control: Control,
    publish: Callable[..., Any],
    *,
    account_id: str,
    region: str,
    regions: Collection[str] = (),
) -> None:
    """Serve the endpoint; it answers with the event as rules see it.

    Args:
        control: the control endpoints.
        publish: puts an event on the default bus of a region.
        account_id: whose events they are.
        region: where events arrive that name no region in which something is deployed.
        regions: where something is deployed.
    """

    def receive(_query: dict[str, str], document: Any) -> Any:
        event = read_event(document, account_id=account_id, region=region)
        publish(event, region=event["region"] if event["region"] in regions else region)
        return event

    control.add("POST", "/_local/events", receive, InvalidEvent)
