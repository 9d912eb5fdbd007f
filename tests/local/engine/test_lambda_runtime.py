"""Functions run as on Lambda: their environment, their errors, their time, several at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from workflows.local.lambda_runtime import LambdaRuntime

FUNCTIONS = Path(__file__).parent / "functions"


def a_function(handler: str, *, timeout: float = 10, name: str = "function-1") -> SimpleNamespace:
    return SimpleNamespace(
        function_name=name,
        function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:{name}",
        handler=handler,
        timeout=timeout,
        memory_size=256,
        environment_vars={"COLOUR": "blue"},
        event_invoke_config=[],
    )


def test_a_function_gets_the_event_and_its_answer_comes_back(local: Any) -> None:
    answer, error = local.invoke(local.function("tiny.echo"), {"name": "Zoë", "null": None})
    assert answer["event"] == {"name": "Zoë", "null": None}
    assert error is None


def test_a_function_knows_its_name_memory_time_and_environment(local: Any) -> None:
    arn = local.function(
        "tiny.describe", timeout=7, MemorySize=512, Environment={"Variables": {"COLOUR": "blue"}}
    )
    known, _ = local.invoke(arn, {})
    environment = known["environment"]
    assert known["arn"] == arn
    assert known["memory"] == "512"
    assert 6000 < known["left"] <= 7000
    assert environment["COLOUR"] == "blue"
    assert environment["AWS_ENDPOINT_URL"] == local.door.endpoint_url
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == known["name"]
    assert environment["AWS_REGION"] == "us-east-1"
    assert "VIRTUAL_ENV" not in environment
    assert known["folder"] == str(FUNCTIONS)


def test_an_exception_answers_its_class_name_and_message(local: Any) -> None:
    answer, error = local.invoke(local.function("tiny.refuse"), {"message": "not today"})
    assert error == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("Refused", "not today")
    assert "tiny.py" in answer["stackTrace"][0]


@pytest.mark.parametrize(
    ("handler", "event", "kind", "message"),
    [
        ("tiny.leave", {"code": 3}, "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
        ("tiny.leave", {"code": 0}, "Runtime.ExitError", "Error: Runtime exited without providing a reason"),
        ("tiny.die", {}, "Runtime.ExitError", "Error: Runtime exited with error: signal: killed"),
        ("broken.handler", {}, "RuntimeError", "this module does not import"),
        ("nowhere.handler", {}, "Runtime.ImportModuleError", "No module named 'nowhere'"),
        ("tiny.nothing", {}, "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'tiny'"),
    ],
)
def test_what_ends_a_worker_is_answered_as_lambda_does(
    local: Any, handler: str, event: Any, kind: str, message: str
) -> None:
    answer, error = local.invoke(local.function(handler), event)
    assert (answer["errorType"], error) == (kind, "Unhandled")
    assert answer["errorMessage"].endswith(message)


def test_a_function_that_takes_too_long_is_ended_and_the_next_invocation_gets_a_new_worker(
    local: Any, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    arn = local.function("tiny.hang", timeout=1)
    with ThreadPoolExecutor() as threads:
        answered = threads.submit(local.invoke, arn, {"pipe": str(pipe)})
        held = pipe.read_bytes()  # ends when the worker has ended
        answer, _ = answered.result()
    assert held.strip().isdigit()
    assert answer["errorType"] == "Sandbox.Timedout"
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_invocations_overlap_up_to_four_and_a_fifth_waits(local: Any, tmp_path: Path) -> None:
    arn = local.function("tiny.meet", timeout=30)
    with ThreadPoolExecutor(5) as threads:
        event = {"folder": str(tmp_path), "number": 4}
        workers = list(threads.map(lambda _: local.invoke(arn, event)[0], range(5)))
    assert len(set(workers)) == 4


def test_a_worker_is_used_again(local: Any) -> None:
    arn = local.function("tiny.echo")
    first, _ = local.invoke(arn, {})
    second, _ = local.invoke(arn, {})
    assert first["worker"] == second["worker"]
    assert first["request"] != second["request"]


def test_six_megabytes_pass_and_more_do_not(local: Any) -> None:
    arn = local.function("tiny.echo")
    answer, error = local.invoke(arn, {"text": "x" * 5_000_000})
    assert (len(answer["event"]["text"]), error) == (5_000_000, None)
    answer, error = local.invoke(arn, {"text": "x" * 6_500_000})
    assert (answer["errorType"], error) == ("Function.ResponseSizeTooLarge", "Unhandled")


def test_the_door_knows_which_function_calls(local: Any) -> None:
    local.invoke(local.function("tiny.call"), {})
    _, calls = local.control("GET", "/_local/calls")
    assert [call["principal"] for call in calls if call["operation"] == "GetCallerIdentity"] == ["Tiny"]


def test_a_kill_fault_ends_the_worker_that_calls(local: Any) -> None:
    local.fault("sts", "GetCallerIdentity", "Kill")
    arn = local.function("tiny.call")
    answer, _ = local.invoke(arn, {})
    assert answer["errorType"] == "Runtime.ExitError"
    assert local.invoke(arn, {}) == ("123456789012", None)


def test_an_unknown_function_is_named(local: Any) -> None:
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*Function not found: nobody"):
        local.invoke("nobody", {})


def test_an_asynchronous_invocation_is_accepted_at_once_and_tried_three_times(
    local: Any, tmp_path: Path
) -> None:
    gone = local.queue("gone")
    arn = local.function("tiny.fail_at_first")
    local.client("lambda").put_function_event_invoke_config(
        FunctionName=arn, DestinationConfig={"OnFailure": {"Destination": local.queue_arn(gone)}}
    )
    event = {"folder": str(tmp_path), "succeeds_at": 9}
    answer = local.client("lambda").invoke(
        FunctionName=arn, InvocationType="Event", Payload=json.dumps(event)
    )
    assert answer["StatusCode"] == 202
    record = local.received(gone)
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == event
    assert record["responsePayload"]["errorMessage"] == "call 3"


def test_what_functions_print_stays_in_their_log(tmp_path: Path) -> None:
    runtime = LambdaRuntime("http://127.0.0.1:9", FUNCTIONS, logs=tmp_path)
    runtime.invoke(a_function("tiny.say"), b'{"out": "to stdout", "err": "to stderr"}')
    runtime.invoke(a_function("tiny.refuse"), b"{}")
    runtime.close()
    log = (tmp_path / "Tiny.log").read_text()
    assert "to stdout" in log
    assert "to stderr" in log
    assert "[ERROR] Refused: no" in log


def test_closing_ends_all_workers_and_fails_what_is_under_way(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    runtime = LambdaRuntime("http://127.0.0.1:9", FUNCTIONS)
    with ThreadPoolExecutor() as threads:
        hanging = threads.submit(
            runtime.invoke, a_function("tiny.hang"), json.dumps({"pipe": str(pipe)}).encode()
        )
        with pipe.open("rb") as held:
            held.readline()
            runtime.close()
            assert held.read() == b""
        assert hanging.result().failed
    assert not runtime.logs.exists()
    assert threading.active_count() < 60


def test_no_worker_outlives_the_process_that_runs_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = (
        "import os, sys; sys.path.insert(0, os.getcwd())\n"
        "from pathlib import Path\n"
        "from test_lambda_runtime import a_function, FUNCTIONS, LambdaRuntime\n"
        "runtime = LambdaRuntime('http://127.0.0.1:9', FUNCTIONS)\n"
        f"runtime.invoke(a_function('tiny.hold'), b'{{\"pipe\": \"{pipe}\"}}')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    environment = os.environ | {
        "PYTHONPATH": f"{Path(__file__).parent}{os.pathsep}{Path(__file__).parents[3]}"
    }
    with subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=Path(__file__).parents[3]):
        assert pipe.read_bytes() == b"held"  # ends when nobody holds the pipe any more
