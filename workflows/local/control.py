"""The control endpoints below `/_local/`: JSON over HTTP for those who try or test this AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from workflows.local.faults import FaultBook, InvalidFault, read_fault
from workflows.local.wire import Answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.local.record import Recorder

    Endpoint = Callable[[dict[str, str], Any], Any]
    """Gets the query and the JSON body (None without one), gives the JSON answer or a finished `Answer`."""

_FILTERS = {"service", "operation", "principal", "error", "match"}


class BadControl(Exception):
    """A control endpoint was sent something it cannot take; the message is the answer's sentence."""


class Control:
    """The table of endpoints; others add theirs with `add`."""

    def __init__(self) -> None:
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self._refusals: tuple[type[Exception], ...] = (BadControl,)

    def add(self, method: str, path: str, endpoint: Endpoint, *refusals: type[Exception]) -> None:
        """Serve `path` with `endpoint`; exceptions of the types `refusals` answer 400 with their message."""
        self._endpoints[method, path] = endpoint
        self._refusals += refusals

    def respond(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Answer one request; never raises for what a caller sent."""
        endpoint = self._endpoints.get((method, path))
        if endpoint is None:
            return self._unknown(method, path)
        try:
            given = endpoint(dict(parse_qsl(query, keep_blank_values=True)), _document(body))
        except self._refusals as refusal:
            return json_answer({"error": str(refusal)}, 400)
        return given if isinstance(given, Answer) else json_answer(given)

    def _unknown(self, method: str, path: str) -> Answer:
        methods = sorted(known for known, at in self._endpoints if at == path)
        if methods:
            return json_answer({"error": f"{path} takes {' and '.join(methods)}, not {method}"}, 405)
        paths = sorted({at for _, at in self._endpoints})
        return json_answer({"error": f"there is no {path}; there are {', '.join(paths)}"}, 404)


def add_calls(control: Control, recorder: Recorder) -> None:
    """`/_local/calls`: what was called, by service, operation, principal, error, match; DELETE forgets it."""

    def calls(query: dict[str, str], _: Any) -> Any:
        unknown = set(query) - _FILTERS
        if unknown:
            raise BadControl(
                f"cannot filter by {', '.join(sorted(unknown))}: filter by {', '.join(sorted(_FILTERS))}"
            )
        return recorder.matching(**query)

    def forget(_query: dict[str, str], _: Any) -> Any:
        recorder.clear()
        return {}

    control.add("GET", "/_local/calls", calls)
    control.add("DELETE", "/_local/calls", forget)


def add_faults(control: Control, faults: FaultBook) -> None:
    """`/_local/faults`: order one, list those that can still hit, strike all out."""

    def order(_query: dict[str, str], document: Any) -> Any:
        fault = read_fault(document)
        faults.order(fault)
        return fault.as_document()

    def clear(_query: dict[str, str], _: Any) -> Any:
        faults.clear()
        return {}

    control.add("POST", "/_local/faults", order, InvalidFault)
    control.add("GET", "/_local/faults", lambda _query, _: faults.open())
    control.add("DELETE", "/_local/faults", clear)


def _document(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadControl(f"the body is not JSON: {error}") from error
