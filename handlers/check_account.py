"""CheckAccount: looks once how far AWS is with the account."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from handlers.runtime import account_creation, logger, metrics, organizations_client, registry
from workflows.vending.checking import check
from workflows.vending.errors import AccountCreationFailed
from workflows.vending.organizations import Organizations

table = registry()
organizations = Organizations(organizations_client())


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Answer READY with the account id, PENDING, ASK_AGAIN or NEW_ADDRESS."""
    creation = account_creation(event, registry=table, organizations=organizations)
    try:
        return check(creation)
    except AccountCreationFailed as failed:
        metrics.add_dimension("Reason", failed.reason)
        metrics.add_metric("CreationFailed", MetricUnit.Count, 1)
        raise
