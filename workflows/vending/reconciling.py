"""Brings the registry up to date with the organization, and tells operations what people have to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workflows.vending.comparison import Comparison, Record, compare
from workflows.vending.operations import Operations
from workflows.vending.organizations import Account, Organizations
from workflows.vending.reconcile_report import Reconciled, reconcile_report
from workflows.vending.registry import Registry, Status, address_key, history_entry, iso
from workflows.vending.table import ConditionFailed, Put, Update

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

MOST_ADOPTED = 500
"""Executions that one run starts; the next run goes on."""
REMIND_AFTER = timedelta(days=7)
"""When people are told again of what they have been told, and nothing has changed since."""

_WHO = "Reconcile"
_TOLD = ("RECONCILE", "STATE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """One run.

    Attributes:
        registry: what we know.
        organizations: what there is.
        executions: starts executions of the state machine, which does the adopting.
        state_machine_arn: the state machine.
        operations: who is told.
        now: the time.
    """

    registry: Registry
    organizations: Organizations
    executions: SFNClient
    state_machine_arn: str
    operations: Operations
    now: datetime

    def run(self) -> Reconciled:
        """Compare, adopt, mark and tell; a second run right after does nothing."""
        accounts = list(self.organizations.accounts())
        found = compare(accounts, self.registry.addresses(), now=self.now)
        done = Reconciled(
            adopted=[one for one in found.unknown[:MOST_ADOPTED] if self._adopt(one)],
            left=len(found.unknown[MOST_ADOPTED:]),
            closed=[one for one in found.closed if self._mark(one, Status.ACTIVE, Status.CLOSED)],
            reopened=[one for one in found.reopened if self._mark(one, Status.CLOSED, Status.ACTIVE)],
            moved=found.moved,
            gone=found.gone,
            stuck=found.stuck,
        )
        self._tell(done, found)
        return done

    def _adopt(self, account: Account) -> bool:
        """Start the adoption of an account, once a day; False where that has happened."""
        day = self.now.date().isoformat()
        try:
            self.executions.start_execution(
                stateMachineArn=self.state_machine_arn,
                name=f"reconcile-{account.id}-{day}",
                input=json.dumps({"account": {"id": account.id}, "origin": "reconcile"}),
            )
        except self.executions.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def _mark(self, record: Record, before: Status, after: Status) -> bool:
        """Change the status of an address; False where somebody else was faster."""
        address = str(record["address"])
        try:
            self.registry.write(
                Update(
                    key=address_key(address),
                    assign={"status": after, "updatedAt": iso(self.now)},
                    condition="#status = :before",
                    values={"before": before},
                ),
                history_entry(
                    address, self.now, who=_WHO, what=after, why="as the organization shows the account"
                ),
            )
        except ConditionFailed:
            return False
        return True

    def _tell(self, done: Reconciled, found: Comparison) -> None:
        """Tell what changed, and what needs a person: that only when it is new, or old enough to remind."""
        digest = _digest(found)
        told = self.registry.table.get(_TOLD) or {}
        reminded = told.get("needs") == digest and str(told.get("at")) > iso(self.now - REMIND_AFTER)
        if not done.changed and (reminded or not done.needs_people):
            return
        self.operations.tell(reconcile_report(done))
        self.registry.write(Put(item={"pk": _TOLD[0], "sk": _TOLD[1], "needs": digest, "at": iso(self.now)}))


def _digest(found: Comparison) -> str:
    """What needs a person, as one text that changes when it does."""
    needs = [
        _addresses([record for record, _ in found.moved]),
        [address for _, address in found.moved],
        _addresses(found.gone),
        _addresses(found.stuck),
    ]
    return hashlib.sha256(json.dumps(needs).encode()).hexdigest()


def _addresses(records: Sequence[Record]) -> list[str]:
    return sorted(str(record["address"]) for record in records)
