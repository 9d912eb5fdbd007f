"""The cells of the fault matrix: every recorded AWS call with everything that can go wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from uuid import uuid4

FAILS = {
    "dynamodb": "InternalServerError",
    "events": "InternalException",
    "lambda": "ServiceException",
    "organizations": "ServiceException",
    "s3": "InternalError",
    "sesv2": "InternalServiceErrorException",
    "sns": "InternalError",
    "sqs": "InternalError",
}
THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "events": "ThrottlingException",
    "lambda": "TooManyRequestsException",
    "organizations": "TooManyRequestsException",
    "s3": "SlowDown",
    "sesv2": "TooManyRequestsException",
    "sns": "Throttled",
    "sqs": "RequestThrottled",
}
DENIED = {"s3": "AccessDenied", "sns": "AuthorizationError", "sqs": "AccessDenied"}
MACHINE = "VendAccount"
NO_CLIENT_TOKEN = ("CreateAccount", "SendEmail")
"""Calls that boto3 makes once only."""
REMEMBERED = ("ListRoots", "ListOrganizationalUnitsForParent")
"""Calls whose answers a worker remembers: only a fresh one makes them."""
WORKERS = 4
"""A function has at most so many workers here."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can go wrong with a call."""

    name: str
    when: str
    error: str = ""
    codes: dict = field(default_factory=dict, hash=False)
    times: int = 1
    until_the_sdk_gives_up: bool = False
    kills: bool = False

    def fault(self, call):
        """The order of the fault, as the local AWS takes it."""
        return {
            "service": call.service,
            "operation": call.operation,
            "principal": call.principal,
            "when": self.when,
            "error": self.error or self.codes.get(call.service, "AccessDeniedException"),
            "times": call.tries if self.until_the_sdk_gives_up else self.times,
            "skip": call.occurrence - 1,
        }

    def can_happen(self, call):
        """Whether it differs from the other kinds for this call."""
        if self.kills:
            return call.principal != MACHINE
        return not self.until_the_sdk_gives_up or self.when == "before" or call.tries > 1


KINDS = (
    Kind("fails before its effect", "before", codes=FAILS, until_the_sdk_gives_up=True),
    Kind("answer lost", "after", "Timeout"),
    Kind("every answer lost", "after", "Timeout", until_the_sdk_gives_up=True),
    Kind("throttled once", "before", codes=THROTTLED),
    Kind("throttled ten times", "before", codes=THROTTLED, times=10),
    Kind("denied", "before", codes=DENIED),
    Kind("worker killed before", "before", "Kill", kills=True),
    Kind("worker killed after", "after", "Kill", kills=True),
)
KILLED_AFTER = KINDS[-1]
LOST = KINDS[1]


@dataclass(frozen=True, slots=True)
class Call:
    """The n-th call of an operation that a function, or the state machine, makes."""

    principal: str
    service: str
    operation: str
    occurrence: int
    isolated: bool
    """Whether its request names what it is for, so that a fault can be meant for it alone."""

    @property
    def tries(self):
        """How often the caller's SDK calls before it gives up."""
        if self.principal == MACHINE or self.operation in NO_CLIENT_TOKEN:
            return 1
        return 4 if self.service == "dynamodb" else 3

    @property
    def remembered(self):
        """Whether a worker makes it only when it is fresh."""
        return self.operation in REMEMBERED

    @property
    def title(self):
        """The call as the report shows it."""
        number = f" ({self.occurrence})" if self.occurrence > 1 else ""
        return f"{self.service} {self.operation}{number}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One call and one thing that goes wrong with it, in a run of its own."""

    call: Call
    kind: Kind
    name: str = field(default_factory=lambda: f"m{uuid4().hex[:9]}")
    """Occurs in every request of the run, and nowhere else."""

    @property
    def title(self):
        """The cell as progress and failures show it."""
        return f"{self.call.principal}: {self.call.title}: {self.kind.name}"

    def faults(self):
        """The faults to order, the cell's own last."""
        own = self.kind.fault(self.call)
        if self.call.isolated:
            own["match"] = self.name
        if not self.call.remembered:
            return [own]
        kill = Kind("", "before", "Kill", times=WORKERS).fault(self.call)
        # A worker that remembers does not list the roots; it lists the units below the one it does not know.
        return [{**kill, "operation": REMEMBERED[-1], "skip": 0}, own]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run of a cell ended."""

    cell: Cell
    status: str
    redrives: int
    errors: tuple
    hit: bool
    """Whether the fault took place at all."""
    account_id: str | None


def took_place(aws, ordered):
    """Whether a fault that was ordered has hit a call."""
    names = ("service", "operation", "principal", "when", "match")
    left = [one for one in aws.control("faults") if all(one.get(name) == ordered.get(name) for name in names)]
    return not left or left[0]["times"] < ordered["times"]


def recorded_calls(aws, principals, name):
    """The calls of these principals since the record was cleared, in order, each with its number."""
    found, counts = [], Counter()
    for call in aws.calls():
        key = (call["principal"], call["service"], call["operation"])
        if call["principal"] not in principals:
            continue
        # The record shows no payloads; every payload of the machine names its execution.
        isolated = name in json.dumps(call["request"]) or call["operation"] == "Invoke"
        counts[key] += 1
        counts[key, "isolated"] += isolated
        found.append(Call(*key, counts[key, "isolated"] if isolated else counts[key], isolated))
    return found


def every_cell(calls):
    """Everything that can go wrong with every call."""
    return [Cell(call, kind) for call in calls for kind in KINDS if kind.can_happen(call)]


def nastiest_cells(calls):
    """One cell for each call: the effect is there, and nobody who would know of it is left."""
    return [Cell(call, LOST if call.principal == MACHINE else KILLED_AFTER) for call in calls]


def run_cells(cells, run_one, progress, *, side_by_side):
    """The outcomes of all cells: side by side those whose faults can hit nobody else, then one by one."""
    outcomes = []
    with ThreadPoolExecutor(side_by_side) as pool:
        for done in as_completed([pool.submit(run_one, cell) for cell in cells if cell.call.isolated]):
            outcomes.append(done.result())
            progress(outcomes[-1])
    for cell in cells:
        if not cell.call.isolated:
            outcomes.append(run_one(cell))
            progress(outcomes[-1])
    return outcomes
