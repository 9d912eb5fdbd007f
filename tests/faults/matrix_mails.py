"""Inbound mails under faults: none may be lost, none may come more than twice, whatever call goes wrong.

The mail of each run goes to an owner whose mailbox does not exist: it is forwarded and bounces, the account
is flagged, the administrator is told, and the mail is forwarded once more, to the administrator.
"""

from __future__ import annotations

import base64
import json
import time
from collections import Counter

from boto3.dynamodb.types import TypeSerializer
from matrix_cells import Outcome, recorded_calls, run_cells, took_place

FUNCTIONS = ("ForwardInbound", "TrackDelivery")
ADMINISTRATOR = "cloud-team@example.com"
SIDE_BY_SIDE = 24
PATIENCE = 200
"""Seconds after which a mail counts as lost; a claim of a sender that died lasts for 120."""
SETTLING = 20
"""Seconds in which the last calls follow, once everything that can be seen has taken place."""
CLEAN = {"owner": 1, "administrator": 1, "notice": 1}
"""The mails of a run in which nothing goes wrong."""


class Mails:
    """The mails of one matrix on one local AWS, which nobody else uses meanwhile."""

    def __init__(self, aws):
        self.aws = aws
        self._dead_letters = DeadLetters(aws)

    def record(self):
        """The calls of one clean run."""
        self.aws.control("calls", method="DELETE")
        name = "clean-mail"
        self._let_bounce([name])
        ended = self._receive(name)
        assert ended["status"] == "DONE", ended
        return recorded_calls(self.aws, set(FUNCTIONS), name)

    def run(self, cells, progress=lambda _outcome: None):
        """Run all cells."""
        self._let_bounce([cell.name for cell in cells])
        return run_cells(cells, self._run, progress, side_by_side=SIDE_BY_SIDE)

    def problems(self, outcomes):
        """What is wrong after the runs, by cell; cells that survived are not in it."""
        found = {}
        for outcome in outcomes:
            if wrong := list(self._problems(outcome)):
                found[outcome.cell] = wrong
        return found

    def _problems(self, outcome):
        if not outcome.hit:
            yield "the fault did not take place: the call was not made"
        if outcome.status != "DONE":
            yield f"not done: {outcome.status}"
        for what, count in self._sent(outcome.cell.name).items():
            if count > CLEAN[what] + may_repeat(outcome.cell):
                yield f"{count} mails: {what}"

    def _run(self, cell):
        [fault] = cell.faults()
        self.aws.control("faults", fault)
        ended = self._receive(cell.name)
        deadline = time.monotonic() + SETTLING
        while not (hit := took_place(self.aws, fault)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if not cell.call.isolated:
            self.aws.control("faults", method="DELETE")
        return Outcome(cell, hit=hit, errors=(), account_id=None, **ended)

    def _let_bounce(self, names):
        self.aws.control("ses", {"bounces": [f"{name}@example.com" for name in names]})

    def _receive(self, name):
        """Receive a mail and wait until all is done; what became a dead letter is redriven."""
        self._own(name)
        raw = f"From: AWS <a@example.org>\r\nSubject: {name}\r\n\r\nHello {name}\r\n".encode()
        arrival = self.aws.control(
            "ses/receive",
            {
                "raw": base64.b64encode(raw).decode(),
                "recipients": [f"{name}@aws.example.com"],
                "mailFrom": "a@example.org",
            },
        )
        deadline, redrives = time.monotonic() + PATIENCE, 0
        # The first that is missing is enough: the last to be looked for costs the local AWS the most.
        while missing := next(self._missing(name, arrival["messageId"]), None):
            if time.monotonic() > deadline:
                return {"status": missing, "redrives": redrives}
            redrives += self._dead_letters.redrive()
            time.sleep(0.5)
        return {"status": "DONE", "redrives": redrives}

    def _missing(self, name, message_id):
        """What has not taken place yet."""
        address = f"{name}@aws.example.com"
        if self._recorded(address, message_id) != ["forwarded"]:
            yield "the mail is not on record as forwarded"
        if not self.aws.item(f"ADDRESS#{address}").get("unreachable"):
            yield "the account is not flagged"
        if not self.aws.item(f"MAILBOX#{name}@example.com"):
            yield "the mailbox is not on record"
        sent = self._sent(name)
        yield from (f"no mail: {what}" for what in CLEAN if not sent[what])

    def _recorded(self, address, message_id):
        """The outcomes on record for a mail."""
        items = self.aws.client("dynamodb").query(
            TableName=self.aws.outputs["TableName"],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :mail)",
            ExpressionAttributeValues={":pk": {"S": f"ADDRESS#{address}"}, ":mail": {"S": "MAIL#"}},
            ConsistentRead=True,
        )["Items"]
        return [item["outcome"]["S"] for item in items if item["messageId"]["S"] == message_id]

    def _sent(self, name):
        """How many mails of a run were sent, by what they are."""
        counts = Counter(owner=0, administrator=0, notice=0)
        for mail in self.aws.control("outbox", query={"to": f"{name}@example.com"}):
            counts["owner"] += f"Hello {name}".encode() in base64.b64decode(mail["raw"])
        for mail in self.aws.control("outbox", query={"to": ADMINISTRATOR}):
            raw = base64.b64decode(mail["raw"])
            if f"Hello {name}".encode() in raw:
                counts["administrator"] += 1
            elif name.encode() in raw:
                counts["notice"] += 1
        return counts

    def _own(self, name):
        item = {
            "pk": f"ADDRESS#{name}@aws.example.com",
            "sk": "STATE",
            "address": f"{name}@aws.example.com",
            "accountName": name,
            "accountId": "111122223333",
            "status": "ACTIVE",
            "ownerEmails": [f"{name}@example.com"],
            "ownerName": "Matrix",
            "updatedAt": "2025-04-01T10:00:00.000000Z",
        }
        serialize = TypeSerializer().serialize
        self.aws.client("dynamodb").put_item(
            TableName=self.aws.outputs["TableName"],
            Item={attribute: serialize(value) for attribute, value in item.items()},
        )


