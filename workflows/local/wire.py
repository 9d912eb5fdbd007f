"""Writes answers and errors in the protocol of the service that was called, from botocore's own models."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.core.errors import COMMON_ERROR_CODES, get_error_model
from moto.core.exceptions import ServiceException
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workflows.local.calls import Call

_SERVER_ERROR = re.compile(r"^Internal|^ServiceException$|InternalError$")
_STATUS_OF_UNMODELLED = {
    "AccessDenied": 403,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "NotFound": 404,
    "NotImplemented": 501,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


class _Error(ServiceException):
    """moto looks for a service named like the module an exception comes from; ours is none of moto's."""


class Refusal(Exception):
    """An addition refuses a call with the service's own error code.

    Args:
        code: the error code as boto3 shows it, for example `DuplicateAccountException`.
        message: the sentence that comes with it.
        status: HTTP status; None takes the service model's.
        members: further members of the error, for example `Reason`.
    """

    def __init__(self, code: str, message: str, *, status: int | None = None, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def answer(call: Call, members: Mapping[str, Any]) -> Answer:
    """The operation's successful answer, made of the members of its output shape."""
    return _as_answer(_serializer(call).serialize(dict(members)))


def refuse(call: Call, code: str, message: str, *, status: int | None = None, **members: Any) -> Answer:
    """An error answer that boto3 turns into a ClientError with this code, message and members.

    Args:
        call: the call that is refused.
        code: the service's error code; one the model does not know is passed on as it is.
        message: the sentence that comes with it.
        status: HTTP status; None takes the model's, else 500 for the service's own faults, else 400.
        members: further members of the error's shape, for example `Reason` or `CancellationReasons`.
    """
    if code not in COMMON_ERROR_CODES:
        COMMON_ERROR_CODES.append(code)  # moto warns about any other that botocore's model lacks
    error = _Error(code, message)
    for name, value in members.items():
        setattr(error, name, value)
    written = _as_answer(_serializer(call).serialize(error))
    return Answer(status or _status(call, error), written.body, written.headers)


def error_code(answered: Answer) -> str | None:
    """The error code inside an error answer of any protocol, None for a success."""
    if answered.status < 400:  # noqa: PLR2004 - below 400 nothing failed
        return None
    for name, value in answered.headers:
        if name.lower() == "x-amzn-errortype":
            return value.split(":")[0].rsplit("#", 1)[-1]
    text = answered.body[:4096].decode("utf-8", "replace")
    found = re.search(r"<Code>([^<]+)</Code>", text)
    return found.group(1) if found else _json_code(text) or str(answered.status)


def json_answer(document: Any, status: int = 200) -> Answer:
    """A plain JSON answer, as the control endpoints give it."""
    return Answer(status, json.dumps(document, default=str).encode(), [("Content-Type", "application/json")])


def _json_code(text: str) -> str | None:
    found = re.search(r'"(?:__type|code)"\s*:\s*"([^"]+)"', text)
    return found.group(1).rsplit("#", 1)[-1] if found else None


def _serializer(call: Call) -> Any:
    service = call.model.service_model
    content_type = call.environ.get("CONTENT_TYPE", "")
    protocol = determine_request_protocol(service, content_type)
    return get_serializer_class(service.service_name, protocol)(operation_model=call.model)


def _status(call: Call, error: ServiceException) -> int:
    shape = get_error_model(error, call.model.service_model)
    modelled = shape.metadata.get("error", {}).get("httpStatusCode")
    if modelled is not None:
        return int(modelled)
    if error.code in _STATUS_OF_UNMODELLED:
        return _STATUS_OF_UNMODELLED[error.code]
    fault = bool(shape.metadata.get("fault")) or _SERVER_ERROR.search(error.code)
    return 500 if fault else 400


def _as_answer(serialized: Mapping[str, Any]) -> Answer:
    body = serialized["body"] or b""
    return Answer(
        int(serialized["status_code"]),
        body.encode() if isinstance(body, str) else body,
        [(str(name), str(value)) for name, value in serialized["headers"].items()],
    )
