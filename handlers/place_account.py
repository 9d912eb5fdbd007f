"""PlaceAccount: moves the account to its organizational unit."""

from __future__ import annotations

from typing import Any

from handlers.runtime import execution, logger, organizations_client
from workflows.vending.organizational_units import OrganizationalUnits

organizational_units = OrganizationalUnits(organizations_client())


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, bool]:
    """Answer whether the account was moved; one without a wish stays in the root."""
    execution(event)
    wanted: str | None = event.get("organizationalUnit")
    return {"moved": wanted is not None and organizational_units.place(event["accountId"], wanted)}
