"""S3: buckets of our own, and what moto gets wrong about all of them, their policies."""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from workflows.local import seams
from workflows.local.assembly import DEFAULT_REGION


def install() -> None:
    """Let no bucket policy decide: moto knows no conditions, and takes "deny without TLS" for "deny".

    Nobody checks permissions here, of roles neither.
    """

    def neutral(_bucket: FakeBucket, _action: str, _resource: str) -> Any:
        return PermissionResult.NEUTRAL

    seams.replace(FakeBucket, "get_permission", neutral)


def make(store: Any, name: str) -> None:
    """Create a bucket in the region of a client of S3."""
    region = store.meta.region_name
    # The only region that S3 does not want to be told.
    elsewhere = (
        {} if region == DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    store.create_bucket(Bucket=name, **elsewhere)
