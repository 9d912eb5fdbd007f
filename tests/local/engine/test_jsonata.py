"""JSONata as Step Functions documents it: values, null and undefined, its own functions, its errors."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from workflows.local.jsonata import QueryFailed, evaluate

BINDINGS = {
    "states": {
        "input": {
            "name": 'say "hi" \\ {% $x %}',
            "nothing": None,
            "numbers": [1, 2, 3],
            "deep": [{"id": 1}, {"id": None}, {}],
        },
        "context": {"Execution": {"RedriveCount": 0}},
    },
    "colour": "blue",
    "empty": None,
}
VALUES = [
    ("$states.input.name", 'say "hi" \\ {% $x %}'),
    ("$states.input.nothing", None),
    ("$states.input.nothing = null", True),
    ("$exists($states.input.nothing)", True),
    ("$exists($states.input.missing)", False),
    ("$empty", None),
    ("$colour & '!'", "blue!"),
    ("$states.input.deep.id", [1, None]),
    ("{'kept': $states.input.nothing, 'dropped': $states.input.missing}", {"kept": None}),
    (
        "$merge([$states.input, {'name': 1, 'deep': 2}])",
        {"name": 1, "nothing": None, "numbers": [1, 2, 3], "deep": 2},
    ),
    ("$map($states.input.numbers, function($n) { $n * 2 })", [2, 4, 6]),
    ("$states.input.numbers[$ > 1]", [2, 3]),
    ("10 / 4", 2.5),
    ("10 / 5", 2),
    ("[1..4]", [1, 2, 3, 4]),
    ("$string($states.input.nothing)", "null"),
    ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
    ("$partition([1, 2], 5)", [[1, 2]]),
    ("$range(0, 9, 3)", [0, 3, 6, 9]),
    ("$range(3, 1, -1)", [3, 2, 1]),
    ("$range(3, 1, 1)", []),
    ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
    ("$parse('null')", None),
    ("$random(7) = $random(7)", True),
    ("$random() < 1", True),
    ("$length($uuid())", 36),
    ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
]
FAILURES = [
    ("$states.input.missing", "returned nothing"),
    ("$unknown", "returned nothing"),
    ("$unknown(1)", "non-function"),
    ("'a' + 1", "must evaluate to a number"),
    ("1 +", "Unexpected end"),
    ("function($x) { $x }", "unsupported result type"),
    ("$parse('{')", "parse"),
    ("$partition([1], 0)", "not a positive whole number"),
    ("$range(1, 2, 0)", "must not be 0"),
    ("$eval('1')", "Step Functions does not have it"),
    ("$hash('a', 'CRC')", "is none of"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_an_expression_has_the_value_that_the_reference_gives(expression: str, value: Any) -> None:
    found = evaluate(expression, BINDINGS)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("expression", "reason"), FAILURES)
def test_an_expression_without_a_value_fails_by_name(expression: str, reason: str) -> None:
    with pytest.raises(QueryFailed, match=reason):
        evaluate(expression, BINDINGS)


def test_evaluating_changes_nothing_it_was_given() -> None:
    before = copy.deepcopy(BINDINGS)
    evaluate("$states.input ~> |deep|{'id': 5, 'more': null}|", BINDINGS)
    assert before == BINDINGS


@pytest.mark.usefixtures("interleaved")
def test_many_threads_share_an_expression() -> None:
    expression = "{'n': $n, 'twice': $map([1..5], function($v) { $v * $n }), 'json': $parse('[1]')}"
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: evaluate(expression, {"n": n}), range(200)))
    assert [one["n"] for one in found] == list(range(200))
    assert all(one["twice"] == [one["n"] * v for v in range(1, 6)] for one in found)
