"""VendEmail: reserves the account's name and root address."""

from __future__ import annotations

from typing import Any

from handlers.runtime import execution, logger, now, registry, settings
from workflows.vending.request import Order
from workflows.vending.reservation import reserve

table = registry()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the reservation as a document."""
    reservation = reserve(
        Order.from_document(event["order"]),
        registry=table,
        settings=settings,
        execution=execution(event),
        now=now(),
    )
    logger.info("address reserved", address=reservation.address)
    return reservation.document()
