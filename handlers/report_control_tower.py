"""ReportControlTower: tells operations of accounts that Control Tower could not set up."""

from __future__ import annotations

from typing import Any

import boto3

from handlers.runtime import logger, now, registry, settings
from workflows.vending.enrollment_report import enrollment_report
from workflows.vending.once import once
from workflows.vending.operations import Operations

table = registry()
operations = Operations(boto3.client("sns"), settings.operations_topic_arn)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Answer whether the event was reported, or known."""
    report = enrollment_report(event)
    told = once(table, event["id"], lambda: operations.tell(report), now=now())
    outcome = "reported" if told else "known"
    logger.info(outcome, event_id=event["id"], account_id=report.facts["accountId"])
    return {"outcome": outcome}
