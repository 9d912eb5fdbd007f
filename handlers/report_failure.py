"""ReportFailure: tells the registry and operations of executions that ended badly or recovered."""

from __future__ import annotations

from typing import Any

import boto3

from handlers.runtime import logger, registry, settings
from workflows.vending.operations import Operations
from workflows.vending.reporting import report_execution

table = registry()
operations = Operations(boto3.client("sns"), settings.operations_topic_arn)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Answer what was done with the event."""
    outcome = report_execution(event["detail"], registry=table, operations=operations)
    logger.info(outcome, execution=event["detail"]["executionArn"], status=event["detail"]["status"])
    return {"outcome": outcome}