def may_repeat(cell):
    """One repeat is allowed where the answer of SendEmail, or of the write that records it, was lost."""
    return cell.call.operation in ("SendEmail", "UpdateItem")


class DeadLetters:
    """What became a dead letter, on its way back."""

    def __init__(self, aws):
        self._aws = aws
        self._track_delivery = _resource(aws, "AWS::Lambda::Function", "TrackDelivery")
        self._untracked = _resource(aws, "AWS::SQS::Queue", "Untracked")

    def redrive(self):
        """Send everything back, as an operator does once the cause is mended; how much it was."""
        inbound = self._take(self._aws.outputs["InboundDeadLetterQueueUrl"])
        for body in inbound:
            self._aws.client("sqs").send_message(
                QueueUrl=self._aws.outputs["InboundQueueUrl"], MessageBody=body
            )
        untracked = self._take(self._untracked)
        for body in untracked:
            payload = body if "Records" in json.loads(body) else None
            assert payload, f"what SNS could not deliver: {body}"
            self._aws.client("lambda").invoke(
                FunctionName=self._track_delivery, InvocationType="Event", Payload=payload.encode()
            )
        return len(inbound) + len(untracked)

    def _take(self, url):
        queues = self._aws.client("sqs")
        messages = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]


def _resource(aws, kind, named):
    """The physical id of the one resource of a type in whose logical id this name is."""
    answer = aws.client("cloudformation").describe_stack_resources(StackName=aws.environment["VENDING_STACK"])
    [found] = [
        one["PhysicalResourceId"]
        for one in answer["StackResources"]
        if one["ResourceType"] == kind and named in one["LogicalResourceId"]
    ]
    return found
