"""What an operator is told to do next, and why a redrive would not help."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from executions_for_tests import NAME, an_execution, failed

from workflows.operate.next_step import advice, next_step, refusal
from workflows.vending.registry import iso

TAKEN = failed("EmailTaken", "Taken.", stopped=datetime.now(UTC))
STALE = failed("EmailTaken", "Taken.", stopped=datetime.now(UTC) - timedelta(days=20, hours=1))
INVALID = failed("InvalidRequest", "owner: is missing.", stopped=datetime.now(UTC))
OUTPUT = {"account": {"address": "a@aws.example.com"}}


def an_item(**changes):
    return {"status": "FAILED", "execution": TAKEN.arn, "takenAt": iso(TAKEN.started), **changes}


@pytest.mark.parametrize(
    ("execution", "item", "command", "words"),
    [
        (an_execution(), None, f"vend watch {NAME}", "goes on"),
        (an_execution(name="-x y"), None, "vend watch -- '-x y'", "goes on"),
        (an_execution(status="SUCCEEDED", output=OUTPUT), None, "vend show a@aws.example.com", "nothing"),
        (TAKEN, an_item(), f"vend redrive {NAME}", "from the step that failed"),
        (TAKEN, None, f"vend redrive {NAME}", "from the step that failed"),
        (TAKEN, an_item(status="RETIRED"), f"vend redrive {NAME}", "from the step that failed"),
        (TAKEN, an_item(status="RETIRED", cancelledAt="2026"), "vend request FILE", "send it again"),
        (failed("RequestCancelled", "It was."), None, "vend request FILE", "send it again"),
        (TAKEN, an_item(execution=f"{TAKEN.arn}-2"), f"vend status {NAME}-2", "another execution"),
        (TAKEN, an_item(execution=f"{TAKEN.arn}-0", takenAt="2020"), f"vend redrive {NAME}", "the step"),
        (INVALID, None, "vend request FILE", "correct the request"),
        (STALE, an_item(), "vend request FILE", "it ended 20 days ago and AWS redrives for 14; send"),
    ],
)
def test_the_next_step_is_one_that_helps(execution, item, command, words):
    step = next_step(execution, item)
    assert step.command == command
    assert words in step.advice


def test_advice_says_how_the_execution_ended_and_what_to_do():
    assert advice(TAKEN, an_item()) == (
        f"{NAME} ended FAILED with EmailTaken: `vend redrive {NAME}` runs it again from the step that failed."
    )
    assert advice(an_execution(status="ABORTED", redrivable=True), None).startswith(f"{NAME} ended ABORTED: ")


def test_a_failed_execution_can_be_redriven_for_14_days():
    assert refusal(TAKEN, TAKEN.stopped + timedelta(days=13, hours=23)) is None
    assert refusal(TAKEN, TAKEN.stopped + timedelta(days=15)).startswith("it ended 15 days ago")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"redrive_reason": "Execution history event limit exceeded."},
            "Execution history event limit exceeded",
        ),
        ({}, "Step Functions says it is not redrivable"),
    ],
)
def test_what_aws_would_not_redrive_says_why(changes, reason):
    assert refusal(failed("x", "y", redrivable=False, stopped=TAKEN.stopped, **changes)) == reason
