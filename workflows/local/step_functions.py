"""What moto's Step Functions API lacks or does differently: names, sizes, stopping, describing, redriving."""

from __future__ import annotations

import base64
import binascii
import copy
import datetime as dt
import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from moto.stepfunctions.exceptions import ExecutionDoesNotExist, InvalidArn, StateMachineDoesNotExist
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from workflows.local import execution_facts, executions
from workflows.local.wire import Refusal

_INPUT_LIMIT = 262_144
_EVENT_LIMIT = 24_999
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,80}")
_EXECUTION_DATA = ("input", "output", "assignedVariables")
_starting = threading.Lock()
_redriven: dict[tuple[str, str], dt.datetime] = {}


def start_execution(call: Any) -> dict[str, Any]:
    """StartExecution: a name when none is given, one execution per name, 256 KiB of input at most.

    Raises:
        Refusal: ExecutionAlreadyExists, InvalidName, InvalidExecutionInput, ValidationException, …
    """
    name = call.request.get("name") or str(uuid.uuid4())
    given = call.request.get("input") or "{}"
    _check(name, given)
    backend = _backend(call)
    with _starting:
        machine = _machine(call, call.request["stateMachineArn"])
        for earlier in machine.executions:
            if earlier.name != name:
                continue
            if execution_facts.is_running(earlier) and earlier.execution_input == given:
                return {"executionArn": earlier.exec_arn, "startDate": earlier.start_date}
            message = f"Execution Already Exists: '{earlier.exec_arn}'"
            raise Refusal("ExecutionAlreadyExists", message)
        started = backend.start_execution(machine.arn, name, given, call.request.get("traceHeader"))
    return {"executionArn": started.exec_arn, "startDate": started.start_date}


def stop_execution(call: Any) -> dict[str, Any]:
    """StopExecution, with the error and cause that moto drops; stopping twice changes nothing."""
    execution = _execution(call)
    executions.stop(execution, call.request.get("error"), call.request.get("cause"))
    return {"stopDate": execution.stop_date}


def describe_execution(call: Any) -> dict[str, Any]:
    """DescribeExecution, with what a redrive needs to know."""
    execution = _execution(call)
    reason = _redrive_status_reason(execution)
    answer = _summary(execution) | {
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE",
        "redriveStatusReason": reason,
        "error": execution.error,
        "cause": execution.cause,
        "traceHeader": execution.trace_header,
    }
    if answer["status"] == "SUCCEEDED":
        answer |= {"output": execution_facts.output(execution), "outputDetails": {"included": True}}
    return _without_none(answer)


def list_executions(call: Any) -> dict[str, Any]:
    """ListExecutions: the latest first, by status and by whether they were redriven."""
    wanted = call.request.get("statusFilter")
    redriven = call.request.get("redriveFilter")
    machine = _machine(call, call.request["stateMachineArn"])

    def is_wanted(execution: Any) -> bool:
        was_redriven = "REDRIVEN" if execution_facts.redrive_count(execution) else "NOT_REDRIVEN"
        return wanted in {None, execution_facts.status(execution)} and redriven in {None, was_redriven}

    page = _page(
        "executions",
        list(reversed(machine.executions)),
        call,
        lambda execution: str(execution.exec_arn),
        is_wanted,
    )
    page["executions"] = [_without_none(_summary(execution)) for execution in page["executions"]]
    return page


def get_execution_history(call: Any) -> dict[str, Any]:
    """GetExecutionHistory, in pages and in either order."""
    history = _execution(call).exec_worker.history.get_event_history()
    if call.request.get("includeExecutionData") is False:
        history = [_without_data(event) for event in history]
    if call.request.get("reverseOrder"):
        history.reverse()
    return _page("events", history, call, lambda event: str(event["id"]), lambda _event: True)


def redrive_execution(call: Any) -> dict[str, Any]:
    """RedriveExecution: the execution goes on at the state that failed, with the input it had.

    Raises:
        Refusal: ExecutionNotRedrivable, with AWS's reason.
    """
    execution = _execution(call)
    token = call.request.get("clientToken")
    if token and (execution.exec_arn, token) in _redriven:
        return {"redriveDate": _redriven[execution.exec_arn, token]}
    reason = _redrive_status_reason(execution)
    if reason is None and not executions.redrive(execution):
        reason = execution_facts.redrive_status_reason(execution)
    if reason is not None:
        raise Refusal("ExecutionNotRedrivable", reason)
    if token:
        _redriven[execution.exec_arn, token] = execution.redrive_date
    return {"redriveDate": execution.redrive_date}


