"""Vends under faults: each must end with one account, one address, one owner, and nothing left over."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from boto3.dynamodb.types import TypeDeserializer
from matrix_cells import MACHINE, Outcome, recorded_calls, run_cells, took_place

FUNCTIONS = (
    "ReadRequest",
    "VendEmail",
    "CreateAccount",
    "CheckAccount",
    "PlaceAccount",
    "RegisterOwner",
    "SendWelcome",
)
REDRIVES = 6
SIDE_BY_SIDE = 6
PATIENCE = 150
"""Seconds after which a vend is stuck."""
UNIT = "Matrix"
"""The unit below which vends that look units up get one of their own."""


class Vends:
    """The vends of one matrix on one local AWS, which nobody else uses meanwhile.

    Args:
        aws: the local AWS.
        executions: how many executions of each request run at the same time.
    """

    def __init__(self, aws, *, executions=1):
        self.aws = aws
        self._executions = executions
        organizations = aws.client("organizations")
        [self._root] = organizations.list_roots()["Roots"]
        self._unit = f"{UNIT}-{uuid4().hex[:6]}"
        made = organizations.create_organizational_unit(ParentId=self._root["Id"], Name=self._unit)
        self._unit_id = made["OrganizationalUnit"]["Id"]
        self._places = {}
        self._announced = _subscribe(aws)

    def record(self):
        """The calls of one clean vend, made by fresh workers."""
        self.aws.control("organizations", {"polls": 1})
        self.aws.control("calls", method="DELETE")
        name = f"clean-{uuid4().hex[:9]}"
        outcome = self._vend(name, unit=self._own_unit(name), executions=1)
        assert outcome["status"] == "SUCCEEDED", outcome
        return recorded_calls(self.aws, {MACHINE, *FUNCTIONS}, name)

    def run(self, cells, progress=lambda _outcome: None):
        """Run all cells."""
        return run_cells(cells, self._run, progress, side_by_side=SIDE_BY_SIDE)

    def _run(self, cell):
        unit = self._own_unit(cell.name) if cell.call.remembered else "Workloads/Prod"
        faults = cell.faults()
        for fault in faults:
            self.aws.control("faults", fault)
        ended = self._vend(cell.name, unit=unit, executions=self._executions)
        hit = took_place(self.aws, faults[-1])
        if not cell.call.isolated:
            self.aws.control("faults", method="DELETE")
        return Outcome(cell, hit=hit, **ended)

    def _own_unit(self, name):
        made = self.aws.client("organizations").create_organizational_unit(ParentId=self._unit_id, Name=name)
        self._places[name] = made["OrganizationalUnit"]["Id"]
        return f"{self._unit}/{name}"

    def _vend(self, name, *, unit, executions):
        """Vend, and redrive where it failed, as often as an operator would."""
        request = {
            "requestId": name,
            "owner": {"email": f"{name}@example.com", "name": "Matrix"},
            "account": {"name": name},
            "organizationalUnit": unit,
        }
        started = [self.aws.start(request, name=f"{name}-{number}") for number in range(executions)]
        # At the same time: what one left unfinished when it failed may be what the other waits for.
        with ThreadPoolExecutor(executions) as pool:
            ended = list(pool.map(self._finish, started))
        return {
            "status": "/".join(sorted({one["status"] for one, _ in ended})),
            "redrives": sum(one["redriveCount"] for one, _ in ended),
            "errors": tuple(error for _, errors in ended for error in errors),
            "account_id": "/".join(sorted({_account_id(one) for one, _ in ended})),
        }

    def _finish(self, execution):
        """Wait for an execution's end, and redrive it where it failed; how it ended, and with what errors."""
        errors = []
        while True:
            deadline = time.monotonic() + PATIENCE
            while execution.status == "RUNNING" and time.monotonic() < deadline:
                time.sleep(0.05)
            described = execution.description
            if described["status"] in ("RUNNING", "SUCCEEDED") or len(errors) == REDRIVES:
                return described, errors
            errors.append(described.get("error", described["status"]))
            self.aws.client("stepfunctions").redrive_execution(executionArn=execution.arn)

    def problems(self, outcomes):
        """What is wrong after the runs, by cell; cells that survived are not in it."""
        names = {one.cell.name for one in outcomes}
        facts = _Facts(self.aws, self._announced, names, self._executions)
        places = {name: facts.accounts_in(unit) for name, unit in self._places.items()}
        prod = facts.accounts_in(_unit_id(self.aws, self._root["Id"], ("Workloads", "Prod")))
        found = {}
        for outcome in outcomes:
            wrong = list(facts.problems(outcome, places.get(outcome.cell.name, prod)))
            if wrong:
                found[outcome.cell] = wrong
        return found


