"""The engine behind the front door, with small functions and state machines instead of ours."""

from __future__ import annotations

import io
import json
import threading
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend

from workflows.local import (
    cloudformation,
    engine,
    events,
    notifications,
    services,
    step_functions,
)
from workflows.local.events import EventBridge
from workflows.local.front_door import FrontDoor
from workflows.local.lambda_runtime import LambdaRuntime
from workflows.local.queues import QueuePollers

FUNCTIONS = Path(__file__).parent / "functions"
SPEED = 100
PATIENCE = 20
"""Seconds after which what should have happened has not."""


class Local:
    """A local AWS without a template, and shorthands for what tests do with it."""

    def __init__(self) -> None:
        moto_api_backend.reset()
        self.door = FrontDoor()
        services.install(self.door, verified=["aws.example.com"], speed=SPEED)
        self.runtime = LambdaRuntime(self.door.endpoint_url, FUNCTIONS, speed=SPEED)
        self.bus = EventBridge(self.door.endpoint_url, speed=SPEED)
        self.pollers = QueuePollers(self.runtime, speed=SPEED)
        self._statuses: list[dict[str, Any]] = []
        self._changed = threading.Condition(threading.RLock())
        self._clients: dict[str, Any] = {}
        self._install()

    def _install(self) -> None:
        cloudformation.install()
        engine.install(self.door.endpoint_url, SPEED, self._note)
        self.runtime.install()
        self.bus.install()
        self.pollers.install()
        notifications.install(self.runtime)
        self.door.additions.update(step_functions.ADDITIONS)
        self.door.additions["lambda", "Invoke"] = self.runtime.answer_invoke
        self.door.principals.register(events.ACCESS_KEY, "EventBridge")
        self.door.principals.resolvers += [self.runtime.principal, engine.principal]
        self.door.kill = self.runtime.kill
        self.door.start()
        self.role = self.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"][
            "Arn"
        ]

    def close(self) -> None:
        self.pollers.close()
        self.bus.close()
        self.runtime.close()
        self.door.stop()

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.door.endpoint_url,
                region_name="us-east-1",
                aws_access_key_id=self.door.principals.issue("operator"),
                aws_secret_access_key="secret",
                config=Config(retries={"total_max_attempts": 1}, max_pool_connections=50),
            )
        return self._clients[service]

    def function(self, handler: str, *, timeout: int = 10, **more: Any) -> str:
        """Create a function; its ARN."""
        name = f"{handler.replace('.', '-')}-{uuid.uuid4().hex[:8]}"
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role,
            Handler=handler,
            Code={"ZipFile": _empty_archive()},
            Timeout=timeout,
            **more,
        )
        return str(made["FunctionArn"])

    def invoke(self, arn: str, event: Any) -> tuple[Any, str | None]:
        """The answer of a function, and the FunctionError."""
        answer = self.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def machine(self, states: dict[str, Any], *, start: str | None = None, **more: Any) -> str:
        """Create a JSONata state machine; its ARN."""
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": start or next(iter(states)),
            "States": states,
            **more,
        }
        made = self.client("stepfunctions").create_state_machine(
            name=f"machine-{uuid.uuid4().hex[:8]}", definition=json.dumps(definition), roleArn=self.role
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str, given: Any = None, **more: Any) -> str:
        """Start an execution; its ARN."""
        text = json.dumps({} if given is None else given)
        started = self.client("stepfunctions").start_execution(stateMachineArn=machine, input=text, **more)
        return str(started["executionArn"])

    def ended(self, execution: str, *, times: int = 1) -> dict[str, Any]:
        """The description of an execution once it has ended, for the `times`th time."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._ends(execution)) >= times, PATIENCE), execution
        return dict(self.client("stepfunctions").describe_execution(executionArn=execution))

    def run(self, machine: str, given: Any = None) -> dict[str, Any]:
        """The description of a new execution once it has ended."""
        return self.ended(self.start(machine, given))

    def started(self, machine: str) -> dict[str, Any]:
        """The description of the first execution of a machine, once there is one."""

        def found() -> list[dict[str, Any]]:
            return [one for one in self._statuses if one["stateMachineArn"] == machine]

        with self._changed:
            assert self._changed.wait_for(found, PATIENCE), machine
            return found()[0]

    def until(self, execution: str, event_type: str) -> None:
        """Wait until the execution's history has an event of that type."""
        deadline = threading.Event()
        for _ in range(PATIENCE * 100):
            if event_type in [event["type"] for event in self.history(execution)]:
                return
            deadline.wait(0.01)
        raise AssertionError(f"{execution} has no {event_type}")

    def history(self, execution: str) -> list[dict[str, Any]]:
        """All events of an execution."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=execution) for event in page["events"]]

    def path(self, execution: str) -> list[str]:
        """The states an execution entered, in order."""
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in self.history(execution)
            if "stateEnteredEventDetails" in event
        ]

    def statuses(self, execution: str) -> list[dict[str, Any]]:
        """The details of the status changes of an execution."""
        with self._changed:
            return [one for one in self._statuses if one["executionArn"] == execution]

    def queue(self, name: str, **attributes: str) -> str:
        """Create a queue; its URL."""
        return str(self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def queue_arn(self, url: str) -> str:
        attributes = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(attributes["Attributes"]["QueueArn"])

    def received(self, url: str, *, seconds: int = PATIENCE) -> Any:
        """The next message of a queue as JSON, None when there is none in that time."""
        found = self.client("sqs").receive_message(
            QueueUrl=url, WaitTimeSeconds=seconds, MessageAttributeNames=["All"]
        )
        for message in found.get("Messages", []):
            self.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return json.loads(message["Body"])
        return None

    def fault(self, service: str, operation: str, error: str, **more: Any) -> None:
        """Order a fault at the front door."""
        document = {"service": service, "operation": operation, "error": error, "when": "before", **more}
        status, _ = self.control("POST", "/_local/faults", document)
        assert status == 200

    def control(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        body = b"" if document is None else json.dumps(document).encode()
        answer = self.door.control(method, path.partition("?")[0], path.partition("?")[2], body)
        return answer.status, json.loads(answer.body)

    def _ends(self, execution: str) -> list[dict[str, Any]]:
        return [one for one in self.statuses(execution) if one["status"] != "RUNNING"]

    def _note(self, detail: dict[str, Any]) -> None:
        self.bus.status_changed(detail)
        with self._changed:
            self._statuses.append(detail)
            self._changed.notify_all()


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    started = Local()
    yield started
    started.close()


def _empty_archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("empty.txt", "")
    return packed.getvalue()