ADDITIONS: Mapping[tuple[str, str], Callable[[Any], dict[str, Any]]] = {
    ("stepfunctions", "StartExecution"): start_execution,
    ("stepfunctions", "StopExecution"): stop_execution,
    ("stepfunctions", "DescribeExecution"): describe_execution,
    ("stepfunctions", "ListExecutions"): list_executions,
    ("stepfunctions", "GetExecutionHistory"): get_execution_history,
    ("stepfunctions", "RedriveExecution"): redrive_execution,
}
"""By (service, operation): takes a `Call`, gives the members of the operation's output."""


def _check(name: str, given: str) -> None:
    if not _NAME.fullmatch(name):
        raise Refusal("InvalidName", f"Invalid Name: '{name}'")
    if len(given.encode()) > _INPUT_LIMIT:
        limit = f"Member must have length less than or equal to {_INPUT_LIMIT}"
        message = f"1 validation error detected: Value at 'input' failed to satisfy constraint: {limit}"
        raise Refusal("ValidationException", message)
    try:
        json.loads(given)
    except ValueError as error:
        message = f"Invalid State Machine Execution Input: '{error}'"
        raise Refusal("InvalidExecutionInput", message) from error


def _backend(call: Any) -> Any:
    arn = call.request.get("executionArn") or call.request["stateMachineArn"]
    account = arn.split(":")[4] if arn.count(":") > 4 else ""  # noqa: PLR2004 - an ARN's fifth part
    if not re.fullmatch(r"\d{12}", account):
        raise Refusal("InvalidArn", f"Invalid Arn: '{arn}'")
    return stepfunctions_parser_backends[account][call.region]


def _machine(call: Any, arn: str) -> Any:
    try:
        return _backend(call).describe_state_machine(arn)
    except StateMachineDoesNotExist as error:
        raise Refusal("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'") from error
    except InvalidArn as error:
        raise Refusal("InvalidArn", f"Invalid Arn: '{arn}'") from error


def _execution(call: Any) -> Any:
    arn = call.request["executionArn"]
    try:
        return _backend(call).describe_execution(arn)
    except ExecutionDoesNotExist as error:
        raise Refusal("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'") from error
    except InvalidArn as error:
        raise Refusal("InvalidArn", f"Invalid Arn: '{arn}'") from error


def _summary(execution: Any) -> dict[str, Any]:
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution_facts.status(execution),
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "redriveCount": execution_facts.redrive_count(execution),
        "redriveDate": getattr(execution, "redrive_date", None),
    }


def _redrive_status_reason(execution: Any) -> str | None:
    reason = execution_facts.redrive_status_reason(execution)
    if reason is None and len(execution.exec_worker.history.get_event_history()) >= _EVENT_LIMIT:
        return "Execution history event limit exceeded"
    return reason


def _without_data(event: Mapping[str, Any]) -> dict[str, Any]:
    bare = copy.copy(dict(event))
    for name, details in event.items():
        if isinstance(details, dict):
            bare[name] = {key: value for key, value in details.items() if key not in _EXECUTION_DATA}
    return bare


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _page(
    name: str,
    items: list[Any],
    call: Any,
    key: Callable[[Any], str],
    is_wanted: Callable[[Any], bool],
) -> dict[str, Any]:
    """The wanted items after the one that the token names, which itself may no longer be wanted."""
    start = 0
    if token := call.request.get("nextToken"):
        last = _decoded(token)
        keys = [key(item) for item in items]
        if last not in keys:
            raise Refusal("InvalidToken", f"Invalid Token: '{token}'")
        start = keys.index(last) + 1
    wanted = [item for item in items[start:] if is_wanted(item)]
    shown = wanted[: call.request.get("maxResults") or 100]
    answer: dict[str, Any] = {name: shown}
    if len(shown) < len(wanted):
        answer["nextToken"] = base64.urlsafe_b64encode(key(shown[-1]).encode()).decode()
    return answer


def _decoded(token: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        return None