class _Facts:
    """What is there after the runs, read once for all of them."""

    def __init__(self, aws, announced, names, executions):
        self._aws = aws
        self._executions = executions
        self._accounts = defaultdict(list)
        for account in aws.accounts():
            self._accounts[account["Name"]].append(account)
        self._items = _items(aws)
        self._mails = Counter(to for sent in aws.control("outbox") for to in sent["destinations"])
        self._events = announced(names)
        pages = aws.client("organizations").get_paginator("list_create_account_status").paginate()
        self._creations = Counter(
            one["AccountName"] for page in pages for one in page["CreateAccountStatuses"]
        )

    def accounts_in(self, unit_id):
        """The ids of the accounts in a unit."""
        pages = self._aws.client("organizations").get_paginator("list_accounts_for_parent")
        return {one["Id"] for page in pages.paginate(ParentId=unit_id) for one in page["Accounts"]}

    def problems(self, outcome, place):
        """Everything that is not as it must be after a vend, however it went."""
        name, address = outcome.cell.name, f"{outcome.cell.name}@aws.example.com"
        if not outcome.hit:
            yield "the fault did not take place: the call was not made"
        if outcome.status != "SUCCEEDED":
            yield f"it ended {outcome.status} after {outcome.redrives} redrives: {', '.join(outcome.errors)}"
        accounts = self._accounts[name]
        if len(accounts) != 1:
            yield f"{len(accounts)} accounts"
        yield from self._wrong_in_the_registry(name, address, outcome.account_id)
        for account in accounts:
            if account["Email"] != address or account["Id"] != outcome.account_id:
                yield f"the account {account['Id']} is not the one that was vended"
            if account["Id"] not in place:
                yield f"the account {account['Id']} is not in its unit"
        yield from _too_many(self._mails[f"{name}@example.com"], "welcomes", may_repeat_welcome(outcome.cell))
        yield from _too_many(
            self._events[name], "events", self._executions > 1 or may_repeat_event(outcome.cell)
        )
        if self._creations[name] != 1:
            yield f"AWS was asked {self._creations[name]} times to create it"

    def _wrong_in_the_registry(self, name, address, account_id):
        of_the_run = [item for item in self._items if name in item["pk"] and item["sk"] == "STATE"]
        addresses = [item for item in of_the_run if item["pk"].startswith("ADDRESS#")]
        if [item["address"] for item in addresses] != [address]:
            yield f"{len(addresses)} addresses"
        for item in addresses:
            if (item["status"], item.get("accountId")) != ("ACTIVE", account_id):
                yield f"the address is {item['status']} with account {item.get('accountId')}"
            if left := {"asking", "failure", "lastError", "welcoming"} & item.keys():
                yield f"the address still has {', '.join(sorted(left))}"
        owners = [item for item in self._items if item["pk"] == f"ACCOUNT#{account_id}"]
        if [item["address"] for item in owners] != [address]:
            yield "the account does not point to its address"
        if [item for item in self._items if item["pk"] == "SLOTS" and item["holder"] == address]:
            yield "it still holds a slot"


def _account_id(described):
    return str(json.loads(described.get("output") or "{}").get("account", {}).get("id"))


def may_repeat_welcome(cell):
    """More than one welcome is allowed where the answer of SendEmail, or what follows it, was lost."""
    call = cell.call
    recorded = (call.principal, call.operation, call.occurrence) == ("SendWelcome", "UpdateItem", 2)
    return recorded or (call.operation == "SendEmail" and cell.kind.when == "after")


def may_repeat_event(cell):
    """More than one event is allowed where the answer of PutEvents was lost."""
    return cell.call.operation == "PutEvents" and cell.kind.when == "after"


def _too_many(count, what, may_repeat):
    if count == 0 or (count > 1 and not may_repeat):
        yield f"{count} {what}"


def _items(aws):
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=aws.outputs["TableName"])
    deserialize = TypeDeserializer().deserialize
    return [
        {name: deserialize(value) for name, value in item.items()} for page in pages for item in page["Items"]
    ]


def _unit_id(aws, parent, path):
    for name in path:
        pages = aws.client("organizations").get_paginator("list_organizational_units_for_parent")
        units = [unit for page in pages.paginate(ParentId=parent) for unit in page["OrganizationalUnits"]]
        parent = next(unit["Id"] for unit in units if unit["Name"] == name)
    return parent


def _subscribe(aws):
    """Let a queue receive the events `Account Vended`; gives what counts them by the account's name."""
    queues, events = aws.client("sqs"), aws.client("events")
    name = f"matrix-{uuid4().hex[:9]}"
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus, pattern = aws.outputs["BusName"], json.dumps({"detail-type": ["Account Vended"]})
    events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    counted = Counter()

    def receive():
        messages = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            counted[json.loads(message["Body"])["detail"]["account"]["name"]] += 1
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def count(names):
        """Wait until there is an event for each name, or long enough."""
        deadline = time.monotonic() + 5
        while receive() or (names - counted.keys() and time.monotonic() < deadline):
            time.sleep(0)
        return counted

    return count
