"""The control endpoints answer bad input with a sentence."""

from __future__ import annotations

from typing import Any

import pytest
import requests

BAD = [
    ("POST", "/_local/faults", [], "a fault is a JSON object"),
    ("POST", "/_local/faults", {"service": "sqs", "operation": "ListQueues"}, "`error` must be a text"),
    (
        "POST",
        "/_local/faults",
        {"service": "skyhook", "operation": "A", "error": "B"},
        "no AWS service named skyhook",
    ),
    (
        "POST",
        "/_local/faults",
        {"service": "sqs", "operation": "ListQueue", "error": "B"},
        "did you mean ListQueues?",
    ),
    (
        "POST",
        "/_local/faults",
        {"service": "sqs", "operation": "ListQueues", "error": "B", "when": "never"},
        '`when` must be "before" or "after"',
    ),
    (
        "POST",
        "/_local/faults",
        {"service": "sqs", "operation": "ListQueues", "error": "B", "times": 0},
        "`times` must be a whole number from 1",
    ),
    ("POST", "/_local/organizations", {"polls": -1}, "`polls` must be a whole number from 0"),
    ("POST", "/_local/organizations", {"failures": ["SUNDAY"]}, "`failures` must be a list of"),
    ("POST", "/_local/organizations", {"pols": 1}, "send a JSON object with some of"),
    ("GET", "/_local/calls?color=red", None, "cannot filter by color"),
]


@pytest.mark.parametrize(("method", "path", "document", "sentence"), BAD)
def test_bad_input_is_answered_with_a_sentence(
    aws: Any, method: str, path: str, document: Any, sentence: str
) -> None:
    status, answer = aws.control(method, path, document)
    assert status == 400
    assert sentence in answer["error"]


def test_a_body_that_is_not_json_is_answered_with_a_sentence(aws: Any) -> None:
    answer = requests.post(aws.door.endpoint_url + "/_local/faults", data="{oops", timeout=10)
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["error"]


def test_an_unknown_path_names_those_there_are(aws: Any) -> None:
    status, answer = aws.control("GET", "/_local/call")
    assert status == 404
    assert "/_local/calls" in answer["error"]


def test_a_wrong_method_names_the_right_one(aws: Any) -> None:
    status, answer = aws.control("POST", "/_local/outbox")
    assert status == 405
    assert "takes GET" in answer["error"]


def test_what_organizations_is_not_told_stays_as_it_was(aws: Any) -> None:
    aws.control("POST", "/_local/organizations", {"polls": 3})
    _, behaviour = aws.control("POST", "/_local/organizations", {"inFlightLimit": 2})
    assert behaviour == {
        "polls": 3,
        "failures": [],
        "inFlightLimit": 2,
        "busyWith": "TooManyRequestsException",
        "accountLimit": 10_000,
        "featureSet": "ALL",
        "trustedServices": ["account.amazonaws.com"],
    }
