"""The executions of the deployed state machine: start, look at, read the history of, redrive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from workflows.operate.timeline import Failure, message_of
from workflows.vending.sources import request_id_of_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.literals import ExecutionStatusType

RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"
_PAGE = 1000
"""Events or executions of one page, the most that Step Functions gives."""
_UNKNOWN = ("ExecutionDoesNotExist", "InvalidArn", "ResourceNotFound")


class NameInUse(Exception):
    """An execution of this name exists: it is over, or has another input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What DescribeExecution says about an execution."""

    arn: str
    name: str
    status: str
    """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED; also what AWS may add."""
    started: datetime
    stopped: datetime | None
    input: str
    output: Any
    """The parsed output; None unless it succeeded."""
    failure: Failure | None
    redrive_count: int
    redrivable: bool
    redrive_reason: str
    """Why AWS would refuse a redrive; empty when it would not, or gives no reason."""

    @property
    def running(self) -> bool:
        """Whether it still goes on, or will."""
        return self.status in (RUNNING, "PENDING_REDRIVE")

    @property
    def succeeded(self) -> bool:
        """Whether it reached its end."""
        return self.status == SUCCEEDED

    @property
    def request_id(self) -> str:
        """The id of the request it works for."""
        return request_id_of_input(self.input, self.name)


class Executions:
    """The executions of one state machine."""

    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._state_machine = state_machine_arn

    def arn(self, name: str) -> str:
        """The ARN of the execution with this name, whether it exists or not."""
        return f"{self._state_machine.replace(':stateMachine:', ':execution:', 1)}:{name}"

    def start(self, name: str, execution_input: str) -> str:
        """Start an execution and return its ARN; name and input of a running one start no other.

        Raises:
            NameInUse: the name has been used before, within 90 days.
        """
        try:
            answer = self._client.start_execution(
                stateMachineArn=self._state_machine, name=name, input=execution_input
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
                raise NameInUse(name) from error
            raise
        return answer["executionArn"]

    def find(self, arn: str) -> Execution | None:
        """The execution of this ARN, or None."""
        try:
            return _execution(self._client.describe_execution(executionArn=arn))
        except ClientError as error:
            if error.response["Error"]["Code"] in _UNKNOWN:
                return None
            raise

    def events(self, arn: str, *, after: int = 0) -> list[Mapping[str, Any]]:
        """The events of an execution's history with a higher id than this, oldest first.

        Pages are read newest first, so that a look at a long history costs one call; none for an execution so
        young that its history is not there yet.
        """
        events: dict[int, Mapping[str, Any]] = {}
        page: dict[str, Any] = {"executionArn": arn, "maxResults": _PAGE, "reverseOrder": True}
        while True:
            try:
                answer = self._client.get_execution_history(**page)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                    return []
                raise
            events |= {event["id"]: event for event in answer["events"] if event["id"] > after}
            if "nextToken" not in answer or any(event["id"] <= after + 1 for event in answer["events"]):
                return [events[number] for number in sorted(events)]
            page["nextToken"] = answer["nextToken"]

    def arns(self, status: ExecutionStatusType) -> Iterator[str]:
        """The ARNs of all executions with this status, newest first; the very latest may be missing."""
        pages = self._client.get_paginator("list_executions")
        for page in pages.paginate(
            stateMachineArn=self._state_machine, statusFilter=status, PaginationConfig={"PageSize": _PAGE}
        ):
            yield from (one["executionArn"] for one in page["executions"])

    def redrive(self, arn: str) -> None:
        """Run a failed execution again from the state that failed."""
        self._client.redrive_execution(executionArn=arn)

    def definition(self, arn: str) -> dict[str, Any]:
        """The state machine as the execution runs it; empty where it cannot be told."""
        try:
            answer = self._client.describe_state_machine_for_execution(executionArn=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] in _UNKNOWN:
                return {}
            raise
        definition: dict[str, Any] = json.loads(answer["definition"])
        return definition


def _execution(answer: Mapping[str, Any]) -> Execution:
    failed = "error" in answer or "cause" in answer
    return Execution(
        arn=answer["executionArn"],
        name=answer["name"],
        status=answer["status"],
        started=answer["startDate"],
        stopped=answer.get("stopDate"),
        input=answer.get("input", ""),
        output=json.loads(answer["output"]) if answer.get("output") else None,
        failure=_failure(answer) if failed else None,
        redrive_count=answer.get("redriveCount", 0),
        redrivable=answer.get("redriveStatus") == "REDRIVABLE",
        redrive_reason=answer.get("redriveStatusReason", ""),
    )


def _failure(answer: Mapping[str, Any]) -> Failure:
    return Failure(answer.get("error") or answer["status"], message_of(answer.get("cause") or ""))
