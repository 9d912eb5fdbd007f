"""Executions are named, stopped, listed, described and redriven as on AWS."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

PAUSE = {"Type": "Wait", "Seconds": 100_000, "End": True}
PASS = {"Type": "Pass", "End": True}


def api(local: Any) -> Any:
    return local.client("stepfunctions")


def a_machine_that_fails_at_first(local: Any) -> str:
    """Assigns a variable, then fails until it is redriven."""
    function = local.function("tiny.fail_at_first")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"},
        "Output": {
            "kept": "{% $kept %}",
            "count": "{% $states.context.Execution.RedriveCount %}",
            "time": "{% $states.context.Execution.RedriveTime %}",
            "input": "{% $states.input.folder %}",
        },
        "End": True,
    }
    first = {"Type": "Pass", "Assign": {"kept": [1, None]}, "Next": "Try"}
    return str(local.machine({"First": first, "Try": task}))


def test_an_execution_without_a_name_gets_one_of_its_own(local: Any) -> None:
    machine = local.machine({"Done": PASS})
    first, second = local.start(machine), local.start(machine)
    assert first != second
    assert len(first.rpartition(":")[2]) == 36


def test_the_same_name_and_input_is_the_same_execution_while_it_runs(local: Any) -> None:
    machine = local.machine({"Pause": PAUSE})
    with ThreadPoolExecutor(8) as threads:
        started = list(
            threads.map(
                lambda _: api(local).start_execution(stateMachineArn=machine, name="one", input="{}"),
                range(8),
            )
        )
    assert len({one["executionArn"] for one in started}) == 1
    assert len({one["startDate"] for one in started}) == 1
    assert len(api(local).list_executions(stateMachineArn=machine)["executions"]) == 1


def test_the_same_name_with_another_input_or_after_the_end_is_refused(local: Any) -> None:
    machine = local.machine({"Pause": PAUSE})
    execution = local.start(machine, {"a": 1}, name="one")
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        local.start(machine, {"a": 2}, name="one")
    api(local).stop_execution(executionArn=execution)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        local.start(machine, {"a": 1}, name="one")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"input": json.dumps("x" * 262_143)}, "ValidationException"),
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"name": "with space"}, "InvalidName"),
        ({"name": "x" * 81}, "InvalidName"),
    ],
)
def test_what_step_functions_refuses_is_refused(local: Any, given: Any, code: str) -> None:
    machine = local.machine({"Done": PASS})
    with pytest.raises(ClientError, match=code):
        api(local).start_execution(stateMachineArn=machine, **given)
    assert local.run(machine, "x" * 262_142)["status"] == "SUCCEEDED"


def test_what_does_not_exist_is_named(local: Any) -> None:
    machine = local.machine({"Done": PASS})
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        local.start(machine + "x")
    nobody = machine.replace(":stateMachine:", ":execution:") + ":nobody"
    with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        api(local).describe_execution(executionArn=nobody)
    with pytest.raises(ClientError, match="InvalidArn"):
        api(local).describe_execution(executionArn="nonsense")


def test_stopping_aborts_at_once_with_error_and_cause_even_in_a_task(local: Any, tmp_path: Path) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": local.function("tiny.meet"), "Payload": "{% $states.input %}"},
        "End": True,
    }
    execution = local.start(local.machine({"Work": task}), {"folder": str(tmp_path), "number": 2})
    local.until(execution, "TaskStarted")
    stopped = api(local).stop_execution(executionArn=execution, error="Enough", cause="said so")
    described = local.ended(execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Enough", "said so")
    assert described["stopDate"].timestamp() == pytest.approx(stopped["stopDate"].timestamp(), abs=0.01)
    history = local.history(execution)
    assert history[-1]["type"] == "ExecutionAborted"
    assert history[-1]["executionAbortedEventDetails"] == {"error": "Enough", "cause": "said so"}
    (tmp_path / "other").touch()
    assert api(local).stop_execution(executionArn=execution)["stopDate"] == stopped["stopDate"]
    assert local.history(execution) == history


def test_a_running_execution_is_described_as_not_redrivable(local: Any) -> None:
    execution = local.start(local.machine({"Pause": PAUSE}))
    described = api(local).describe_execution(executionArn=execution)
    assert described["redriveCount"] == 0
    assert described["redriveStatus"] == "NOT_REDRIVABLE"
    assert described["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert "stopDate" not in described
    assert "redriveDate" not in described


def test_executions_are_listed_latest_first_by_status_and_in_pages(local: Any) -> None:
    machine = local.machine({"Pause": PAUSE})
    made = [local.start(machine, name=f"e{number}") for number in range(5)]
    api(local).stop_execution(executionArn=made[1])
    pages = (
        api(local)
        .get_paginator("list_executions")
        .paginate(stateMachineArn=machine, PaginationConfig={"PageSize": 2})
    )
    names = []
    for page in pages:
        names += [one["name"] for one in page["executions"]]
        local.start(machine)  # must not shift the pages
    assert names == ["e4", "e3", "e2", "e1", "e0"]
    stopped = api(local).list_executions(stateMachineArn=machine, statusFilter="ABORTED")["executions"]
    assert [one["name"] for one in stopped] == ["e1"]
    assert stopped[0]["redriveCount"] == 0
    assert "stopDate" in stopped[0]


def test_an_execution_that_ends_between_two_pages_of_running_ones_breaks_no_page(local: Any) -> None:
    machine = local.machine({"Pause": PAUSE})
    made = [local.start(machine, name=f"r{number}") for number in range(4)]
    first = api(local).list_executions(stateMachineArn=machine, statusFilter="RUNNING", maxResults=2)
    api(local).stop_execution(executionArn=made[2])  # the last of the first page, which the token names
    rest = api(local).list_executions(
        stateMachineArn=machine, statusFilter="RUNNING", nextToken=first["nextToken"]
    )
    assert [one["name"] for one in first["executions"] + rest["executions"]] == ["r3", "r2", "r1", "r0"]


def test_a_history_comes_in_either_order_in_pages_with_or_without_data(local: Any) -> None:
    execution = local.start(local.machine({"A": {"Type": "Pass", "Next": "B"}, "B": PASS}), {"secret": 1})
    local.ended(execution)
    forward = [event["id"] for event in local.history(execution)]
    assert forward == [1, 2, 3, 4, 5, 6]
    first = api(local).get_execution_history(executionArn=execution, maxResults=4, reverseOrder=True)
    rest = api(local).get_execution_history(
        executionArn=execution, reverseOrder=True, nextToken=first["nextToken"]
    )
    assert [event["id"] for event in first["events"] + rest["events"]] == forward[::-1]
    assert "nextToken" not in rest
    bare = api(local).get_execution_history(executionArn=execution, includeExecutionData=False)
    assert "secret" not in json.dumps(bare, default=str)


def test_a_redrive_goes_on_at_the_failed_state_with_its_input_and_variables(
    local: Any, tmp_path: Path
) -> None:
    machine = a_machine_that_fails_at_first(local)
    execution = local.start(machine, {"folder": str(tmp_path), "succeeds_at": 3})
    failed = local.ended(execution)
    assert (failed["status"], failed["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    api(local).redrive_execution(executionArn=execution)
    assert local.ended(execution, times=2)["redriveCount"] == 1
    redriven = api(local).redrive_execution(executionArn=execution)["redriveDate"]
    ended = local.ended(execution, times=3)
    assert ended["status"] == "SUCCEEDED"
    assert ended["redriveCount"] == 2
    assert ended["redriveDate"] == redriven
    assert "error" not in ended
    output = json.loads(ended["output"])
    assert output["kept"] == [1, None]
    assert output["count"] == 2
    assert output["input"] == str(tmp_path)
    assert output["time"].endswith("Z")
    types = [event["type"] for event in local.history(execution)]
    assert types.count("PassStateEntered") == 1
    assert types.count("ExecutionFailed") == 2
    assert types.count("ExecutionRedriven") == 2
    assert types[-1] == "ExecutionSucceeded"
    assert [event["id"] for event in local.history(execution)] == list(range(1, len(types) + 1))


def test_of_five_redrives_at_once_one_is_accepted(local: Any) -> None:
    execution = local.start(local.machine({"Pause": PAUSE}))
    api(local).stop_execution(executionArn=execution)

    def redrive(_: int) -> str:
        try:
            api(local).redrive_execution(executionArn=execution)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "accepted"

    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(redrive, range(5)))
    assert sorted(answers) == ["ExecutionNotRedrivable"] * 4 + ["accepted"]


def test_a_redrive_with_the_same_token_is_the_same_redrive(local: Any) -> None:
    execution = local.start(local.machine({"Pause": PAUSE}))
    api(local).stop_execution(executionArn=execution)
    given = {"executionArn": execution, "clientToken": "a-token"}
    first = api(local).redrive_execution(**given)["redriveDate"]
    assert api(local).redrive_execution(**given)["redriveDate"] == first
    assert api(local).describe_execution(executionArn=execution)["redriveCount"] == 1


def test_a_stopped_and_a_timed_out_execution_can_be_redriven(local: Any) -> None:
    execution = local.start(local.machine({"A": {"Type": "Pass", "Next": "Pause"}, "Pause": PAUSE}))
    local.until(execution, "WaitStateEntered")
    api(local).stop_execution(executionArn=execution, error="Mistake")
    api(local).redrive_execution(executionArn=execution)
    described = api(local).describe_execution(executionArn=execution)
    assert described["status"] == "RUNNING"
    assert "error" not in described
    assert local.path(execution)[:2] == ["A", "Pause"]
    slow = local.start(local.machine({"Pause": PAUSE}, TimeoutSeconds=1))
    assert local.ended(slow)["redriveStatus"] == "REDRIVABLE"
    api(local).redrive_execution(executionArn=slow)
    assert local.ended(slow, times=2)["status"] == "TIMED_OUT"


def test_what_succeeded_cannot_be_redriven(local: Any) -> None:
    execution = local.start(local.machine({"Done": PASS}))
    local.ended(execution)
    with pytest.raises(
        ClientError, match=r"ExecutionNotRedrivable.*Execution is SUCCEEDED and cannot be redriven"
    ):
        api(local).redrive_execution(executionArn=execution)


def test_every_change_of_status_is_told_as_aws_tells_it(local: Any) -> None:
    execution = local.start(
        local.machine({"Stop": {"Type": "Fail", "Error": "Broken", "Cause": "why"}}), {"a": 1}
    )
    local.ended(execution)
    running, failed = local.statuses(execution)
    assert (running["status"], running["stopDate"], running["input"]) == ("RUNNING", None, '{"a": 1}')
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "Broken", "why")
    assert failed["startDate"] <= failed["stopDate"]
    assert failed["inputDetails"] == {"included": True}
    assert failed["name"] == execution.rpartition(":")[2]
