"""The rules of vending in a world of their own: a table in this process, an organization of a few lines.

Nothing here waits, so that thousands of orders of events can be tried; see test_any_order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
from faulty_table_for_tests import Faulty, Killed
from moto import mock_aws
from small_organization_for_tests import Organization

from workflows.vending.adoption import Adoption
from workflows.vending.asking import ask
from workflows.vending.cancelling import cancel
from workflows.vending.checking import check
from workflows.vending.creation import AccountCreation, Execution
from workflows.vending.errors import CannotCancel, VendingError
from workflows.vending.registration import register
from workflows.vending.registry import Registry, Status
from workflows.vending.reporting import report_execution
from workflows.vending.request import Mode, Order
from workflows.vending.reservation import reserve
from workflows.vending.settings import Settings

SETTINGS = Settings(
    table_name="registry",
    domain="aws.example.com",
    forward_from="forwarder@aws.example.com",
    administrator="cloud-team@example.com",
    creations_in_flight=2,
)
OWNER = ("team@example.com",)
OWN = "own@elsewhere.example"
ORDERS = [
    Order(request_id="r-1", owner_emails=OWNER, account_name="payments"),
    Order(request_id="r-2", owner_emails=OWNER, account_name="Pay ments"),
    Order(request_id="r-3", owner_emails=OWNER, account_name="third", account_email=OWN),
    Order(request_id="r-4", owner_emails=OWNER, account_name="fourth", account_email=OWN),
    Order(request_id="r-5", owner_emails=OWNER, account_name="pay-ments", mode=Mode.ADDRESS),
]
ADDRESSES = ["payments@aws.example.com", "pay-ments@aws.example.com", OWN]


@dataclass(eq=False)
class Run:
    """An execution: the state it is in, with that state's input."""

    order: Order
    started_at: datetime
    arn: str
    state: str = "VendEmail"
    address: str = ""
    account_id: str = ""
    error: str = ""
    redrives: int = 0
    redriven_at: datetime | None = None

    @property
    def over(self):
        return self.state == "End" or bool(self.error)


class World:
    """One table, one organization, any number of executions, one clock."""

    def __init__(self):
        self._aws = mock_aws()
        self._aws.start()
        client = boto3.client("dynamodb", "us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        client.create_table(
            TableName="registry",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        )
        self.client = Faulty(client)
        self.registry = Registry(self.client, "registry")
        self.organization = Organization()
        self.now = datetime(2026, 5, 11, 12, 0, tzinfo=UTC)
        self.runs, self.cancels = [], Counter()
        self.wait(1)

    def close(self):
        """Be gone; other tests have a world of their own."""
        self._aws.stop()

    def wait(self, seconds):
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        self.organization.now = self.now

    def start(self, order):
        """Start an execution."""
        self.wait(1)
        state = "FindAccount" if order.mode is Mode.ADOPT else "VendEmail"
        arn = f"arn:aws:states:us-east-1:123456789012:execution:VendAccount:e-{len(self.runs)}"
        self.runs.append(Run(order, self.now, arn, state))
        return self.runs[-1]

    def redrive(self, run):
        """Run a failed execution again from the state that failed."""
        self.wait(1)
        run.error, run.redrives, run.redriven_at = "", run.redrives + 1, self.now

    def cancel(self, request_id):
        """Give a request up whose executions have ended."""
        if all(run.over for run in self.runs if run.order.request_id == request_id):
            self.wait(1)
            try:
                item = cancel(self.registry, request_id, who="me", why="no", now=self.now)
            except CannotCancel:
                return
            assert item["status"] == Status.RETIRED
            self.cancels[request_id] += 1

    def step(self, run, *, table=None, organization=None):
        """Try the state of an execution once; a passing error leaves it there, as the state machine would."""
        if run.over:
            return
        self.wait(1)
        self.client.fault, self.organization.fault = table, organization
        execution = Execution(run.arn, run.redrives, run.started_at, run.redriven_at)
        try:
            getattr(self, f"_{run.state}")(run, execution)
        except Killed:
            return
        except VendingError as error:
            if not error.transient:
                run.error = type(error).__name__
                self.client.fault = None
                self._report(run, error)
        finally:
            self.client.fault = self.organization.fault = None

    def tell(self, report):
        """Be told, as operations is."""

    def _report(self, run, error):
        detail = {
            "executionArn": run.arn,
            "name": run.arn.rpartition(":")[2],
            "status": "FAILED",
            "startDate": run.started_at.timestamp() * 1000,
            "stopDate": self.now.timestamp() * 1000,
            "input": f'{{"requestId": "{run.order.request_id}"}}',
            "error": run.error,
            "cause": str(error),
        }
        report_execution(detail, registry=self.registry, operations=self)

    def _VendEmail(self, run, execution):  # noqa: N802 - the name of the state
        vended = reserve(
            run.order, registry=self.registry, settings=SETTINGS, execution=execution, now=self.now
        )
        run.address = vended.address
        run.state = "End" if run.order.mode is Mode.ADDRESS else "CreateAccount"

    def _CreateAccount(self, run, execution):  # noqa: N802 - the name of the state
        ask(self._creation(run, execution), run.order)
        run.state = "CheckAccount"

    def _CheckAccount(self, run, execution):  # noqa: N802 - the name of the state
        found = check(self._creation(run, execution))
        run.account_id = found.get("accountId", "")
        after = {"READY": "RegisterOwner", "ASK_AGAIN": "CreateAccount", "NEW_ADDRESS": "VendEmail"}
        run.state = after.get(found["answer"], "CheckAccount")

    def _FindAccount(self, run, execution):  # noqa: N802 - the name of the state
        adoption = Adoption(
            order=run.order,
            registry=self.registry,
            organizations=self.organization,
            settings=SETTINGS,
            execution=execution.arn,
            now=self.now,
        )
        found = adoption.find()
        run.address, run.account_id = found["address"], found["accountId"]
        run.state = "End" if found["answer"] == "KNOWN" else "RegisterOwner"

    def _RegisterOwner(self, run, execution):  # noqa: N802 - the name of the state
        register(
            self.registry,
            address=run.address,
            account_id=run.account_id,
            execution=execution.arn,
            now=self.now,
        )
        run.state = "End"

    def _creation(self, run, execution):
        return AccountCreation(
            address=run.address,
            request_id=run.order.request_id,
            registry=self.registry,
            organizations=self.organization,
            settings=SETTINGS,
            execution=execution,
            now=self.now,
        )
