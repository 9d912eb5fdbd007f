"""Reading histories and following executions, with answers as AWS pages and delays them."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber
from executions_for_tests import an_execution, failed
from histories import History

from workflows.operate.executions import Executions
from workflows.operate.following import follow, follow_all

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:VendAccount"
ARN = an_execution().arn


@pytest.fixture
def stepfunctions():
    """A client whose answers are given in advance."""
    client = boto3.client(
        "stepfunctions", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()


def page(events, token=None):
    return {"events": events, **({"nextToken": token} if token else {})}


def ask(**more):
    return {"executionArn": ARN, "maxResults": 1000, "reverseOrder": True, **more}


def test_the_first_look_reads_every_page_and_turns_them_round(stepfunctions):
    client, stubber = stepfunctions
    events = History().task("ReadRequest").events
    stubber.add_response("get_execution_history", page(events[:1:-1], "more"), ask())
    stubber.add_response("get_execution_history", page(events[1::-1]), ask(nextToken="more"))
    found = Executions(client, MACHINE).events(ARN)
    assert [event["id"] for event in found] == [1, 2, 3, 4, 5, 6]


def test_a_later_look_stops_at_the_page_that_reaches_what_is_known(stepfunctions):
    client, stubber = stepfunctions
    events = History().task("ReadRequest").events
    stubber.add_response("get_execution_history", page(events[:2:-1], "more"), ask())
    found = Executions(client, MACHINE).events(ARN, after=3)
    assert [event["id"] for event in found] == [4, 5, 6]


def test_an_execution_too_young_for_a_history_has_no_events_yet(stepfunctions):
    client, stubber = stepfunctions
    stubber.add_client_error("get_execution_history", "ExecutionDoesNotExist")
    assert Executions(client, MACHINE).events(ARN) == []


def test_an_unknown_execution_and_a_wrong_arn_are_not_found(stepfunctions):
    client, stubber = stepfunctions
    stubber.add_client_error("describe_execution", "ExecutionDoesNotExist")
    stubber.add_client_error("describe_execution", "InvalidArn")
    executions = Executions(client, MACHINE)
    assert executions.find(executions.arn("x")) is None
    assert executions.find("arn:aws:nonsense") is None


class Slow:
    """Executions whose description lags behind their history, as on AWS after a redrive."""

    def __init__(self, history, descriptions):
        self._events = history.events
        self._descriptions = iter(descriptions)

    def events(self, _arn, *, after=0):
        return self._events[after:]

    def find(self, _arn):
        return next(self._descriptions)

    def arns(self, _status):
        return []


def test_following_a_redrive_does_not_take_the_earlier_end_for_the_end():
    history = History().enter("CheckAccount").attempt().fail("EmailTaken", "Taken.").end("Failed")
    done = an_execution(status="SUCCEEDED", redrive_count=1)
    slow = Slow(history, [failed("EmailTaken", "Taken."), an_execution(redrive_count=1), done])
    looks = list(follow(slow, ARN, seconds=0, redrives=1))
    assert [look.ended for look in looks] == [None, None, done]


def test_following_many_yields_each_once_when_it_is_over():
    done = an_execution(status="SUCCEEDED")
    slow = Slow(History(), [None, an_execution(), done])
    assert list(follow_all(slow, {ARN: 0}, seconds=0)) == [done]
