"""Synthesizes the CDK app and deploys its template through the front door, as `cdk deploy` would."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workflows.local import buckets
from workflows.local.assembly import DEFAULT_REGION, StackTemplate, stacks_of
from workflows.local.resources import ACCESS_KEY
from workflows.local.taken_for_granted import provide

_ROOT = Path(__file__).parents[2]
_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"
_SECONDS_FOR_CUSTOM_RESOURCES = 120


class SynthesisFailed(Exception):
    """The CDK app did not write its template; the message is what it said."""


class DeploymentFailed(Exception):
    """The template could not be deployed; the message names the resource and what is wrong with it."""


def synthesize(assembly: Path) -> None:
    """Write the cloud assembly, functions without their libraries.

    Args:
        assembly: folder for it.

    Raises:
        SynthesisFailed: the app ended with an error, for example a mistake in `cdk.json`.
    """
    environment = {**os.environ, "VENDING_LOCAL": "1", "VENDING_ASSEMBLY": str(assembly)}
    ended = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise SynthesisFailed(ended.stderr.strip() or f"infra.app ended with exit code {ended.returncode}")


def deploy(assembly: Path, endpoint_url: str) -> None:
    """Publish the assets and create every stack of an assembly, each in its region.

    Args:
        assembly: folder that `synthesize` filled.
        endpoint_url: the local AWS.

    Raises:
        DeploymentFailed: a stack cannot be created.
    """
    try:
        stacks = stacks_of(assembly)
        account = _client("sts", endpoint_url, DEFAULT_REGION).get_caller_identity()["Account"]
        for region in sorted({stack.region for stack in stacks}):
            _bootstrap(account, endpoint_url, region)
        for stack in stacks:
            _publish(assembly / f"{stack.name}.assets.json", account, endpoint_url, stack.region)
        for stack in stacks:
            provide(stack, account)
            _create(stack, endpoint_url)
    except (ClientError, BotoCoreError) as error:
        raise DeploymentFailed(f"deploying {assembly} failed: {_reason(error)}") from error


def _create(stack: StackTemplate, endpoint_url: str) -> None:
    stacks = _client("cloudformation", endpoint_url, stack.region)
    stacks.create_stack(
        StackName=stack.name,
        TemplateBody=stack.path.read_text("utf-8"),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    # moto creates while the call lasts; only custom resources are still at work then.
    waiter = stacks.get_waiter("stack_create_complete")
    try:
        waiter.wait(
            StackName=stack.name, WaiterConfig={"Delay": 1, "MaxAttempts": _SECONDS_FOR_CUSTOM_RESOURCES}
        )
    except BotoCoreError as error:
        status = stacks.describe_stacks(StackName=stack.name)["Stacks"][0]["StackStatus"]
        raise DeploymentFailed(
            f"stack {stack.name} is {status}: a custom resource has not answered"
        ) from error


def _bootstrap(account: str, endpoint_url: str, region: str) -> None:
    buckets.make(_client("s3", endpoint_url, region), f"cdk-hnb659fds-assets-{account}-{region}")
    _client("ssm", endpoint_url, region).put_parameter(
        Name=_BOOTSTRAP_VERSION, Value="30", Type="String", Overwrite=True
    )


def _publish(manifest: Path, account: str, endpoint_url: str, region: str) -> None:
    store = _client("s3", endpoint_url, region)
    for asset in json.loads(manifest.read_text("utf-8"))["files"].values():
        path = manifest.parent / asset["source"]["path"]
        packed = asset["source"]["packaging"] == "zip" and path.is_dir()
        body = _zipped(path) if packed else path.read_bytes()
        for place in asset["destinations"].values():
            store.put_object(
                Bucket=_filled(place["bucketName"], account, region),
                Key=_filled(place["objectKey"], account, region),
                Body=body,
            )


def _zipped(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return packed.getvalue()


def _filled(text: str, account: str, region: str) -> str:
    values = {"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws"}
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def _client(service: str, endpoint_url: str, region: str) -> Any:
    return boto3.client(  # type: ignore[call-overload] # any service
        service,
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key="local",  # noqa: S106 - nobody checks signatures here
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, read_timeout=300),
    )


def _reason(error: ClientError | BotoCoreError) -> str:
    text = error.response["Error"]["Message"] if isinstance(error, ClientError) else str(error)
    return " ".join(text.split())
