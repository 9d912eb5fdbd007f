"""What an import would do with each account, before anything is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from workflows.operate.account_rows import Row
from workflows.vending.organizations import Account
from workflows.vending.registry import Status


class Standing(StrEnum):
    """What is to be done with a row, or was."""

    TO_ADOPT = "TO_ADOPT"
    ADOPTING = "ADOPTING"
    """Its execution runs."""
    ADOPTED = "ADOPTED"
    REGISTERED = "REGISTERED"
    """Somebody owned it before; it is left as it is."""
    DUPLICATE = "DUPLICATE"
    CLOSED = "CLOSED"
    """Nobody has to own it any more."""
    REFUSED = "REFUSED"
    """Something is wrong with the row."""
    FAILED = "FAILED"
    """Its execution failed."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One row, and where it stands."""

    row: Row
    standing: Standing
    reason: str = ""
    account_name: str = ""
    address: str = ""
    execution: str = ""
    """ARN of its execution."""

    def became(self, standing: Standing, reason: str = "", execution: str = "") -> Planned:
        """The same row, standing elsewhere."""
        return replace(self, standing=standing, reason=reason, execution=execution or self.execution)

    def document(self) -> dict[str, Any]:
        """The row as `--json` gives it."""
        return {
            "line": self.row.line,
            "accountId": self.row.account_id,
            "accountName": self.account_name,
            "address": self.address,
            "owner": {"email": list(self.row.owner_emails), "name": self.row.owner_name},
            "status": str(self.standing),
            "reason": self.reason,
            "executionArn": self.execution or None,
        }


def plan(
    rows: Sequence[Row],
    records: Mapping[str, Mapping[str, Any]],
    accounts: Mapping[str, Account] | None,
) -> list[Planned]:
    """Say of every row what is to be done with it.

    Args:
        rows: what was asked for.
        records: the registry's items by account id.
        accounts: the accounts of the organization by id; None where the operator may not list them: then
            the executions find out.
    """
    return [_planned(row, records.get(row.account_id), accounts) for row in rows]


def _planned(row: Row, record: Mapping[str, Any] | None, accounts: Mapping[str, Account] | None) -> Planned:
    account = (accounts or {}).get(row.account_id)
    name, address = (account.name, account.email) if account else ("", "")
    if row.problem:
        standing = Standing.DUPLICATE if row.duplicate else Standing.REFUSED
        return Planned(row, standing, row.problem, name, address)
    if record is not None and record["status"] in (Status.ACTIVE, Status.CLOSED):
        return Planned(
            row, Standing.REGISTERED, _owned(row, record), record["accountName"], record["address"]
        )
    if accounts is not None and account is None:
        return Planned(row, Standing.REFUSED, "is no account of this organization")
    if account and account.closed:
        return Planned(row, Standing.CLOSED, f"the account is {account.state}", name, address)
    owner = ", ".join(row.owner_emails)
    reason = f"owner {owner}" if owner else "owner by its tags, else the administrator"
    return Planned(row, Standing.TO_ADOPT, reason, name, address)


def _owned(row: Row, record: Mapping[str, Any]) -> str:
    owners = ", ".join(record["ownerEmails"])
    known = f"owned by {owners}" + (", who stands in: it needs an owner" if record.get("needsOwner") else "")
    wanted = {one.lower() for one in row.owner_emails}
    differs = wanted and wanted != {str(one).lower() for one in record["ownerEmails"]}
    return f"{known}; `vend transfer` changes that" if differs else known
