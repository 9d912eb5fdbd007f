"""Copying the items of another table into the registry: what it has already stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from workflows.operate.interruptions import interruptible
from workflows.operate.problems import NoRegistryTable, RegistryCopyIncomplete, WrongUsage
from workflows.operate.tables import with_headings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

_LEFT_OUT = ("slots", "rule_set")
"""Leases, and which rule set was active before: of the deployment that wrote them, wrong in any other."""
_AT_ONCE = 16
_SHOWN = 10

Attributes = Mapping[str, Any]
"""An item as DynamoDB writes it: copied as it is, whatever its attributes are."""


class Outcome(StrEnum):
    """What became of an item."""

    COPIED = "copied"
    TO_COPY = "toCopy"
    """The registry lacks it, and nothing was written."""
    THERE = "there"
    """The registry has the same item."""
    DIFFERENT = "different"
    """The registry has another item under its key, which stays."""
    LEFT_OUT = "leftOut"


_HEADINGS = {
    Outcome.COPIED: "Copied",
    Outcome.TO_COPY: "To copy",
    Outcome.THERE: "There already",
    Outcome.DIFFERENT: "Different",
    Outcome.LEFT_OUT: "Left out",
}


@dataclass
class Report:
    """What became of every item so far."""

    source: str
    target: str
    dry_run: bool
    counts: Counter[tuple[str, Outcome]] = field(default_factory=Counter)
    different: list[dict[str, str]] = field(default_factory=list)

    def add(self, item: Attributes, outcome: Outcome) -> None:
        """Count an item."""
        self.counts[kind_of(item), outcome] += 1
        if outcome is Outcome.DIFFERENT:
            self.different.append({name: item[name]["S"] for name in ("pk", "sk")})

    def total(self, *outcomes: Outcome) -> int:
        """How many items had one of these outcomes."""
        return sum(count for (_, outcome), count in self.counts.items() if outcome in outcomes)

    def rows(self) -> list[dict[str, Any]]:
        """The counts by kind of item."""
        kinds = sorted({kind for kind, _ in self.counts})
        return [{"kind": kind, **{str(one): self.counts[kind, one] for one in Outcome}} for kind in kinds]


def copy_registry(deployment: Deployment, terminal: Terminal, source: str, *, dry_run: bool) -> None:
    """Copy what the stack's table lacks, page by page; safe to run again, and meanwhile.

    Raises:
        WrongUsage: the source is the stack's own table.
        NoRegistryTable: there is no such table, or it holds something else.
        RegistryCopyIncomplete: the stack's table has other items under some keys.
        Interrupted: AWS refused a call; what was copied stays.
        typer.Exit: with 130 after Ctrl-C.
    """
    report = Report(source, deployment.stack.table_name, dry_run)
    if report.source == report.target:
        raise WrongUsage(f"{source} is the table of this stack: name the one to copy from.")
    client = deployment.clients.dynamodb
    goes_on = "what was copied stays: the same command again does the rest."
    with interruptible(terminal, goes_on, lambda: _show(terminal, report)):
        _copy_all(client, terminal, report)
    _show(terminal, report)
    kept = report.total(Outcome.DIFFERENT)
    if kept:
        raise RegistryCopyIncomplete(
            f"{kept} item{'' if kept == 1 else 's'} could not be copied: {report.target} has another under "
            "the same key, and keeps it; see the summary."
        )


def kind_of(item: Attributes) -> str:
    """What an item is, by its key: `address`, `history`, `mail` and others (docs/architecture.md)."""
    kind = str(item["pk"]["S"]).partition("#")[0]
    if kind == "ADDRESS" and item["sk"]["S"] != "STATE":
        kind = str(item["sk"]["S"]).partition("#")[0]
    return kind.lower()


def _copy_all(client: DynamoDBClient, terminal: Terminal, report: Report) -> None:
    def copy(item: Attributes) -> Outcome:
        return _copy(client, report.target, item, dry_run=report.dry_run)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for page in _pages(client, report.source):
            for item, outcome in zip(page, threads.map(copy, page), strict=True):
                report.add(item, outcome)
            done = Outcome.TO_COPY if report.dry_run else Outcome.COPIED
            terminal.say(
                f"{report.total(*Outcome):,} items read, {report.total(done):,} {_said(done)}.", "dim"
            )


def _pages(client: DynamoDBClient, source: str) -> Iterator[list[Attributes]]:
    pages = client.get_paginator("scan").paginate(TableName=source, ConsistentRead=True)
    try:
        for page in pages:
            for item in page["Items"]:
                if any("S" not in item.get(key, {}) for key in ("pk", "sk")):
                    raise NoRegistryTable(f"{source} is no registry: its items lack the keys pk and sk.")
            yield [*page["Items"]]
    except client.exceptions.ResourceNotFoundException as error:
        region = client.meta.region_name
        raise NoRegistryTable(
            f"There is no table {source} in {region}: `aws dynamodb list-tables` names them."
        ) from error


def _copy(client: DynamoDBClient, target: str, item: Attributes, *, dry_run: bool) -> Outcome:
    if kind_of(item) in _LEFT_OUT:
        return Outcome.LEFT_OUT
    if not dry_run:
        try:
            client.put_item(TableName=target, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except client.exceptions.ConditionalCheckFailedException:
            pass  # by somebody else, or by our own call whose answer was lost: the next look tells
        else:
            return Outcome.COPIED
    key = {name: item[name] for name in ("pk", "sk")}
    there = client.get_item(TableName=target, Key=key, ConsistentRead=True).get("Item")
    if there is None:
        return Outcome.TO_COPY
    return Outcome.THERE if there == item else Outcome.DIFFERENT


def _show(terminal: Terminal, report: Report) -> None:
    terminal.document(
        {
            "from": report.source,
            "to": report.target,
            "dryRun": report.dry_run,
            "kinds": report.rows(),
            "different": report.different,
        }
    )
    shown = [one for one in Outcome if report.total(one)]
    table = with_headings("Kind", *(_HEADINGS[one] for one in shown))
    for row in report.rows():
        table.add_row(row["kind"], *(f"{row[one]:,}" for one in shown))
    if shown:
        terminal.show(table)
    for key in report.different[:_SHOWN]:
        terminal.say(f"Different: {key['pk']}  {key['sk']}")
    if len(report.different) > _SHOWN:
        terminal.say(f"... and {len(report.different) - _SHOWN:,} more; --json names them all.")
    counts = [f"{report.total(one):,} {_said(one)}" for one in shown]
    terminal.say(f"{', '.join(counts)}." if counts else f"{report.source} is empty.")


def _said(outcome: Outcome) -> str:
    return _HEADINGS[outcome].lower()
