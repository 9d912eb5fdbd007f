"""A table at one of whose calls something goes wrong."""

from __future__ import annotations

from botocore.exceptions import ClientError, EndpointConnectionError


class Killed(Exception):
    """The function's worker died."""


class Faulty:
    """DynamoDB's client: at the call with this number something goes wrong."""

    def __init__(self, client):
        self._client = client
        self.fault = None

    def __getattr__(self, name):
        def call(**request):
            number, kind = self.fault or (None, "")
            if number is None:
                return getattr(self._client, name)(**request)
            self.fault = (number - 1, kind) if number else None
            if number or kind == "after":
                answer = getattr(self._client, name)(**request)
            if number:
                return answer
            if kind == "before":
                error = {
                    "Error": {"Code": "InternalServerError"},
                    "ResponseMetadata": {"HTTPStatusCode": 500},
                }
                raise ClientError(error, name)
            if kind == "after":
                raise EndpointConnectionError(endpoint_url="https://dynamodb")
            raise Killed

        return call
