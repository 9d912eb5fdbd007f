"""Custom resources: their function is invoked, and answers through a signed URL, as on AWS."""

from __future__ import annotations

import json
import uuid
from typing import Any

from workflows.local import buckets
from workflows.local.resources import New, Resource


class CustomResourceFailed(Exception):
    """The function of a custom resource reported a failure, or nothing."""


def create(new: New) -> Resource:
    """Create a custom resource.

    Raises:
        CustomResourceFailed: its function says so, fails, or does not answer before it returns.
    """
    store = new.client("s3")
    place = {"Bucket": f"cloudformation-custom-resource-response-{new.region}", "Key": str(uuid.uuid4())}
    buckets.make(store, place["Bucket"])
    event = {
        "RequestType": "Create",
        "ServiceToken": new.properties["ServiceToken"],
        "ResponseURL": store.generate_presigned_url("put_object", Params=place),
        "StackId": new.stack_id,
        "RequestId": place["Key"],
        "ResourceType": new.type,
        "LogicalResourceId": new.logical_id,
        "ResourceProperties": _as_text(new.properties),
    }
    ended = new.client("lambda").invoke(
        FunctionName=new.properties["ServiceToken"], Payload=json.dumps(event).encode()
    )
    if "FunctionError" in ended:
        raise CustomResourceFailed(ended["Payload"].read().decode())
    try:
        answer = json.loads(store.get_object(**place)["Body"].read())
    except store.exceptions.NoSuchKey:
        raise CustomResourceFailed("its function returned without an answer to the ResponseURL") from None
    if answer["Status"] != "SUCCESS":
        raise CustomResourceFailed(answer.get("Reason") or "its function answered FAILED")
    return Resource(answer["PhysicalResourceId"], answer.get("Data") or {})


def _as_text(value: Any) -> Any:
    """CloudFormation hands all values to a function as strings."""
    if isinstance(value, dict):
        return {name: _as_text(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_text(member) for member in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
