"""S3 as far as moto gets it wrong: the policies of buckets."""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from workflows.local import seams


def install() -> None:
    """Let no bucket policy decide: moto knows no conditions, and takes "deny without TLS" for "deny".

    Nobody checks permissions here, of roles neither.
    """

    def neutral(_bucket: FakeBucket, _action: str, _resource: str) -> Any:
        return PermissionResult.NEUTRAL

    seams.replace(FakeBucket, "get_permission", neutral)
