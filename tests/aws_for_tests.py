"""The local AWS in a process of its own, and ways to look at what happens in it."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import boto3
from boto3.dynamodb.types import TypeDeserializer

REPOSITORY = Path(__file__).parent.parent
PATIENCE = 60
"""Seconds after which something that should have happened has not."""


class Execution:
    """An execution as an operator sees it in the console."""

    def __init__(self, aws, arn):
        self._aws = aws
        self.arn = arn

    @property
    def description(self):
        return self._aws.client("stepfunctions").describe_execution(executionArn=self.arn)

    @property
    def status(self):
        return self.description["status"]

    @property
    def output(self):
        return json.loads(self.description["output"])

    @property
    def error(self):
        return self.description["error"]

    @property
    def message(self):
        return json.loads(self.description["cause"])["errorMessage"]

    @property
    def history(self):
        pages = self._aws.client("stepfunctions").get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=self.arn) for event in page["events"]]

    @property
    def path(self):
        """The names of the states in the order they were entered."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.history
            if "stateEnteredEventDetails" in event
        ]

    def wait(self, *statuses):
        """Wait until the execution has one of these statuses, or has ended."""
        wanted = statuses or ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
        self._aws.eventually(lambda: self.status in wanted)
        return self


class LocalAws:
    """`vend local up` in a process of its own."""

    def __init__(self, environment):
        self.environment = environment
        self.endpoint_url = environment["AWS_ENDPOINT_URL"]
        self._clients = {}
        stack = self.client("cloudformation").describe_stacks(StackName=environment["VENDING_STACK"])
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Stacks"][0]["Outputs"]}

    def beside(self, stack, region=None):
        """The same local AWS, seen as the deployment of another stack in it."""
        region = region or self.environment["AWS_REGION"]
        there = {"AWS_DEFAULT_REGION": region, "AWS_REGION": region, "VENDING_STACK": stack}
        return LocalAws(self.environment | there)

    def client(self, service, region=None):
        region = region or self.environment["AWS_DEFAULT_REGION"]
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,
                endpoint_url=self.endpoint_url,
                region_name=region,
                aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service, region]

    def control(self, path, document=None, *, method=None, query=None):
        """Call one of the control endpoints."""
        request = urllib.request.Request(
            f"{self.endpoint_url}/_local/{path}?{urllib.parse.urlencode(query or {})}",
            data=None if document is None else json.dumps(document).encode(),
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")

    def start(self, request, name=None):
        """Start an execution as a portal would."""
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["StateMachineArn"],
            name=name or f"test-{uuid.uuid4().hex}",
            input=json.dumps(request),
        )
        return Execution(self, answer["executionArn"])

    def executions(self, beginning):
        """The executions whose names begin so, as EventBridge begins them with the event's id."""
        answer = self.client("stepfunctions").list_executions(
            stateMachineArn=self.outputs["StateMachineArn"], maxResults=1000
        )
        return [
            Execution(self, one["executionArn"])
            for one in answer["executions"]
            if one["name"].startswith(beginning)
        ]

    def vend(self, request, name=None):
        """Start an execution and wait until it has ended."""
        return self.start(request, name).wait()

    def calls(self, service=None, operation=None, containing=""):
        """The recorded AWS calls, oldest first."""
        wanted = {"service": service, "operation": operation, "match": containing}
        return self.control("calls", query={name: value for name, value in wanted.items() if value})

    def accounts(self, *, email=None):
        """The accounts of the organization, or those with this root address."""
        pages = self.client("organizations").get_paginator("list_accounts").paginate()
        accounts = [account for page in pages for account in page["Accounts"]]
        return [one for one in accounts if email is None or one["Email"].lower() == email.lower()]

    def item(self, pk, sk="STATE"):
        """One item of the registry as plain values, or None."""
        answer = self.client("dynamodb").get_item(
            TableName=self.outputs["TableName"], Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        deserialize = TypeDeserializer().deserialize
        item = answer.get("Item")
        return item and {name: deserialize(value) for name, value in item.items()}

    def mails(self, *, to, about=None):
        """The mails sent to a recipient, as parsed messages, all of them or those about a vended address."""
        raws = (base64.b64decode(sent["raw"]) for sent in self.control("outbox", query={"to": to}))
        mails = (email.message_from_bytes(raw, policy=email.policy.default) for raw in raws)
        return [mail for mail in mails if about in (None, mail["X-Vended-Address"])]

    def eventually(self, condition, patience=PATIENCE):
        """Wait until a condition holds; the local AWS works in the background like the real one."""
        deadline = time.monotonic() + patience
        for pause in itertools.chain([0.01, 0.02, 0.05], itertools.repeat(0.1)):
            if found := condition():
                return found
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(pause)
        return None

    @contextlib.contextmanager
    def fault(self, **fault):
        """A fault at the front door, cleared at the end."""
        self.control("faults", fault)
        try:
            yield
        finally:
            self.control("faults", method="DELETE")


@contextlib.contextmanager
def serving(log, *, speed, **more):
    """A local AWS for as long as the context lasts, given more variables; its log goes to this file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | more
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "vend"), "local", "up", "--port", "0", "--speed", str(speed)],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        exported = dict(re.findall(r"export (\w+)=(\S+)", "".join(_exports(process))))
        assert "AWS_ENDPOINT_URL" in exported, log.read_text()
        try:
            yield LocalAws(exported)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)


def _exports(process):
    """The lines of standard output up to the last export; the process goes on."""
    for line in process.stdout:
        yield line
        if line.startswith("export VENDING_STACK="):
            return
