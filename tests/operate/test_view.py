"""What people see: the live view, the plain lines, the tables."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from histories import History
from rich.console import Console

from workflows.operate import account_tables, tables
from workflows.operate.timeline import Timeline
from workflows.operate.view import StatesView, line, rows

POLLS = (
    History()
    .task("VendEmail", {"address": "payments@aws.example.com", "accountName": "payments"})
    .enter("WaitForAccount", "Wait")
    .leave("WaitForAccount", "Wait", after=20)
    .task("CheckAccount", {"answer": "PENDING"})
    .enter("WaitForAccount", "Wait")
)


def folded(history):
    timeline = Timeline()
    timeline.take(history.events)
    return timeline


def drawn(part, width=80):
    console = Console(width=width, file=io.StringIO())
    console.print(part)
    return console.file.getvalue()


def failing():
    history = History().enter("CheckAccount").attempt().fail("OrganizationsBusy", "Throttled.")
    history.attempt().fail("AccountCreationFailed", "payments was not created: ACCOUNT_LIMIT_EXCEEDED.")
    return history.end("Failed", error="AccountCreationFailed")


def test_states_entered_again_share_a_row_in_the_live_view():
    found = rows(folded(POLLS).runs, POLLS.now + timedelta(seconds=4))
    assert [(row.name, row.status.value, row.took.total_seconds(), row.note) for row in found] == [
        ("VendEmail", "SUCCEEDED", 3, "payments@aws.example.com"),
        ("WaitForAccount", "RUNNING", 24, "twice"),
        ("CheckAccount", "SUCCEEDED", 3, "PENDING"),
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_live_view_names_each_state_with_status_and_duration(width):
    view = StatesView("payments-0123")
    view.timeline = folded(POLLS)
    text = drawn(view, width)
    assert "payments-0123" in text
    for words in ("VendEmail", "WaitForAccount", "running", "CheckAccount", "succeeded", "3.0 s"):
        assert words in text
    assert max(map(len, text.splitlines())) <= width


def test_without_a_terminal_each_change_is_a_line():
    timeline = folded(POLLS)
    shown = [line(run, POLLS.now) for run in timeline.runs]
    assert [text.split()[1:3] for text in shown] == [
        ["VendEmail", "succeeded"],
        ["WaitForAccount", "succeeded"],
        ["CheckAccount", "succeeded"],
        ["WaitForAccount", "running"],
    ]
    assert shown[2].endswith("3.0 s  PENDING")


def test_the_history_has_a_line_for_each_entry_and_marks_redrives():
    history = failing().redrive().attempt().answer({"answer": "READY"}).leave("CheckAccount").end("Succeeded")
    text = drawn(tables.history(folded(history), history.now), 160)
    lines = [one.split() for one in text.splitlines()[2:]]
    assert lines[0][:3] == ["CheckAccount", "failed", "2"]
    assert "AccountCreationFailed: payments was not created: ACCOUNT_LIMIT_EXCEEDED." in text
    assert lines[1][0] == "redriven"
    assert lines[2][:3] == ["CheckAccount", "succeeded", "1"]
    assert lines[2][-1] == "READY"


def test_a_success_after_a_failed_attempt_tells_of_both():
    history = History().enter("CreateAccount").attempt().fail("OrganizationsBusy", "Throttled.").attempt()
    history.answer({"createRequestId": "car-1"}).leave("CreateAccount")
    text = drawn(tables.history(folded(history), history.now), 120)
    assert "car-1, OrganizationsBusy before" in text


def test_markup_in_names_is_shown_as_it_is():
    item = {
        "accountName": "[red]payments[/red]",
        "address": "p@aws.example.com",
        "status": "ACTIVE",
        "external": True,
    }
    text = drawn(account_tables.accounts([item], columns=120), 120)
    assert "[red]payments[/red]" in text
    assert "ACTIVE (external)" in text


def test_the_frame_of_an_outcome_leaves_out_what_is_not_known():
    text = drawn(tables.outcome({"requestId": "r-1", "status": "RUNNING", "account": None, "owner": None}))
    assert "RUNNING" in text
    assert "r-1" in text
    assert "Address" not in text
