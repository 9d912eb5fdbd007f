"""ChangeOwner: gives an account another owner, for `vend transfer` and the event `Owner Change Requested`."""

from __future__ import annotations

from typing import Any

import boto3

from handlers.runtime import logger, now, registry, settings
from workflows.vending.errors import InvalidRequest
from workflows.vending.mailer import Mailer
from workflows.vending.one_attempt import ONE_ATTEMPT
from workflows.vending.operations import Operations, Report
from workflows.vending.owner_change import DETAIL_TYPE, read_owner_change
from workflows.vending.ownership import Ownership

table = registry()
mailer = Mailer(boto3.client("sesv2", config=ONE_ATTEMPT), settings.configuration_set)
operations = Operations(boto3.client("sns"), settings.operations_topic_arn)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer what became of the change; nobody reads the answer to an event, so operations is told."""
    if event.get("detail-type") != DETAIL_TYPE:
        return _change(event, requested_by="vend transfer")
    try:
        by = f"event {event['id']} of {event['source']}"
        return _change(event["detail"], requested_by=by, event_id=event["id"])
    except InvalidRequest as refused:
        operations.tell(_refused(event, refused))
        logger.warning("owner change refused", reason=str(refused))
        return {"outcome": "refused", "reason": str(refused)}


def _change(document: object, *, requested_by: str, event_id: str | None = None) -> dict[str, Any]:
    wanted = read_owner_change(document, settings=settings, requested_by=requested_by, event_id=event_id)
    ownership = Ownership(registry=table, settings=settings, mailer=mailer, operations=operations, now=now())
    answer = ownership.change(wanted)
    logger.info("owner " + answer["outcome"], address=answer["address"], untold=answer["untold"])
    return answer


def _refused(event: dict[str, Any], refused: InvalidRequest) -> Report:
    facts = {"event": "ownerChangeRefused", "eventId": event["id"], "source": event["source"]}
    text = (
        f"The event {event['id']} of {event['source']} asked for a change of owner that cannot be made.\n\n"
        f"Why\n  {refused.what}\n\nWhat to do\n  Correct the event and send it again.\n"
    )
    return Report("Owner not changed: the event is wrong", text, facts | {"reason": refused.what})
