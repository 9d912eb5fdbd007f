"""Talking to the control endpoints of a local AWS."""

from __future__ import annotations

import http.client
import json
import os
from typing import Any
from urllib.parse import urlsplit

from workflows.operate.problems import AwsUnreachable, LocalAwsRefused, NoLocalAws

_TIMEOUT = 60
_SET_IT = "set AWS_ENDPOINT_URL as `vend local up` prints it."


def ask(method: str, path: str, document: Any = None) -> Any:
    """Call a control endpoint of the local AWS that AWS_ENDPOINT_URL leads to.

    Args:
        method: of HTTP.
        path: below `/_local/`.
        document: the body, as JSON; None for none.

    Raises:
        NoLocalAws: the endpoint is no local AWS.
        AwsUnreachable: nothing answers there.
        LocalAwsRefused: it does not do what it was asked.
    """
    url = os.environ.get("AWS_ENDPOINT_URL", "")
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise NoLocalAws(f"This works on the local AWS only: {_SET_IT}")
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=_TIMEOUT)
    try:
        body = None if document is None else json.dumps(document)
        connection.request(method, f"/_local/{path}", body)
        answer = connection.getresponse()
        given = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise AwsUnreachable(f"Nothing answers at {url}: is `vend local up` running?") from error
    finally:
        connection.close()
    if answer.status == http.HTTPStatus.BAD_REQUEST:
        raise LocalAwsRefused(f"The local AWS refuses it: {json.loads(given)['error']}.")
    if answer.status != http.HTTPStatus.OK:
        raise NoLocalAws(f"{url} is no local AWS (it answers {answer.status} to /_local/{path}): {_SET_IT}")
    return json.loads(given)
