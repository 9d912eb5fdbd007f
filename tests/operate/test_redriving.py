"""Why an execution cannot be redriven."""

from __future__ import annotations

from datetime import timedelta

import pytest
from executions_for_tests import an_execution, failed

from workflows.operate.redriving import refusal

FAILED = failed("EmailTaken", "Taken.")


def test_a_failed_execution_can_be_redriven_for_14_days():
    assert refusal(FAILED, FAILED.stopped + timedelta(days=13, hours=23)) is None
    too_late = refusal(FAILED, FAILED.stopped + timedelta(days=15))
    assert too_late.startswith("it ended 15 days ago and AWS redrives for 14")


@pytest.mark.parametrize(
    ("execution", "reason"),
    [
        (an_execution(), "it is running; `vend watch payments-0123` follows it"),
        (an_execution(status="PENDING_REDRIVE"), "it is running; `vend watch payments-0123` follows it"),
        (an_execution(status="SUCCEEDED"), "it has succeeded, there is nothing to run again"),
        (
            failed("x", "y", redrivable=False, redrive_reason="Execution history event limit exceeded."),
            "Execution history event limit exceeded",
        ),
        (failed("x", "y", redrivable=False), "Step Functions says it is not redrivable"),
    ],
)
def test_what_cannot_be_redriven_says_why(execution, reason):
    assert refusal(execution, FAILED.stopped) == reason
