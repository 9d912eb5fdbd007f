"""boto3 clients of the emulated services themselves, made once for each caller."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import boto3
from botocore.config import Config

_lock = threading.Lock()
_clients: dict[tuple[str, str, str, str], Any] = {}
_ONE_ATTEMPT = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    parameter_validation=False,
    connect_timeout=5,
    read_timeout=3600,
    max_pool_connections=200,
    tcp_keepalive=True,
)


def client(service: str, endpoint_url: str, region: str, access_key: str) -> Any:
    """A client that asks once: Step Functions and EventBridge repeat by their own rules, not by boto3's.

    Args:
        service: boto3's name of the service.
        endpoint_url: the local AWS.
        region: AWS region.
        access_key: stands for whoever calls, so that the record can name the caller.
    """
    key = (service, endpoint_url, region, access_key)
    with _lock:  # boto3 makes clients, unlike using them, in one thread at a time only
        if key not in _clients:
            made = boto3.session.Session().client(  # type: ignore[call-overload] # any service
                service,
                endpoint_url=endpoint_url,
                region_name=region,
                aws_access_key_id=access_key,
                aws_secret_access_key="local",  # noqa: S106 - no secret: nobody checks signatures here
                config=_ONE_ATTEMPT,
            )
            made.meta.events.register("after-call", _number)
            _clients[key] = made
        return _clients[key]


def _number(parsed: dict[str, Any], **_: Any) -> None:
    """Give each answer a request id: moto's interpreter quotes it in the cause of an error."""
    parsed.setdefault("ResponseMetadata", {}).setdefault("RequestId", str(uuid.uuid4()))
