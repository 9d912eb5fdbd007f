"""What `vend` says, and how it ends, when something is wrong before or around AWS."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workflows.operate.command_line import app

REPOSITORY = Path(__file__).parents[2]
COMMANDS = [
    "request",
    "watch",
    "status",
    "history",
    "redrive",
    "cancel",
    "address",
    "import",
    "transfer",
    "list",
    "show",
    "doctor",
    "mail",
    "registry",
    "local",
]


@pytest.fixture
def nowhere():
    """Variables that lead to an endpoint where nothing answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
    }


@pytest.fixture
def request_file(tmp_path):
    """A request that is valid."""
    path = tmp_path / "request.json"
    path.write_text('{"owner": {"email": "team@example.com"}, "account": {"name": "payments"}}')
    return str(path)


def vend(*arguments, **environment):
    return CliRunner(env=environment).invoke(app, [*arguments], prog_name="vend")


def assert_one_sentence(result, code, words):
    assert result.exit_code == code
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["request"], "vend request: Missing argument 'FILE'. See `vend request --help`."),
        (["requst", "x"], "No such command 'requst'"),
        (["request", "x", "--wach"], "No such option: --wach"),
        (["request", "a", "b", "--id", "x"], "--id goes with one file"),
        (["request", "a", "--id", "x", "--another"], "--id and --another exclude each other"),
        (["request", "a", "--id", " "], "--id needs a text"),
        (["request", "-", "-"], "can be read once only"),
        (["redrive"], "Name one request, or give --all-failed"),
        (["redrive", "x", "--all-failed"], "Name one request, or give --all-failed"),
        (["list", "--status", "gone"], "--status gone is none of RESERVED"),
        (["local", "up", "--port", "99999"], "--port"),
        (["local", "nothing"], "No such command 'nothing'"),
        (["show"], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_sentence(arguments, words):
    assert_one_sentence(vend(*arguments), 2, words)


def test_a_request_that_does_not_parse_names_file_line_and_column(tmp_path):
    path = tmp_path / "request.json"
    path.write_text('{"owner": {},\n "account" {}}')
    assert_one_sentence(vend("request", str(path)), 1, f"{path}: line 2, column 12: is not JSON")


def test_a_request_on_standard_input_is_named_so():
    result = CliRunner().invoke(app, ["request", "-"], input="[1]")
    assert_one_sentence(result, 1, "standard input: a request is a JSON object")


def test_a_request_too_large_is_refused_before_aws_is_called(tmp_path, nowhere):
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"owner": {"name": "x" * 300_000}}))
    assert_one_sentence(vend("request", str(path), **nowhere), 1, "Step Functions takes 262,144 (256 KiB)")


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["show", "payments"],
        ["status", "payments"],
        ["watch", "payments"],
        ["history", "payments"],
        ["redrive", "payments"],
        ["redrive", "--all-failed"],
        ["local", "outbox"],
    ],
    ids=" ".join,
)
def test_a_local_aws_that_does_not_run_is_one_sentence(arguments, nowhere):
    url = nowhere["AWS_ENDPOINT_URL"]
    assert_one_sentence(
        vend(*arguments, **nowhere), 1, f"Nothing answers at {url}: is `vend local up` running?"
    )


@pytest.mark.parametrize("options", [[], ["--check"], ["--watch"]], ids=" ".join)
def test_a_request_without_the_local_aws_is_one_sentence(options, request_file, nowhere):
    result = vend("request", request_file, *options, **nowhere)
    assert_one_sentence(result, 1, "is `vend local up` running?")


def test_with_json_an_error_is_the_document_too(nowhere):
    result = vend("list", "--json", **nowhere)
    assert_one_sentence(result, 1, "Nothing answers")
    assert json.loads(result.stdout)["error"]["name"] == "AwsUnreachable"


def test_an_outbox_needs_a_local_aws():
    result = vend("local", "outbox", AWS_ENDPOINT_URL=None)
    assert_one_sentence(result, 1, "set AWS_ENDPOINT_URL as `vend local up` prints it")


def test_a_profile_that_does_not_exist_is_named(nowhere):
    result = vend("list", **nowhere, AWS_PROFILE="no-such-profile")
    assert_one_sentence(result, 1, "no-such-profile")


def test_a_port_in_use_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = vend("local", "up", "--port", str(port))
    assert_one_sentence(result, 1, f"Port {port} cannot be used (address already in use)")


def test_help_names_every_command_and_no_other():
    result = vend("--help")
    assert result.exit_code == 0
    listed = [
        line.split()[1] for line in result.stdout.splitlines() if line.startswith("│ ") and line[2] != " "
    ]
    assert [name for name in listed if name != "--help"] == COMMANDS


def test_help_answers_without_loading_the_aws_sdk():
    """Starting is what people wait for each time: boto3 alone takes longer than all the rest."""
    code = "import sys; from workflows.operate.command_line import app; sys.exit('boto3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_a_stream_that_the_shell_has_closed_is_no_traceback(nowhere, closed):
    script = f'"{sys.executable}" -m workflows.operate.command_line request - {closed}'
    finished = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, **nowhere},
        capture_output=True,
        input="",
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    assert finished.stderr.count("\n") == (0 if closed == "2>&-" else 1)
