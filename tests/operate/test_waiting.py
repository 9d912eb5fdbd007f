"""What a running execution is said to wait for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from histories import NOON, History

from workflows.operate.timeline import Timeline
from workflows.operate.waiting import waits_for

DEFINITION = {
    "States": {
        "CreateAccount": {
            "Retry": [
                {"ErrorEquals": ["RegistryBusy"], "IntervalSeconds": 2, "MaxDelaySeconds": 60},
                {
                    "ErrorEquals": ["OrganizationsBusy"],
                    "IntervalSeconds": 5,
                    "BackoffRate": 2,
                    "MaxDelaySeconds": 300,
                },
            ]
        },
        "WaitForAccount": {"Seconds": "{% 20 %}"},
        "Elsewhere": {"Seconds": "{% $states.input.seconds %}"},
    }
}


def busy_after(attempts):
    history = History().enter("CreateAccount")
    for _ in range(attempts):
        history.attempt().fail("OrganizationsBusy", "All 5 slots are in use.")
    return current(history)


def current(history):
    timeline = Timeline()
    timeline.take(history.events)
    return timeline.current


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 10), (4, 40), (7, 300), (2900, 300)])
def test_a_retry_waits_at_most_its_delay_before_jitter(attempts, seconds):
    run = busy_after(attempts)
    waiting = waits_for(run, DEFINITION)
    assert (waiting.reason, waiting.message) == ("OrganizationsBusy", "All 5 slots are in use.")
    assert waiting.next_at == run.since + timedelta(seconds=seconds)


def test_a_retry_of_an_unknown_machine_still_says_why():
    waiting = waits_for(busy_after(1), {})
    assert (waiting.reason, waiting.next_at) == ("OrganizationsBusy", None)


@pytest.mark.parametrize(
    ("state", "next_at"),
    [("WaitForAccount", NOON + timedelta(seconds=21)), ("Elsewhere", None), ("Unknown", None)],
)
def test_a_wait_says_when_it_is_over_if_that_can_be_told(state, next_at):
    assert waits_for(current(History().enter(state, "Wait")), DEFINITION).next_at == next_at


def test_a_state_at_work_and_one_that_is_over_wait_for_nothing():
    assert waits_for(current(History().enter("CreateAccount").attempt()), DEFINITION) is None
    assert waits_for(current(History().task("CreateAccount")), DEFINITION) is None
    assert waits_for(None, DEFINITION) is None
