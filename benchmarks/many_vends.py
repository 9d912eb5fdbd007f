"""Vends 1,000 accounts at once; looks for duplicates, losses, and more creations than AWS allows at once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from rich.console import Console

from benchmarks.report import Report
from benchmarks.vends import Deployment, deployment

VENDS = 1_000
IN_FLIGHT = 5
SPEED = 20
_RETRY_DELAY = 300 / SPEED
"""Seconds: the longest delay between two attempts to get a slot, at this speed."""
_TAGS = {"BusinessUnit": "many", "ApplicationName": "app", "Environment": "PRODUCTION"}


def report() -> Report:
    """Start all at once, wait for all, count."""
    with deployment(speed=SPEED) as aws:
        aws.let_creations_take(0)
        started = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            arns = list(pool.map(lambda number: aws.start(_request(), f"many-{number}"), range(VENDS)))
        _wait(aws)
        seconds = time.monotonic() - started
        items = [item for item in aws.addresses() if item["status"]["S"] == "ACTIVE"]
        creations = [_creation(aws, arn) for arn in arns]
        refused = sum(1 for call in aws.calls("organizations", "CreateAccount") if call["error"])
    distinct = {
        key: len({item[key]["S"] for item in items}) for key in ("address", "accountName", "accountId")
    }
    idle = _longest_idle(creations)
    rows = [
        ("requests", f"{VENDS:,}"),
        ("ACTIVE", f"{len(items):,}"),
        *((f"distinct {key}", f"{count:,}") for key, count in distinct.items()),
        (f"creations refused because {IN_FLIGHT} were in flight", str(refused)),
        ("longest a slot was idle while some waited", f"{idle:.1f} s"),
        ("longest delay of a retry at this speed", f"{_RETRY_DELAY:.1f} s"),
        ("took", f"{seconds:.0f} s, {VENDS / seconds:.1f} a second"),
    ]
    missed = [f"{VENDS - len(items)} requests lost"] * (len(items) != VENDS)
    missed += [f"{VENDS - count} duplicates of {key}" for key, count in distinct.items() if count != VENDS]
    missed += [f"{refused} creations asked for while {IN_FLIGHT} were in flight"] * bool(refused)
    missed += [f"a slot was idle for {idle:.1f} s"] * (idle > _RETRY_DELAY)
    about = (
        f"{VENDS:,} requests of one name pattern at once, on the local AWS at speed {SPEED}, whose "
        f"Organizations refuses more than {IN_FLIGHT} creations in flight, as AWS does. When slots were used "
        "is read from the histories: from the end of CreateAccount to the end of the last CheckAccount."
    )
    return Report("A thousand vends at once", about, ("what", "found"), rows, missed)


def _request() -> dict[str, object]:
    return {"owner": {"email": "many@example.com"}, "tags": _TAGS}


def _wait(aws: Deployment) -> None:
    console = Console(stderr=True)
    for round_number in itertools.count():
        running = sum(
            len(page["executions"])
            for page in aws.states.get_paginator("list_executions").paginate(
                stateMachineArn=aws.outputs["StateMachineArn"], statusFilter="RUNNING"
            )
        )
        if not running:
            return
        if round_number % 5 == 0:
            console.print(f"  {running:,} still running")
        time.sleep(2)


def _creation(aws: Deployment, arn: str) -> tuple[datetime, datetime, datetime]:
    """When a vend began to wait for a slot, and from when to when its account was being created."""
    entered: dict[str, datetime] = {}
    exited: dict[str, datetime] = {}
    for event in aws.history(arn):
        if details := event.get("stateEnteredEventDetails"):
            entered.setdefault(details["name"], event["timestamp"])
        if details := event.get("stateExitedEventDetails"):
            exited[details["name"]] = event["timestamp"]
    return entered["CreateAccount"], exited["CreateAccount"], exited["CheckAccount"]


def _longest_idle(creations: Iterable[tuple[datetime, datetime, datetime]]) -> float:
    """The longest time in seconds that fewer creations ran than may, while others waited."""
    changes = []
    for waits, begins, ends in creations:
        changes += [(waits, 0, 1), (begins, 1, -1), (ends, -1, 0)]
    running = waiting = 0
    idle, idle_since = 0.0, None
    for moment, more_running, more_waiting in sorted(changes):
        if idle_since is not None:
            idle = max(idle, (moment - idle_since).total_seconds())
        running, waiting = running + more_running, waiting + more_waiting
        idle_since = (idle_since or moment) if running < IN_FLIGHT and waiting > 0 else None
    return idle
