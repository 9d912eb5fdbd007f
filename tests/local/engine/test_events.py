"""Events reach the targets of the rules they match, as EventBridge renders them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from moto.events.models import EventPattern

from workflows.local.event_input import target_input

EVENT = {
    "version": "0",
    "id": "e-1",
    "detail-type": "Thing Happened",
    "source": "shop",
    "account": "123456789012",
    "time": "2026-01-02T03:04:05Z",
    "region": "us-east-1",
    "resources": ["r-1"],
    "detail": {"name": 'a "quoted" name', "count": 2, "list": [{"x": 1}], "nothing": None},
}
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
INPUTS = [
    ({}, json.dumps(EVENT)),
    ({"Input": '{"fixed": true}'}, '{"fixed": true}'),
    ({"InputPath": "$.detail.list[0]"}, '{"x": 1}'),
    ({"InputPath": "$.detail-type"}, '"Thing Happened"'),
    (
        {
            "InputTransformer": {
                "InputPathsMap": {"name": "$.detail.name", "count": "$.detail.count", "no": "$.detail.no"},
                "InputTemplate": '{"n": <name>, "text": "<name>: <count><no>", "c": <count>, "no": <no>}',
            }
        },
        '{"n": "a \\"quoted\\" name", "text": "a \\"quoted\\" name: 2", "c": 2, "no": null}',
    ),
    (
        {"InputTransformer": {"InputTemplate": '"rule <aws.events.rule-name> saw <unknown>"'}},
        '"rule r saw <unknown>"',
    ),
    (
        {
            "InputTransformer": {
                "InputPathsMap": {"d": "$.detail"},
                "InputTemplate": '{"e": <aws.events.event.json>, "d": <d>}',
            }
        },
        json.dumps({"e": EVENT, "d": EVENT["detail"]}),
    ),
]
PATTERNS = [
    ({"source": ["shop"]}, True),
    ({"source": [{"prefix": "sh"}]}, True),
    ({"source": [{"suffix": "op"}]}, True),
    ({"source": [{"anything-but": ["shop"]}]}, False),
    ({"source": [{"anything-but": {"prefix": "x"}}]}, True),
    ({"source": [{"equals-ignore-case": "SHOP"}]}, True),
    ({"source": [{"wildcard": "s*p"}]}, True),
    ({"detail": {"count": [{"numeric": [">", 1, "<=", 2]}]}}, True),
    ({"detail": {"count": [{"numeric": [">", 2]}]}}, False),
    ({"detail": {"missing": [{"exists": False}]}}, True),
    ({"detail": {"missing": [{"exists": True}]}}, False),
    ({"detail": {"nothing": [None]}}, True),
    ({"detail": {"$or": [{"count": [5]}, {"name": [{"prefix": "a "}]}]}}, True),
    ({"resources": ["r-1", "r-2"]}, True),
    ({"source": ["shop"], "detail": {"count": [3]}}, False),
]


def a_rule(local: Any, name: str, pattern: Any, target: dict[str, Any], **more: Any) -> None:
    local.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern), **more)
    where = {"EventBusName": more["EventBusName"]} if "EventBusName" in more else {}
    local.client("events").put_targets(Rule=name, Targets=[{"Id": "1", **target}], **where)


def put(local: Any, source: str, detail: Any, **more: Any) -> str:
    entry = {"Source": source, "DetailType": "Thing Happened", "Detail": json.dumps(detail), **more}
    answer = local.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    return str(answer["Entries"][0]["EventId"])


@pytest.mark.parametrize(("target", "text"), INPUTS)
def test_a_target_gets_its_input(target: Any, text: str) -> None:
    assert target_input(target, EVENT, RULE) == text


@pytest.mark.parametrize(("pattern", "matches"), PATTERNS)
def test_a_pattern_matches_as_on_eventbridge(pattern: Any, matches: bool) -> None:
    assert EventPattern.load(json.dumps(pattern)).matches_event(EVENT) is matches


def test_an_event_reaches_a_queue_whole(local: Any) -> None:
    url = local.queue("whole")
    a_rule(local, "whole", {"source": ["whole"]}, {"Arn": local.queue_arn(url)})
    event_id = put(local, "whole", {"a": 1}, Resources=["r"])
    event = local.received(url)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.pop("time"))
    assert event == {
        "version": "0",
        "id": event_id,
        "detail-type": "Thing Happened",
        "source": "whole",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": ["r"],
        "detail": {"a": 1},
    }


def test_an_event_reaches_a_function_that_runs_later(local: Any) -> None:
    seen = local.queue("seen")
    a_rule(
        local,
        "function",
        {"source": ["function"]},
        {"Arn": local.function("tiny.forward"), "InputPath": "$.detail"},
    )
    put(local, "function", {"for": "you"})
    assert local.received(seen) == {"for": "you"}


def test_an_event_reaches_a_topic_and_its_subscribers(local: Any) -> None:
    topic = local.client("sns").create_topic(Name="topic")["TopicArn"]
    url, seen = local.queue("subscribed"), local.queue("seen")
    subscribe = local.client("sns").subscribe
    subscribe(TopicArn=topic, Protocol="sqs", Endpoint=local.queue_arn(url))
    subscribe(TopicArn=topic, Protocol="lambda", Endpoint=local.function("tiny.forward"))
    a_rule(local, "topic", {"source": ["topic"]}, {"Arn": topic, "Input": '"hello"'})
    put(local, "topic", {})
    assert local.received(url)["Message"] == '"hello"'
    notification = local.received(seen)["Records"][0]["Sns"]
    assert (notification["Message"], notification["TopicArn"]) == ('"hello"', topic)


def test_an_event_starts_an_execution_once_under_its_own_id(local: Any) -> None:
    machine = local.machine({"Done": {"Type": "Pass", "End": True}})
    a_rule(local, "machine", {"source": ["machine"]}, {"Arn": machine, "RoleArn": local.role})
    event_id = put(local, "machine", {"n": 7})
    started = local.started(machine)
    assert started["name"].startswith(event_id)
    assert json.loads(started["input"])["detail"] == {"n": 7}


def test_an_event_goes_on_to_another_bus(local: Any) -> None:
    bus = local.client("events").create_event_bus(Name="other")["EventBusArn"]
    url = local.queue("other")
    a_rule(local, "onward", {"source": ["onward"]}, {"Arn": bus, "RoleArn": local.role})
    a_rule(local, "there", {"source": ["onward"]}, {"Arn": local.queue_arn(url)}, EventBusName="other")
    event_id = put(local, "onward", {})
    assert local.received(url)["id"] == event_id


def test_a_disabled_rule_and_a_schedule_get_no_event(local: Any) -> None:
    url = local.queue("quiet")
    target = {"Arn": local.queue_arn(url)}
    a_rule(local, "off", {"source": ["quiet"]}, target | {"Input": '"off"'}, State="DISABLED")
    local.client("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)")
    local.client("events").put_targets(Rule="daily", Targets=[{"Id": "1", "Input": '"daily"', **target}])
    a_rule(local, "on", {"source": ["quiet"]}, target | {"Input": '"on"'})
    put(local, "quiet", {})
    assert local.received(url) == "on"
    assert local.received(url, seconds=0) is None
    local.client("events").enable_rule(Name="off")
    put(local, "quiet", {})
    assert {local.received(url), local.received(url)} == {"on", "off"}


def test_what_cannot_be_delivered_ends_in_the_targets_dead_letter_queue(local: Any) -> None:
    dead = local.queue("dead")
    target = {
        "Arn": "arn:aws:lambda:us-east-1:123456789012:function:gone",
        "DeadLetterConfig": {"Arn": local.queue_arn(dead)},
    }
    a_rule(local, "lost", {"source": ["lost"]}, target)
    event_id = put(local, "lost", {})
    assert local.received(dead)["id"] == event_id


def test_a_delivery_is_tried_again_while_the_target_is_busy(local: Any) -> None:
    url = local.queue("busy")
    local.fault("sqs", "SendMessage", "ThrottlingException", times=2, principal="EventBridge")
    a_rule(local, "busy", {"source": ["busy"]}, {"Arn": local.queue_arn(url)})
    event_id = put(local, "busy", {})
    assert local.received(url)["id"] == event_id


def test_the_end_of_an_execution_is_an_event(local: Any) -> None:
    url = local.queue("ends")
    machine = local.machine({"Stop": {"Type": "Fail", "Error": "Broken", "Cause": "why"}})
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [machine], "status": ["FAILED", "TIMED_OUT", "ABORTED"]},
    }
    a_rule(local, "ends", pattern, {"Arn": local.queue_arn(url)})
    execution = local.start(machine, {"a": 1})
    event = local.received(url)
    assert event["resources"] == [execution]
    assert event["detail"]["executionArn"] == execution
    assert event["detail"]["error"] == "Broken"
    assert json.loads(event["detail"]["input"]) == {"a": 1}
