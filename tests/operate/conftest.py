"""`vend` against the local AWS, as an operator types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workflows.operate.command_line import app

REPOSITORY = Path(__file__).parents[2]


class Vend:
    """Runs `vend` against a local AWS; request files lie in a folder of the test's own."""

    def __init__(self, aws, folder, unique):
        self._aws = aws
        self._folder = folder
        self._unique = unique

    def __call__(self, *arguments, stdin=None):
        """Run a command in this process, without a terminal."""
        return CliRunner(env=self._aws.environment).invoke(
            app, [str(one) for one in arguments], input=stdin, prog_name="vend"
        )

    def json(self, *arguments, exit_code=0):
        """Run a command with --json and return its document."""
        result = self(*arguments, "--json")
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    def process(self, *arguments):
        """Start a command as a process."""
        return subprocess.Popen(
            [sys.executable, "-m", "workflows.operate.command_line", *map(str, arguments)],
            cwd=REPOSITORY,
            env={**os.environ, **self._aws.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def request(self, name="payments", **changes):
        """Write a request for an account of this name, made unique, and return the file."""
        document = {
            "owner": {"email": "team@example.com", "name": "Payments team"},
            "account": {"name": f"{name}-{self._unique}"},
            **changes,
        }
        return self.file(f"{name}.json", json.dumps(document))

    def file(self, name, text):
        """Write a file and return its path."""
        path = self._folder / name
        path.write_text(text)
        return path


@pytest.fixture
def vend(aws, tmp_path, unique):
    """`vend` against the local AWS."""
    return Vend(aws, tmp_path, unique)


@pytest.fixture
def healthy(aws):
    """The local AWS, whose DNS, SES and organization are put right again afterwards."""
    records = aws.control("dns")
    active = aws.outputs["ReceiptRuleSetName"]
    yield aws
    for one in aws.control("dns"):
        aws.control("dns", {**one, "values": []})
    for one in records:
        aws.control("dns", one)
    aws.control(
        "ses",
        {
            "sandbox": False,
            "dailyQuota": 50_000,
            "verifiedIdentities": ["aws.example.com"],
            "dkimState": "SUCCESS",
            "mailFromState": "SUCCESS",
            "activeRuleSet": active,
        },
    )
    aws.control(
        "organizations",
        {"accountLimit": 10_000, "featureSet": "ALL", "trustedServices": ["account.amazonaws.com"]},
    )


@pytest.fixture
def doctor(vend, healthy):  # noqa: ARG001 - puts all right again
    """Runs doctor; gives what is wrong by the name of the check."""

    def diagnose(exit_code=1):
        report = vend.json("doctor", exit_code=exit_code)
        assert report["ready"] == (exit_code == 0)
        wrong = {one["check"]: one for one in report["findings"] if one["state"] == "WRONG"}
        assert all(one["what"] and one["why"] and one["remedy"] for one in wrong.values())
        return wrong

    return diagnose
