"""Importing accounts that exist: one execution adopts each; what is registered already is left as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workflows.operate import import_tables, outcomes
from workflows.operate.account_rows import Row, read_rows
from workflows.operate.aws_errors import problem_of
from workflows.operate.following import follow_all
from workflows.operate.import_plan import Planned, Standing, plan
from workflows.operate.interruptions import interruptible
from workflows.operate.problems import ImportIncomplete
from workflows.operate.progress import progress
from workflows.operate.requests import Request
from workflows.operate.starting import start
from workflows.vending.errors import VendingError
from workflows.vending.organizations import Account, Organizations
from workflows.vending.registry import Status

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment
    from workflows.operate.executions import Execution
    from workflows.operate.terminal import Terminal

ORGANIZATION = "organization"
_AT_ONCE = 100
"""Executions under way: what else goes on in the organization should not have to wait for an import."""


def import_from(deployment: Deployment, terminal: Terminal, source: str, *, dry_run: bool) -> None:
    """Import the accounts of a file or of the whole organization; every row gets its answer.

    Raises:
        AccountsUnreadable: the file is not a table of accounts.
        ImportIncomplete: a row was refused, or its execution failed; the good ones are done.
        typer.Exit: with 130 after Ctrl-C; executions that were started go on.
    """
    rows = _plan(deployment, terminal, source)
    if not dry_run:
        _adopt(deployment, terminal, rows)
    _show(terminal, rows)
    if dry_run:
        terminal.say("Nothing was started.")
    bad = [one for one in rows if one.standing in (Standing.REFUSED, Standing.FAILED)]
    if bad:
        raise ImportIncomplete(f"{len(bad)} of {len(rows)} accounts need a look; see the summary.")


def _plan(deployment: Deployment, terminal: Terminal, source: str) -> list[Planned]:
    records = {
        str(item["accountId"]): item for item in deployment.registry.addresses() if item.get("accountId")
    }
    if source == ORGANIZATION:
        accounts = _accounts(deployment)
        unknown = [Row(None, one.id) for one in accounts.values() if one.id not in records]
        return plan(unknown, records, accounts)
    rows = read_rows(source, deployment.settings)
    return plan(rows, records, _accounts_if_allowed(deployment, terminal))


def _accounts(deployment: Deployment) -> dict[str, Account]:
    return {one.id: one for one in Organizations(deployment.organizations).accounts()}


def _accounts_if_allowed(deployment: Deployment, terminal: Terminal) -> dict[str, Account] | None:
    try:
        return _accounts(deployment)
    except VendingError as error:
        terminal.say(f"Not checked beforehand, because: {error.what}", style="yellow")
        return None


def _adopt(deployment: Deployment, terminal: Terminal, rows: list[Planned]) -> None:
    """Start an execution for each row that wants one, follow it, and put what became of it in its place."""
    wanted = [index for index, one in enumerate(rows) if one.standing is Standing.TO_ADOPT]
    goes_on = "executions that were started go on: the same command again does the rest."
    with (
        interruptible(terminal, goes_on, lambda: _show(terminal, rows)),
        progress(terminal, "imported", len(wanted)) as advance,
    ):
        for begin in range(0, len(wanted), _AT_ONCE):
            for index in _some(deployment, rows, wanted[begin : begin + _AT_ONCE]):
                advance(rows[index].row.account_id, rows[index].standing)


def _some(deployment: Deployment, rows: list[Planned], indexes: Sequence[int]) -> Iterator[int]:
    """Adopt some at once, and yield each when it is over."""
    running: dict[str, int] = {}
    for index in indexes:
        rows[index] = _start(deployment, rows[index])
        if rows[index].standing is Standing.ADOPTING:
            running[rows[index].execution] = index
        else:
            yield index
    ended = follow_all(
        deployment.executions, dict.fromkeys(running, 0), seconds=deployment.seconds_between_looks
    )
    for execution in ended:
        index = running[execution.arn]
        rows[index] = _became(rows[index], execution)
        yield index


def _start(deployment: Deployment, planned: Planned) -> Planned:
    row = planned.row
    document: dict[str, object] = {
        "requestId": f"import-{row.account_id}",
        "account": {"id": row.account_id},
        "origin": "import",
    }
    if row.owner_emails:
        document["owner"] = {"email": list(row.owner_emails), "name": row.owner_name or None}
    try:
        started = start(deployment.executions, deployment.registry, Request(row.account_id, document))
    except Exception as error:
        if problem := problem_of(error):
            return planned.became(Standing.FAILED, str(problem))
        raise
    return planned.became(Standing.ADOPTING, "", started.arn)


def _became(planned: Planned, execution: Execution) -> Planned:
    if not execution.succeeded:
        error = outcomes.error(execution)
        return planned.became(Standing.FAILED, f"{error['name']}: {error['message']} {error['remedy']}")
    output = execution.output
    found = replace(planned, account_name=output["account"]["name"], address=output["account"]["address"])
    owners = f"owned by {', '.join(output['owner']['email'])}"
    if output.get("needsOwner"):
        owners += ", who stands in: it needs an owner"
    status = output.get("status", Status.ACTIVE)
    if status != Status.ACTIVE:
        return found.became(Standing.REGISTERED, f"another execution vends it ({status}), {owners}")
    return found.became(Standing.REGISTERED if "status" in output else Standing.ADOPTED, owners)


def _show(terminal: Terminal, rows: Sequence[Planned]) -> None:
    terminal.document([one.document() for one in rows])
    if rows:
        terminal.show(import_tables.summary(rows))
    counts = Counter(str(one.standing) for one in rows)
    told = ", ".join(f"{count} {standing}" for standing, count in sorted(counts.items()))
    terminal.say(f"{told}." if told else "Every account of the organization is registered.")
