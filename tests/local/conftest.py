"""A front door with nothing deployed behind it, fresh for every test."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from moto.moto_api._internal.models import moto_api_backend

from workflows.local import services
from workflows.local.front_door import FrontDoor


@dataclass
class OpenDoor:
    """A running front door and how to talk to it."""

    door: FrontDoor
    services: services.Services

    def client(
        self, service: str, principal: str = "somebody", *, recorded: bool = True, **config: Any
    ) -> Any:
        """A boto3 client, called by `principal`; one attempt unless `config` says otherwise."""
        return boto3.client(
            service,
            endpoint_url=self.door.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=self.door.principals.issue(principal, recorded=recorded),
            aws_secret_access_key="secret",
            config=Config(**{"retries": {"total_max_attempts": 1}, "max_pool_connections": 64, **config}),
        )

    def control(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """Call a control endpoint; its status and JSON answer."""
        body = None if document is None else json.dumps(document)
        answered = requests.request(method, self.door.endpoint_url + path, data=body, timeout=10)
        return answered.status_code, answered.json()

    def fault(self, service: str, operation: str, error: str, **more: Any) -> None:
        """Order a fault."""
        document = {"service": service, "operation": operation, "error": error, "when": "before", **more}
        assert self.control("POST", "/_local/faults", document)[0] == 200


@pytest.fixture
def aws() -> Iterator[OpenDoor]:
    moto_api_backend.reset()
    door = FrontDoor()
    made = services.install(door, verified=["aws.example.com"], speed=20)
    door.start()
    yield OpenDoor(door, made)
    door.stop()


@pytest.fixture
def interleaved() -> Iterator[None]:
    """Threads take turns so often that a race without a lock shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
def table(aws: OpenDoor) -> tuple[Any, str]:
    """A DynamoDB client and a table with pk and sk."""
    client = aws.client("dynamodb")
    client.create_table(
        TableName="registry",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client, "registry"


@pytest.fixture
def refused() -> Callable[..., Any]:
    """Calls something that must be refused; gives the error's response."""

    def call(method: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        with pytest.raises(ClientError) as caught:
            method(**arguments)
        return caught.value.response

    return call
