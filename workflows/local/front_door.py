"""The one door of every AWS call: record it, break it on order, add what moto lacks, else hand it to moto."""

from __future__ import annotations

import functools
import io
import logging
from typing import TYPE_CHECKING, Any

from moto.core import responses
from moto.core.exceptions import ServiceException
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException
from werkzeug.test import run_wsgi_app

from workflows.local import seams, wire
from workflows.local.calls import Identifier
from workflows.local.faults import KILL, TIMEOUT, FaultBook
from workflows.local.listener import Listener
from workflows.local.locks import lock_for
from workflows.local.principals import Principals
from workflows.local.record import Recorded, Recorder
from workflows.local.wire import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workflows.local.calls import Call
    from workflows.local.faults import Fault

    Addition = Callable[[Call], Mapping[str, Any] | Answer | None]

CONTROL_PREFIX = "/_local/"

_method_names = seams.original(responses, "method_names_from_class")
_log = logging.getLogger(__name__)


class _Moto(DomainDispatcherApplication):
    """All of moto's services behind one WSGI application; it looks through folders for each host but once."""

    def __init__(self, create_app: Callable[[Any], Any]) -> None:
        super().__init__(create_app)
        self.get_backend_for_host = functools.cache(super().get_backend_for_host)  # type: ignore[method-assign]


class _ConnectionLost(Exception):
    """The caller gets no answer: its connection is closed."""


class FrontDoor:
    """A server for all AWS services on one port of 127.0.0.1.

    Args:
        port: TCP port; 0 takes a free one.

    Attributes:
        additions: what moto lacks, by (service, operation): a callable that gets the call and gives the
            members of its output, a finished `Answer`, or None to hand the call to moto; it raises `Refusal`
            for an error.
        control: answers requests below `/_local/`: (method, path, query string, body) -> answer.
        kill: ends the worker that holds an access key.
        principals: who holds which access key.
        faults: the faults on order.
        recorder: the calls so far.

    Raises:
        PortInUse: the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        self.principals = Principals()
        self.recorder = Recorder()
        self.faults = FaultBook()
        self.additions: dict[tuple[str, str], Addition] = {}
        self.control: Callable[[str, str, str, bytes], Answer] = _no_control
        self.kill: Callable[[str], Any] = _nobody_to_kill
        self.identifier = Identifier(self.principals)
        self._moto = _Moto(create_backend_app)
        # moto lists the methods of its response class for every call
        seams.replace(responses, "method_names_from_class", functools.cache(_method_names))
        self._listener = Listener(port, self._respond)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._listener.port

    @property
    def endpoint_url(self) -> str:
        """Where boto3 finds it: the value for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin to serve."""
        self._listener.start()

    def stop(self) -> None:
        """Stop serving; calls in progress lose their connection."""
        self._listener.stop()

    def hand_to_moto(self, call: Call) -> Answer:
        """What moto itself answers to the call; 501 in the service's protocol where moto has none."""
        try:
            answer = self._ask_moto(call.environ, call.body)
        except NotImplementedError as error:  # moto's way of saying that it lacks an operation or option
            return wire.refuse(call, "NotImplemented", f"moto lacks this: {error}", status=501)
        except ServiceException as error:
            return wire.refuse(call, error.code, error.message)
        if answer.status in {404, 405} and answer.body[:15].lower() == b"<!doctype html>":
            return wire.refuse(
                call, "NotImplemented", f"moto lacks {call.service} {call.operation}", status=501
            )
        return answer

    def _respond(self, environ: dict[str, Any], body: bytes) -> Answer | None:
        path = environ["PATH_INFO"]
        try:
            if path.startswith(CONTROL_PREFIX):
                return self.control(environ["REQUEST_METHOD"], path, environ["QUERY_STRING"], body)
            call = self.identifier.identify(environ, body)
            return self._ask_moto(environ, body) if call is None else self._recorded(call)
        except _ConnectionLost:
            return None
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the caller gets an answer
            _log.exception("%s %s", environ["REQUEST_METHOD"], path)
            return wire.json_answer({"__type": "InternalFailure", "message": repr(error)}, 500)

    def _recorded(self, call: Call) -> Answer:
        noted = Recorded(call.service, call.operation, call.principal, "{}")
        if self.principals.is_recorded(call.access_key):
            noted = self.recorder.begin(call)
        try:
            answer = self._faulty(call)
        except _ConnectionLost as lost:
            noted.error = str(lost)
            raise
        noted.status, noted.error = answer.status, wire.error_code(answer)
        return answer

    def _faulty(self, call: Call) -> Answer:
        fault = self.faults.take(call, "before")
        if fault is not None:
            return self._fail(call, fault)
        answer = self._carry_out(call)
        fault = self.faults.take(call, "after")
        return answer if fault is None else self._fail(call, fault)

    def _fail(self, call: Call, fault: Fault) -> Answer:
        if fault.error == KILL:
            self.kill(call.access_key)
        if fault.error in {KILL, TIMEOUT}:
            raise _ConnectionLost(fault.error)
        return wire.refuse(call, fault.error, fault.message, **fault.members)

    def _carry_out(self, call: Call) -> Answer:
        addition = self.additions.get((call.service, call.operation))
        try:
            with lock_for(call):
                made = addition(call) if addition is not None else None
                if made is None:
                    return self.hand_to_moto(call)
        except Refusal as refusal:
            return wire.refuse(call, refusal.code, refusal.message, status=refusal.status, **refusal.members)
        except ServiceException as error:
            return wire.refuse(call, error.code, error.message)
        except Exception as error:  # noqa: BLE001 - moto's mistakes are the service's, not the door's
            _log.exception("%s %s", call.service, call.operation)
            return wire.refuse(call, "InternalFailure", repr(error))
        return made if isinstance(made, Answer) else wire.answer(call, made)

    def _ask_moto(self, environ: dict[str, Any], body: bytes) -> Answer:
        own = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        try:
            chunks, status, headers = run_wsgi_app(self._moto, own)
        except HTTPException as error:
            return Answer(error.code or 500, (error.description or "").encode())
        return Answer(int(status.split(" ", 1)[0]), b"".join(chunks), list(headers))


def _no_control(method: str, path: str, query: str, body: bytes) -> Answer:
    del query, body
    return wire.json_answer({"error": f"{method} {path}: nothing answers here"}, 404)


def _nobody_to_kill(access_key: str) -> None:
    _log.warning("no worker holds the key %s: nothing to kill", access_key)
