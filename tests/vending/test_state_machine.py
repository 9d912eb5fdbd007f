"""What the state machine tries again, and that a failed step stays the failed step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workflows.vending.errors import PassingError, error_named, every_error

DEFINITION = json.loads(
    (Path(__file__).parents[2] / "state_machines" / "vend_account.asl.json").read_text("utf-8")
)
STATES = DEFINITION["States"]
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
FUNCTIONS = {name: state for name, state in TASKS.items() if state["Resource"].endswith(":lambda:invoke")}

LAMBDA_TRANSIENTS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Sandbox.Timedout",
    "States.Timeout",
}
"""What Lambda itself fails with for a moment; the first four as Step Functions' best practices name them."""
EVENTS_TRANSIENTS = {
    "EventBridge.EventBridgeException",
    "EventBridge.FailedEntry",
    "EventBridge.InternalException",
    "EventBridge.SdkClientException",
    "EventBridge.ThrottlingException",
    "States.Timeout",
}
DAYS = 24 * 3600


def retried(state):
    return [name for retrier in state["Retry"] for name in retrier["ErrorEquals"]]


def test_the_execution_has_days_and_an_end():
    assert 2 * DAYS <= DEFINITION["TimeoutSeconds"] <= 90 * DAYS


def test_no_state_is_a_fail_state_and_no_error_is_caught():
    assert not [name for name, state in STATES.items() if state["Type"] == "Fail" or "Catch" in state]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_gives_up_some_day_and_tries_again_with_full_jitter_so_many_times(name):
    assert TASKS[name]["TimeoutSeconds"] <= 330
    for retrier in TASKS[name]["Retry"]:
        assert retrier["JitterStrategy"] == "FULL"
        assert 1 <= retrier["MaxAttempts"] <= 3000
        assert retrier["BackoffRate"] > 1
        assert retrier["MaxDelaySeconds"] <= 300
        assert retrier["Comment"].strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_transient_error_of_lambda_is_tried_again(name):
    assert set(retried(FUNCTIONS[name])) >= LAMBDA_TRANSIENTS


@pytest.mark.parametrize("name", TASKS)
def test_nothing_is_tried_again_but_what_passes(name):
    errors = retried(TASKS[name])
    assert len(errors) == len(set(errors))
    for error in set(errors) - LAMBDA_TRANSIENTS - EVENTS_TRANSIENTS:
        kind = error_named(error)
        assert kind is not None, f"{error} is neither ours nor AWS's"
        assert issubclass(kind, PassingError)


def test_every_error_that_passes_is_tried_again_somewhere():
    tried = {error for state in TASKS.values() for error in retried(state)}
    assert {kind.__name__ for kind in every_error() if kind.transient} <= tried


def test_waiting_for_a_slot_lasts_for_days():
    [busy] = [one for one in STATES["CreateAccount"]["Retry"] if "OrganizationsBusy" in one["ErrorEquals"]]
    mean_delay = busy["MaxDelaySeconds"] / 2  # full jitter takes anything between nothing and all of it
    assert busy["MaxAttempts"] * mean_delay >= 2 * DAYS


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_a_named_error_says_what_it_means_and_what_to_do(kind):
    assert kind.meaning.endswith(".")
    assert kind.remedy.endswith(".") or kind.__name__ == "AccountCreationFailed"
    assert issubclass(kind, PassingError) is kind.transient
