"""State machines run as on AWS: retries, waits, time-outs, errors' names, and who calls."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError


def a_task(function: str, **more: Any) -> dict[str, Any]:
    payload = more.pop("Payload", "{% $states.input %}")
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": function, "Payload": payload},
        **({} if "Next" in more else {"End": True}),
        **more,
    }


def a_retry(*errors: str, **more: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2, **more}


def events(local: Any, execution: str) -> list[str]:
    return [event["type"] for event in local.history(execution)]


def test_a_machine_calls_functions_assigns_variables_waits_and_chooses(local: Any) -> None:
    function = local.function("tiny.echo")
    machine = local.machine(
        {
            "Ask": a_task(
                function,
                Assign={"asked": "{% $states.result.Payload.event %}", "said": 'a "quoted" \\ text'},
                Output={"answer": "{% $states.result.Payload.event.name %}"},
                Next="Pause",
            ),
            "Pause": {"Type": "Wait", "Seconds": 100, "Next": "IsIt"},
            "IsIt": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $asked.name = 'x\"y' %}", "Next": "Tell"}],
                "Default": "Wrong",
            },
            "Tell": {
                "Type": "Pass",
                "Output": {
                    "given": "{% $states.input.answer %}",
                    "null": "{% $asked.nothing %}",
                    "started": "{% $states.context.Execution.StartTime %}",
                    "redriven": "{% $states.context.Execution.RedriveCount %}",
                    "execution": "{% $states.context.Execution.Name %}",
                },
                "End": True,
            },
            "Wrong": {"Type": "Fail"},
        }
    )
    begun = time.monotonic()
    execution = local.start(machine, {"name": 'x"y', "nothing": None}, name="first")
    ended = local.ended(execution)
    assert time.monotonic() - begun < 10
    assert local.path(execution) == ["Ask", "Pause", "IsIt", "Tell"]
    output = json.loads(ended["output"])
    assert output["given"] == 'x"y'
    assert output["null"] is None
    assert output["redriven"] == 0
    assert output["execution"] == "first"
    assert output["started"].endswith("Z")


def test_each_retrier_counts_its_own_attempts(local: Any, tmp_path: Path) -> None:
    function = local.function("tiny.fail_at_first")
    machine = local.machine({"Try": a_task(function, Retry=[a_retry("Other"), a_retry("Refused")])})
    ended = local.run(machine, {"folder": str(tmp_path), "succeeds_at": 3})
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["Payload"] == 3


def test_a_retry_ends_after_its_attempts_and_the_error_keeps_its_name(local: Any) -> None:
    retry = a_retry("Refused", MaxDelaySeconds=2, JitterStrategy="FULL", BackoffRate=10, MaxAttempts=3)
    machine = local.machine({"Try": a_task(local.function("tiny.refuse"), Retry=[retry])})
    execution = local.start(machine, {"message": "full"})
    ended = local.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "Refused")
    assert json.loads(ended["cause"])["errorMessage"] == "full"
    assert events(local, execution).count("TaskFailed") == 4


def test_a_delay_never_exceeds_its_maximum_however_many_attempts(local: Any, tmp_path: Path) -> None:
    retry = a_retry("Refused", BackoffRate=10, MaxDelaySeconds=1, MaxAttempts=3000)
    machine = local.machine({"Try": a_task(local.function("tiny.fail_at_first"), Retry=[retry])})
    begun = time.monotonic()
    assert local.run(machine, {"folder": str(tmp_path), "succeeds_at": 20})["status"] == "SUCCEEDED"
    assert time.monotonic() - begun < 10, "19 delays of a second at most, divided by the speed"


def test_a_task_that_takes_too_long_is_a_states_timeout_and_what_it_says_later_is_not_heard(
    local: Any, tmp_path: Path
) -> None:
    function = local.function("tiny.meet", timeout=30)
    machine = local.machine({"Slow": a_task(function, TimeoutSeconds=1)})
    event = {"folder": str(tmp_path), "number": 2}
    execution = local.start(machine, event)
    ended = local.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")
    before = events(local, execution)
    local.invoke(function, event)  # the one that waited may answer now
    assert events(local, execution) == before
    assert before[-2:] == ["TaskTimedOut", "ExecutionFailed"]


def test_a_machine_that_takes_too_long_times_out_undivided(local: Any) -> None:
    pause = {"Type": "Wait", "Seconds": 100_000, "End": True}
    execution = local.start(local.machine({"Pause": pause}, TimeoutSeconds=1))
    begun = time.monotonic()
    ended = local.ended(execution)
    assert 0.5 < time.monotonic() - begun < 8
    assert ended["status"] == "TIMED_OUT"
    assert "stopDate" in ended
    assert events(local, execution)[-1] == "ExecutionTimedOut"


def test_a_lost_answer_of_lambda_is_an_sdk_client_exception(local: Any) -> None:
    local.fault("lambda", "Invoke", "Timeout", when="after")
    machine = local.machine(
        {"Ask": a_task(local.function("tiny.echo"), Retry=[a_retry("Lambda.SdkClientException")])}
    )
    execution = local.start(machine)
    assert local.ended(execution)["status"] == "SUCCEEDED"
    failed = [
        event["taskFailedEventDetails"] for event in local.history(execution) if event["type"] == "TaskFailed"
    ]
    assert [one["error"] for one in failed] == ["Lambda.SdkClientException"]


def test_lambdas_own_errors_keep_their_names(local: Any) -> None:
    local.fault("lambda", "Invoke", "TooManyRequestsException")
    ended = local.run(local.machine({"Ask": a_task(local.function("tiny.echo"))}))
    assert ended["error"] == "Lambda.TooManyRequestsException"


def test_eventbridges_errors_keep_their_names(local: Any) -> None:
    entry = {"Source": "s", "DetailType": "d", "Detail": {}}
    tell = {
        "Type": "Task",
        "Resource": "arn:aws:states:::events:putEvents",
        "Arguments": {"Entries": [entry]},
        "End": True,
    }
    machine = local.machine({"Tell": tell})
    local.fault("events", "PutEvents", "ThrottlingException")
    assert local.run(machine)["error"] == "EventBridge.ThrottlingException"
    local.fault("events", "PutEvents", "Timeout")
    assert local.run(machine)["error"] == "EventBridge.SdkClientException"
    assert local.run(machine)["status"] == "SUCCEEDED"


def test_a_query_that_fails_is_named_and_can_be_retried_or_caught(local: Any) -> None:
    ask = a_task(local.function("tiny.echo"), Payload="{% $states.input.missing %}")
    ended = local.run(local.machine({"Ask": ask}))
    assert ended["error"] == "States.QueryEvaluationError"
    assert "'$states.input.missing' returned nothing" in ended["cause"]
    caught = ask | {"Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Good"}]}
    assert local.run(local.machine({"Ask": caught, "Good": {"Type": "Succeed"}}))["status"] == "SUCCEEDED"


def test_a_rejected_definition_does_no_harm_to_the_next(local: Any) -> None:
    machines = local.client("stepfunctions")
    good = {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.a", "End": True}}}
    with pytest.raises(ClientError, match="SecondsPath"):
        local.machine({"A": {"Type": "Wait", "SecondsPath": "$.a", "End": True}})
    made = machines.create_state_machine(name="good", definition=json.dumps(good), roleArn=local.role)
    assert json.loads(local.run(made["stateMachineArn"], {"a": 5})["output"]) == 5


def test_a_map_runs_its_items_and_parallel_its_branches(local: Any) -> None:
    function = local.function("tiny.echo")
    each = {
        "StartAt": "One",
        "States": {"One": a_task(function, Output="{% $states.result.Payload.event %}")},
    }
    machine = local.machine(
        {
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input %}",
                "ItemProcessor": each | {"ProcessorConfig": {"Mode": "INLINE"}},
                "Next": "Both",
            },
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "L", "States": {"L": {"Type": "Pass", "Output": "l", "End": True}}},
                    {"StartAt": "R", "States": {"R": {"Type": "Pass", "End": True}}},
                ],
                "End": True,
            },
        }
    )
    ended = local.run(machine, [{"n": 1}, {"n": 2}])
    assert json.loads(ended["output"]) == ["l", [{"n": 1}, {"n": 2}]]


def test_the_machine_calls_in_its_own_name(local: Any) -> None:
    machine = local.machine({"Ask": a_task(local.function("tiny.echo"))})
    local.run(machine)
    _, calls = local.control("GET", "/_local/calls")
    callers = {call["principal"] for call in calls if call["operation"] == "Invoke"}
    assert callers - {"operator"}
    assert all(name.startswith("machine-") for name in callers - {"operator"})
