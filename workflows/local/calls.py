"""Finds out which AWS operation an HTTP request calls, with what, and by whom."""

from __future__ import annotations

import io
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from botocore.exceptions import DataNotFoundError
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.core.model import OperationModel

    from workflows.local.principals import Principals

_SERVICE_OF_SIGNING_NAME = {
    "servicequotas": "service-quotas",
    "execute-api": "apigateway",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
_CREDENTIAL = re.compile(r"Credential=([^/\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RequestParserError)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one AWS operation."""

    service: str
    """The boto3 client's name: `stepfunctions`, `sesv2`."""
    operation: str
    """The API's name of the operation: `StartExecution`."""
    access_key: str
    principal: str | None
    """Who holds the access key; None when unknown."""
    region: str
    model: OperationModel
    request: dict[str, Any]
    """The input with the API's member names; blobs are bytes. Empty when the body cannot be read."""
    environ: dict[str, Any]
    """The WSGI environment as it came in, without the body."""
    body: bytes


class Identifier:
    """Names the calls that arrive.

    moto builds its routers slowly and unlocked (a thousand calls at once would build one a thousand times),
    so each is built once here, under a lock.
    """

    def __init__(self, principals: Principals) -> None:
        self._principals = principals
        self._routers: dict[str, Any] = {}
        self._building = threading.Lock()

    def warm(self, services: Iterable[str]) -> None:
        """Build the routers of these boto3 services ahead of their first call."""
        for service in services:
            self._router(service)

    def identify(self, environ: dict[str, Any], body: bytes) -> Call | None:
        """The call that a request makes; None for anything that is not a signed call of a known operation.

        Args:
            environ: its WSGI environment; `wsgi.input` is not read.
            body: its body, no longer chunked by HTTP.
        """
        scope = _credential_scope(environ)
        if scope is None:
            return None
        access_key, region, signing_name = scope
        service = _service(signing_name.lower(), environ)
        http = Request({**environ, "wsgi.input": io.BytesIO(body)})
        http.get_data(cache=True)
        try:
            model, path_members = self._router(service).match(http)
        except (HTTPException, LookupError):
            return None
        return Call(
            service=service,
            operation=model.name,
            access_key=access_key,
            principal=self._principals.name(access_key),
            region=region,
            model=model,
            request=_parse(model, http, path_members),
            environ=environ,
            body=body,
        )

    def _router(self, service: str) -> Any:
        found = self._routers.get(service)
        if found is None:
            with self._building:
                found = self._routers.get(service) or _build_router(service)
                self._routers[service] = found
        return found


def _build_router(service: str) -> Any:
    service_model(service)
    router = get_service_router(service)
    router._get_router(router._service_model.protocol)  # noqa: SLF001 - moto builds it on first use, unlocked
    return router


def _credential_scope(environ: dict[str, Any]) -> tuple[str, str, str] | None:
    text = environ.get("HTTP_AUTHORIZATION", "")
    if not text and "X-Amz-Credential" in environ.get("QUERY_STRING", ""):
        text = "Credential=" + parse_qs(environ["QUERY_STRING"])["X-Amz-Credential"][0]
    found = _CREDENTIAL.search(text)
    return (found.group(1), found.group(2), found.group(3)) if found else None


def _service(signing_name: str, environ: dict[str, Any]) -> str:
    if signing_name == "ses" and environ.get("PATH_INFO", "").startswith("/v2/"):
        return "sesv2"
    if signing_name == "dynamodb" and environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDBStreams"):
        return "dynamodbstreams"
    return _SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)


def _parse(model: OperationModel, http: Request, path_members: dict[str, Any]) -> dict[str, Any]:
    protocol = determine_request_protocol(model.service_model, http.content_type)
    try:
        parsed: dict[str, Any] = PROTOCOL_PARSERS[protocol](model).parse(
            {
                "method": http.method,
                "values": http.values,
                "headers": http.headers,
                "body": http.get_data(),
                "url_path": http.path,
                "url_params": path_members,
            }
        )
    except _UNREADABLE:
        # the service itself says what is wrong with such a request
        return {}
    return parsed or {}


def service_model(service: str) -> Any:
    """The model of a boto3 service, from botocore.

    Raises:
        LookupError: there is no such service.
    """
    try:
        return get_service_model(service)
    except DataNotFoundError as error:
        raise LookupError(f"there is no AWS service named {service} in boto3") from error
