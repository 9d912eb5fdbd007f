"""Evaluates the JSONata of state machines; `$states` and variables are bindings, not pasted text."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import random
import threading
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jsonata.jsonata import Jsonata
from jsonata.utils import Utils
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore

from workflows.local import seams

_PARSING = threading.Lock()


class QueryFailed(Exception):
    """A JSONata expression cannot be evaluated, or gives what Step Functions cannot store."""


def evaluate(expression: str, bindings: Mapping[str, Any]) -> Any:
    """The value of a JSONata expression as plain JSON.

    Args:
        expression: without the `{%` and `%}` around it.
        bindings: variables without their `$`; None in them is JSON's null.

    Raises:
        QueryFailed: it has a mistake, its value is undefined (unlike null), or it is a function.
    """
    try:
        parsed = _parse(expression)
        # An instance keeps the state of one evaluation; the syntax tree in it is shared and only read.
        mine = copy.copy(parsed)
        Jsonata.CURRENT.jsonata = mine
        bound = {name: Utils.NULL_VALUE if value is None else value for name, value in bindings.items()}
        value = mine.evaluate(None, _FUNCTIONS | bound)
    except Exception as error:  # the library raises Python's own errors too
        raise QueryFailed(f"The JSONata expression '{expression}' failed: {error}") from error
    if value is None:
        raise QueryFailed(f"The JSONata expression '{expression}' returned nothing (undefined).")
    try:
        return _plain(value)
    except TypeError as error:
        message = f"The JSONata expression '{expression}' returned an unsupported result type."
        raise QueryFailed(message) from error


def install() -> None:
    """Evaluate the JSONata of moto's interpreter here."""
    seams.replace(string_expression.StringJSONata, "_eval_body", _evaluate_in_state)
    seams.replace(string_expression.StringVariableSample, "_eval_body", _evaluate_in_state)
    seams.replace(VariableStore, "get_assigned_variables", _assigned_variables)


def _evaluate_in_state(component: Any, env: Any) -> None:
    store = env.variable_store
    bindings = {**store._outer_scope, **store._inner_scope, "states": env.states._states_data}  # noqa: SLF001 - the seam
    try:
        env.stack.append(evaluate(component.expression, bindings))
    except QueryFailed as error:
        raise _failure(env, str(error)) from error


def _failure(env: Any, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details: Any = {"error": name.error_name, "cause": cause, "state": env.next_state_name}
    return FailureEventException(
        failure_event=FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.EvaluationFailed,
            event_details=EventDetails(evaluationFailedEventDetails=details),  # type: ignore[typeddict-item] # one of many
        )
    )


def _assigned_variables(store: Any) -> dict[str, str]:
    names = store._declaration_tracing  # noqa: SLF001 - the seam: moto forgets to escape
    return {name: json.dumps(store.get(name), separators=(",", ":"), default=str) for name in names}


def _parse(expression: str) -> Any:
    with _PARSING:
        return _parsed(expression)


@lru_cache(maxsize=1000)
def _parsed(expression: str) -> Any:
    parsed = Jsonata(expression)
    parsed.set_output_convert_nulls(False)
    return parsed


def _plain(value: Any) -> Any:
    """JSON only: the library's own lists, ranges and null become Python's.

    Raises:
        TypeError: a function or a regular expression is part of the value.
    """
    if value is Utils.NULL_VALUE or value is None:
        return None
    if isinstance(value, bool | str | int | float):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, Utils.RangeList):
        return list(range(value.a, value.b + 1))
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


class _Unsupported(Exception):
    """Step Functions does not have this function, or not with these arguments."""


def _partition(array: Any, size: Any) -> Any:
    if array is None:
        return None
    members = list(array) if isinstance(array, list) else [array]
    if not isinstance(size, int) or size < 1:
        raise _Unsupported(f"$partition: {size} is not a positive whole number")
    return [members[start : start + size] for start in range(0, len(members), size)]


def _range(first: Any, last: Any, step: Any) -> Any:
    if not step:
        raise _Unsupported("$range: the step must not be 0")
    count = int((last - first) / step) + 1
    return [Utils.convert_number(first + number * step) for number in range(max(count, 0))]


def _hash(text: str, algorithm: str = "SHA-256") -> str:
    names = {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}
    if algorithm not in names:
        raise _Unsupported(f"$hash: {algorithm} is none of {', '.join(sorted(names))}")
    data = text if isinstance(text, str) else json.dumps(text, separators=(",", ":"))
    return hashlib.new(algorithm.replace("-", ""), data.encode(), usedforsecurity=False).hexdigest()


def _random(seed: Any = None) -> float:
    return random.Random(seed).random()  # noqa: S311 - as documented: not for secrets


def _parse_json(text: Any) -> Any:
    try:
        parsed = json.loads(text)
    except (ValueError, TypeError) as error:
        raise _Unsupported(f"$parse: {error}") from error
    return Utils.NULL_VALUE if parsed is None else parsed


def _eval(*_: Any) -> None:
    raise _Unsupported("$eval: Step Functions does not have it; use $parse")


_FUNCTIONS: dict[str, Any] = {
    "partition": Jsonata.JLambda(_partition),
    "range": Jsonata.JLambda(_range),
    "hash": Jsonata.JLambda(_hash),
    "random": Jsonata.JLambda(_random),
    "uuid": Jsonata.JLambda(lambda: str(uuid.uuid4())),
    "parse": Jsonata.JLambda(_parse_json),
    "eval": Jsonata.JLambda(_eval),
}
"""What Step Functions adds to JSONata, and what it takes away."""
