"""An import as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from workflows.operate.import_plan import Planned
from workflows.operate.tables import status_text, with_headings


def summary(rows: Sequence[Planned]) -> Table:
    """Every row with its reason."""
    lines = any(one.row.line for one in rows)
    table = with_headings(*(["Line"] if lines else []), "Account id", "Name", "Address", "Status", "Reason")
    for one in rows:
        table.add_row(
            *([str(one.row.line or "")] if lines else []),
            Text(one.row.account_id),
            Text(one.account_name),
            Text(one.address),
            status_text(str(one.standing)),
            Text(one.reason),
        )
    return table
