"""A local AWS to measure vends on, and what their histories tell."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from workflows.local.deployment import synthesize
from workflows.local.server import STACK, LocalAws


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack and clients that look at it."""

    states: Any
    organizations: Any
    dynamodb: Any
    outputs: dict[str, str]
    aws: LocalAws

    def start(self, request: dict[str, Any], name: str) -> str:
        """Start an execution; its ARN."""
        answer = self.states.start_execution(
            stateMachineArn=self.outputs["StateMachineArn"], name=name, input=json.dumps(request)
        )
        return str(answer["executionArn"])

    def calls(self, service: str, operation: str) -> list[dict[str, Any]]:
        """The recorded calls of one operation, as the front door of the local AWS saw them."""
        query = f"service={service}&operation={operation}"
        with urllib.request.urlopen(f"{self.aws.endpoint_url}/_local/calls?{query}") as answer:  # noqa: S310 -- likewise
            found: list[dict[str, Any]] = json.loads(answer.read())
        return found

    def let_creations_take(self, polls: int) -> None:
        """How often AWS answers IN_PROGRESS before an account is there."""
        request = urllib.request.Request(  # noqa: S310 -- our own local AWS
            f"{self.aws.endpoint_url}/_local/organizations", data=json.dumps({"polls": polls}).encode()
        )
        urllib.request.urlopen(request).close()  # noqa: S310 -- likewise

    def history(self, execution_arn: str) -> list[dict[str, Any]]:
        """All events of an execution."""
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
        return [event for page in pages for event in page["events"]]

    def addresses(self) -> list[dict[str, Any]]:
        """The registry's items of addresses."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.outputs["TableName"],
            FilterExpression="begins_with(pk, :pk) AND sk = :sk",
            ExpressionAttributeValues={":pk": {"S": "ADDRESS#"}, ":sk": {"S": "STATE"}},
        )
        return [item for page in pages for item in page["Items"]]


@contextmanager
def deployment(*, speed: float) -> Iterator[Deployment]:
    """The synthesized template, deployed here for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        assembly = Path(folder)
        synthesize(assembly)
        with LocalAws(assembly, speed=speed) as aws:
            session = boto3.Session(
                aws_access_key_id=aws.environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=aws.environment["AWS_SECRET_ACCESS_KEY"],
                region_name=aws.environment["AWS_DEFAULT_REGION"],
            )
            made = {
                service: session.client(service, endpoint_url=aws.endpoint_url)
                for service in ("stepfunctions", "organizations", "dynamodb", "cloudformation")
            }
            [stack] = made["cloudformation"].describe_stacks(StackName=STACK)["Stacks"]
            outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
            yield Deployment(made["stepfunctions"], made["organizations"], made["dynamodb"], outputs, aws)
