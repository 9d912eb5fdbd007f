"""CreateAccount: asks AWS for the account, once per address."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from handlers.runtime import account_creation, logger, metrics, organizations_client, registry
from workflows.vending.asking import ask
from workflows.vending.errors import OrganizationsBusy
from workflows.vending.organizations import Organizations
from workflows.vending.request import Order

table = registry()
organizations = Organizations(organizations_client(), organizations_client(one_attempt=True))


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    """Answer the `car-` id of the creation, or the id of an account that exists already."""
    creation = account_creation(event, registry=table, organizations=organizations)
    try:
        return ask(creation, Order.from_document(event["order"]))
    except OrganizationsBusy as busy:
        metrics.add_metric("WaitingForSlot", MetricUnit.Count, 1)
        logger.info("waiting", address=event["address"], reason=str(busy))
        raise
