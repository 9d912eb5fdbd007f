"""FindAccount: finds an account that exists, its address and its owner."""

from __future__ import annotations

from typing import Any

from handlers.runtime import execution, logger, now, organizations_client, registry, settings
from workflows.vending.adoption import Adoption
from workflows.vending.organizations import Organizations
from workflows.vending.request import Order

table = registry()
organizations = Organizations(organizations_client())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer ADOPT, or KNOWN where nothing is left to do, with address and account id."""
    adoption = Adoption(
        order=Order.from_document(event["order"]),
        registry=table,
        organizations=organizations,
        settings=settings,
        execution=execution(event).arn,
        now=now(),
    )
    found = adoption.find()
    logger.info("account found", answer=found["answer"], address=found["address"])
    return found
