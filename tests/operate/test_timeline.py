"""A history folded into runs of states."""

from __future__ import annotations

from datetime import timedelta

import pytest
from histories import NOON, History
from hypothesis import given
from hypothesis import strategies as st

from workflows.operate.timeline import Failure, Status, Timeline, message_of

BUSY = Failure("OrganizationsBusy", "All 5 slots are in use.")


def folded(history):
    timeline = Timeline()
    timeline.take(history.events)
    return timeline


def test_each_entry_into_a_state_is_a_run_with_its_answer_and_duration():
    timeline = folded(History().task("ReadRequest", {"requestId": "r-1"}).enter("WaitForAccount", "Wait"))
    read, wait = timeline.runs
    assert (read.name, read.kind, read.status, read.attempts) == ("ReadRequest", "Task", Status.SUCCEEDED, 1)
    assert read.result == {"requestId": "r-1"}
    assert read.duration(NOON) == timedelta(seconds=3)
    assert (wait.name, wait.kind, wait.status) == ("WaitForAccount", "Wait", Status.RUNNING)
    assert wait.duration(NOON + timedelta(seconds=65)) == timedelta(seconds=60)
    assert timeline.started == NOON
    assert not timeline.closed


def test_a_retry_that_waits_shows_the_failure_it_waits_for():
    timeline = folded(History().enter("CreateAccount").attempt().fail(BUSY.error, BUSY.message))
    run = timeline.current
    assert (run.status, run.attempts, run.failure) == (Status.TRYING_AGAIN, 1, BUSY)
    assert run.since == NOON + timedelta(seconds=3)


def test_attempts_are_counted_and_a_later_success_keeps_the_failure():
    history = History().enter("CreateAccount").attempt().fail(BUSY.error, BUSY.message)
    timeline = folded(history.attempt().answer({"createRequestId": "car-1"}).leave("CreateAccount"))
    assert [(run.status, run.attempts, run.failure) for run in timeline.runs] == [(Status.SUCCEEDED, 2, BUSY)]


def test_a_failed_execution_fails_its_state_with_the_tasks_own_error():
    history = History().enter("CheckAccount").attempt().fail("AccountCreationFailed", "No quota.")
    timeline = folded(history.end("Failed", error="AccountCreationFailed", cause="{}"))
    assert timeline.current.status is Status.FAILED
    assert timeline.current.failure == Failure("AccountCreationFailed", "No quota.")
    assert timeline.closed


@pytest.mark.parametrize(
    ("how", "status"),
    [("Aborted", Status.ABORTED), ("TimedOut", Status.TIMED_OUT), ("Failed", Status.FAILED)],
)
def test_the_end_of_an_execution_is_the_end_of_the_state_it_was_in(how, status):
    timeline = folded(History().enter("WaitForAccount", "Wait").end(how, error="Stopped", cause="by hand"))
    assert timeline.current.status is status
    assert timeline.current.failure == Failure("Stopped", "by hand")


def test_a_time_out_without_details_leaves_no_failure():
    assert folded(History().enter("WaitForAccount", "Wait").end("TimedOut")).current.failure is None


@pytest.mark.parametrize("enters_again", [True, False], ids=["as moto does", "as AWS does"])
def test_a_redrive_starts_another_run_of_the_state_that_failed(enters_again):
    history = History().task("ReadRequest").enter("CheckAccount").attempt().fail("EmailTaken", "Taken.")
    history.end("Failed", error="EmailTaken").redrive()
    if enters_again:
        history.enter("CheckAccount")
    timeline = folded(history.attempt().answer({"answer": "READY"}).leave("CheckAccount").end("Succeeded"))
    assert [(run.name, run.status, run.redrive) for run in timeline.runs] == [
        ("ReadRequest", Status.SUCCEEDED, 0),
        ("CheckAccount", Status.FAILED, 0),
        ("CheckAccount", Status.SUCCEEDED, 1),
    ]
    assert len(timeline.redrives) == 1


def test_a_redriven_wait_that_only_ends_is_a_run_of_its_own():
    history = History().enter("WaitForAccount", "Wait").end("Aborted").redrive()
    timeline = folded(history.leave("WaitForAccount", "Wait"))
    assert [(run.status, run.redrive) for run in timeline.runs] == [
        (Status.ABORTED, 0),
        (Status.SUCCEEDED, 1),
    ]


def test_an_expression_that_cannot_be_evaluated_is_the_failure_of_its_state():
    details = {"error": "States.QueryEvaluationError", "cause": "undefined", "state": "ReadRequest"}
    timeline = folded(
        History().enter("ReadRequest").add("EvaluationFailed", evaluationFailedEventDetails=details)
    )
    assert timeline.current.failure == Failure("States.QueryEvaluationError", "undefined")


@given(st.lists(st.integers(1, 40), max_size=6))
def test_events_taken_in_pieces_make_the_same_runs(cuts):
    history = History().task("ReadRequest", 1).enter("CheckAccount").attempt().fail("EmailTaken", "Taken.")
    history.end("Failed", error="EmailTaken").redrive().attempt().answer({"answer": "READY"})
    events = history.leave("CheckAccount").end("Succeeded").events
    pieces = Timeline()
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(events)], strict=True):
        pieces.take(events[start:stop])
    assert pieces == folded(history)


def test_taking_events_tells_which_runs_changed():
    timeline = Timeline()
    first = History().task("ReadRequest").enter("VendEmail")
    assert [run.name for run in timeline.take(first.events)] == ["ReadRequest", "VendEmail"]
    assert [run.name for run in timeline.take(first.attempt().events[timeline.last_event :])] == ["VendEmail"]


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ('{"errorMessage": "No quota.", "errorType": "AccountQuotaReached"}', "No quota."),
        ("plain text", "plain text"),
        ('{"other": 1}', '{"other": 1}'),
        ('["errorMessage"]', '["errorMessage"]'),
        ('{"errorMessage": null}', '{"errorMessage": null}'),
        ("", ""),
    ],
)
def test_the_message_of_a_cause_is_what_the_function_said(cause, message):
    assert message_of(cause) == message
