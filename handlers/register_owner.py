"""RegisterOwner: account, address and owner belong together from here on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from handlers.runtime import execution, logger, metrics, now, registry
from workflows.vending.registration import register, vended_account

table = registry()


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the vended account as the execution's output shows it."""
    item = register(
        table,
        address=event["address"],
        account_id=event["accountId"],
        execution=execution(event).arn,
        now=now(),
    )
    seconds = datetime.fromisoformat(item["activeAt"]) - datetime.fromisoformat(item["createdAt"])
    metrics.add_metric("Vended", MetricUnit.Count, 1)
    metrics.add_metric("SecondsToReady", MetricUnit.Seconds, seconds.total_seconds())
    logger.info("registered", address=item["address"], account_id=item["accountId"])
    return vended_account(item)
