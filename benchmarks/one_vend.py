"""Counts what one vend is billed for: state transitions and Lambda invocations, from its history."""

from __future__ import annotations

import time

from benchmarks.report import Report
from benchmarks.vends import deployment

POLLS = 3
_REQUEST = {
    "owner": {"email": "team-payments@example.com"},
    "organizationalUnit": "Workloads/Prod",
    "tags": {"BusinessUnit": "Payments", "ApplicationName": "ledger", "Environment": "PRODUCTION"},
}


def report() -> Report:
    """Vend one account with several polls, and count."""
    with deployment(speed=50) as aws:
        aws.let_creations_take(POLLS - 1)
        arn = aws.start(_REQUEST, "one-vend")
        while aws.states.describe_execution(executionArn=arn)["status"] == "RUNNING":
            time.sleep(0.1)
        events = [event["type"] for event in aws.history(arn)]
    polls = POLLS
    transitions = sum(event.endswith("StateEntered") for event in events) + 1  # the end is billed, too
    invocations = events.count("TaskScheduled") - 1  # all but AnnounceAccount's PutEvents
    allowed_transitions, allowed_invocations = 12 + 3 * polls, 9 + polls
    rows = [
        ("state transitions", str(transitions), str(allowed_transitions)),
        ("Lambda invocations", str(invocations), str(allowed_invocations)),
    ]
    missed = [
        f"{what}: {measured} of {allowed}" for what, measured, allowed in rows if int(measured) > int(allowed)
    ]
    about = f"One request with tags and an organizational unit, polled {polls} times."
    return Report("One vend", about, ("what", "counted", "budget"), rows, missed)
