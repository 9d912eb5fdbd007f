"""ReadRequest: turns the execution's input into one canonical order, or names every problem with it."""

from __future__ import annotations

from typing import Any

from handlers.runtime import execution, logger, organizations_client, settings
from workflows.vending.organizational_units import OrganizationalUnits
from workflows.vending.sources import read_request

organizational_units = OrganizationalUnits(organizations_client())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the order as a document."""
    execution(event)
    order = read_request(
        event["request"],
        settings=settings,
        fallback_id=event["execution"]["name"],
        find_unit=organizational_units.find,
    )
    logger.info("request read", request_id=order.request_id)
    return order.document()
