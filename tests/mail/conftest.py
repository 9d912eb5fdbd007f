"""Mail as it comes in and goes out on the local AWS."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aws_for_tests import serving
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from policies_for_tests import keep_needed

DOMAIN = "aws.example.com"
VEND = Path(sys.executable).with_name("vend")


class Post:
    """Accounts that own mailboxes, mails that arrive for them, and what becomes of those."""

    admin = "cloud-team@example.com"

    def __init__(self, aws, unique):
        self.aws = aws
        self.unique = unique
        self.account = f"{unique}@{DOMAIN}"
        self.owner = f"owner-{unique}@example.com"

    def address(self, name):
        """A vended address, and an owner's, that no other test uses."""
        return f"{name}-{self.unique}@{DOMAIN}", f"{name}-{self.unique}@example.com"

    def own(self, address, *owners, **more):
        """Register an account as RegisterOwner does."""
        account = {
            "address": address,
            "accountName": address.split("@")[0],
            "accountId": "111122223333",
            "status": "ACTIVE",
            "ownerEmails": list(owners),
            "ownerName": "Payments team",
            "updatedAt": "2025-04-01T10:00:00.000000Z",
        }
        self.put_item(pk=f"ADDRESS#{address}", sk="STATE", **account, **more)

    def put_item(self, **item):
        """Put an item into the table."""
        serialize = TypeSerializer().serialize
        self.aws.client("dynamodb").put_item(
            TableName=self.aws.outputs["TableName"],
            Item={name: serialize(value) for name, value in item.items()},
        )

    def receive(self, raw, *to, mail_from="bounces@example.org", **verdicts):
        """Let SES receive a mail; what it answers: messageId, bucket, key."""
        return self.aws.control(
            "ses/receive",
            {
                "raw": base64.b64encode(raw).decode(),
                "recipients": list(to or [self.account]),
                "mailFrom": mail_from,
                "verdicts": verdicts,
            },
        )

    def sent(self, to=None):
        """The raw mails sent to a mailbox."""
        found = self.aws.control("outbox", query={"to": to or self.owner})
        return [base64.b64decode(mail["raw"]) for mail in found]

    def outcome(self, arrival, address=None):
        """What is recorded for one address of a mail, once it is; the mail is then done with."""
        return self.aws.eventually(lambda: self.recorded(arrival, address))

    def recorded(self, arrival, address=None):
        """What is recorded for one address of a mail so far."""
        pk = f"ADDRESS#{(address or self.account).lower()}"
        for item in self.items(pk):
            if item["sk"].endswith(f"#{arrival['messageId']}"):
                return item
        return None

    def items(self, pk):
        """The items of a partition of the table as plain values."""
        pages = (
            self.aws.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.aws.outputs["TableName"],
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ConsistentRead=True,
            )
        )
        deserialize = TypeDeserializer().deserialize
        return [
            {name: deserialize(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]

    def notices(self, *words):
        """The mails sent to the administrator in whose bytes all of these words are."""
        return [raw for raw in self.sent(self.admin) if all(word.encode() in raw for word in words)]

    def events(self, address=None):
        """The events about mails to an address, as they were put on our bus."""
        found = []
        for call in self.aws.calls("events", "PutEvents", containing=address or self.account):
            if call["status"] == 200:
                found += [json.loads(entry["Detail"]) for entry in call["request"]["Entries"]]
        return [one for one in found if one["account"].get("address") == (address or self.account)]

    def dead_letters(self):
        """The bodies of the dead letters, which stay where they are."""
        queue = self.aws.client("sqs")
        answer = queue.receive_message(
            QueueUrl=self.aws.outputs["InboundDeadLetterQueueUrl"],
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
        )
        return [message["Body"] for message in answer.get("Messages", [])]

    def redrive(self):
        """Run `vend mail redrive`."""
        return self.vend("mail", "redrive")

    def replay(self, key, *options):
        """Run `vend mail replay`."""
        return self.vend("mail", "replay", key, *options)

    def vend(self, *arguments, given=b""):
        """Run a command; what it writes to standard output."""
        finished = self.run(*arguments, given=given)
        assert finished.returncode == 0, finished.stderr.decode()
        return finished.stdout

    def refused(self, *arguments, given=b"", code=1):
        """Run a command that fails; what it says."""
        finished = self.run(*arguments, given=given)
        assert (finished.returncode, finished.stdout) == (code, b""), finished
        return finished.stderr.decode()

    def run(self, *arguments, given=b""):
        """Run a command; how it ended."""
        return subprocess.run(
            [VEND, *arguments],
            input=given,
            env={**os.environ, **self.aws.environment},
            capture_output=True,
            check=False,
        )

    def bucket(self):
        """The name of the mail bucket."""
        return self.aws.outputs["MailBucketName"]

    def stored(self, key):
        """The bytes of an object in the mail bucket."""
        return self.aws.client("s3").get_object(Bucket=self.bucket(), Key=key)["Body"].read()


@pytest.fixture
def post(aws, unique):
    """The post of one test: an account of its own with one owner, and an SES that behaves."""
    with open_post(aws, unique) as office:
        yield office


@pytest.fixture(scope="session")
def hasty_aws(tmp_path_factory):
    """Another local AWS, where a queue's patience ends within seconds: for what fails again and again."""
    with serving(tmp_path_factory.mktemp("hasty-aws") / "log.txt", speed=1000) as aws:
        yield aws
        keep_needed(aws)


@pytest.fixture
def hasty_post(hasty_aws, unique):
    """The post of one test there."""
    with open_post(hasty_aws, unique) as office:
        yield office


@contextlib.contextmanager
def open_post(aws, unique):
    """An account of its own with one owner; an SES that behaves, before and after."""
    ordinary = {"sandbox": False, "suppressed": [], "bounces": [], "full": [], "complaints": []}
    aws.control("faults", method="DELETE")
    aws.control("ses", ordinary)
    office = Post(aws, unique)
    office.own(office.account, office.owner)
    yield office
    aws.control("ses", ordinary)


@pytest.fixture
def publish(post):
    """Publishes what SES would tell."""

    def tell(event):
        [topic] = [
            one["TopicArn"]
            for one in post.aws.client("sns").list_topics()["Topics"]
            if "SendingTopic" in one["TopicArn"]
        ]
        post.aws.client("sns").publish(TopicArn=topic, Message=json.dumps(event))

    return tell
