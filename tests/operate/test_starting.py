"""Starting a request where executions are old, or younger than their description."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from executions_for_tests import an_execution, failed

from workflows.operate.executions import NameInUse
from workflows.operate.problems import EarlierRequestFailed, StillStarting
from workflows.operate.requests import Request
from workflows.operate.starting import start

REQUEST = Request("request.json", {"requestId": "payments", "owner": {"email": "team@example.com"}})
ITEM = {"status": "FAILED", "address": "a@aws.example.com", "requestId": "payments"}


class Past:
    """The executions that Step Functions remembers, by name; each is described after so many looks."""

    def __init__(self, *executions, lag=0):
        self._executions = {one.name: one for one in executions}
        self._lag = lag
        self.started = {}

    def arn(self, name):
        return f"arn:aws:states:us-east-1:123456789012:execution:VendAccount:{name}"

    def start(self, name, execution_input):
        if name in self._executions:
            raise NameInUse(name)
        self.started[name] = execution_input
        return self.arn(name)

    def find(self, arn):
        self._lag -= 1
        return self._executions.get(arn.rpartition(":")[2]) if self._lag < 0 else None


class Known:
    """A registry that knows one address, of one request."""

    def __init__(self, item=None):
        self._item = item

    def reserved(self, _request_id):
        return self._item


def ended(days, **changes):
    stopped = datetime.now(UTC) - timedelta(days=days)
    return failed(
        "EmailTaken",
        "Taken.",
        **{"name": "payments", "input": REQUEST.execution_input, "stopped": stopped} | changes,
    )


def test_a_request_that_failed_so_long_ago_that_no_redrive_is_possible_starts_anew_under_its_id():
    past = Past(ended(20))
    started = start(past, Known(ITEM), REQUEST)
    assert (started.name, started.earlier) == ("payments-2", None)
    assert past.started == {"payments-2": REQUEST.execution_input}


def test_what_stays_of_an_earlier_content_is_said():
    other = REQUEST.with_id("payments")
    other.document["owner"] = {"email": "other@example.com"}
    assert start(Past(ended(20)), Known(ITEM), other).differs
    assert not start(Past(ended(20)), Known(ITEM), REQUEST).differs
    assert not start(Past(ended(20)), Known(), other).differs


def test_a_later_execution_that_must_be_corrected_can_be():
    invalid = failed("InvalidRequest", "No.", name="payments-2", input=REQUEST.execution_input)
    assert start(Past(ended(20), invalid), Known(ITEM), REQUEST).name == "payments-3"


def test_one_that_can_be_redriven_is_not_started_beside_it():
    with pytest.raises(EarlierRequestFailed, match="`vend redrive payments`"):
        start(Past(ended(1)), Known(ITEM), REQUEST)


def test_the_latest_of_several_executions_counts():
    again = an_execution(name="payments-2", status="SUCCEEDED", input=REQUEST.execution_input)
    assert start(Past(ended(20), again), Known(ITEM), REQUEST).earlier == again


def test_one_that_was_cancelled_after_it_succeeded_starts_anew():
    reserved = an_execution(name="payments", status="SUCCEEDED", input=REQUEST.execution_input)
    cancelled = ITEM | {"status": "RETIRED", "cancelledAt": "2026"}
    assert start(Past(reserved), Known(cancelled), REQUEST).name == "payments-2"


def test_an_execution_started_elsewhere_a_moment_ago_is_found_and_joined():
    running = an_execution(name="payments", input=REQUEST.execution_input)
    past = Past(running, lag=3)
    assert start(past, Known(), REQUEST, seconds=0).earlier == running
    assert past.started == {}


def test_an_execution_that_cannot_be_read_yet_is_not_started_a_second_time():
    past = Past(an_execution(name="payments"), lag=1000)
    with pytest.raises(StillStarting, match="run the same command again"):
        start(past, Known(), REQUEST, seconds=0)
    assert past.started == {}
