"""The AWS clients of one command, from the usual AWS variables."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=32,
    user_agent_extra="vend",
)
_CLOCKS_AGREE = timedelta(seconds=2)
_HERE = ("127.0.0.1", "localhost", "::1")


class Clients:
    """Makes each client once, when it is first needed."""

    def __init__(self, session: boto3.session.Session | None = None) -> None:
        # boto3 itself reads AWS_DEFAULT_REGION only; every other tool of AWS reads AWS_REGION first.
        self._session = session or boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        """The client that finds the stack."""
        return self._session.client("cloudformation", config=_CONFIG)

    @cached_property
    def stepfunctions(self) -> SFNClient:
        """The client that starts and watches executions."""
        return self._session.client("stepfunctions", config=_CONFIG)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """The client that reads the registry."""
        return self._session.client("dynamodb", config=_CONFIG)

    @cached_property
    def functions(self) -> LambdaClient:
        """The client that reads the settings of the deployed functions."""
        return self._session.client("lambda", config=_CONFIG)

    @cached_property
    def organizations(self) -> OrganizationsClient:
        """The client that looks for organizational units."""
        return self._session.client("organizations", config=_CONFIG)

    @cached_property
    def emails(self) -> SESV2Client:
        """The client that knows identities and the sending quota."""
        return self._session.client("sesv2", config=_CONFIG)

    @cached_property
    def receiving(self) -> SESClient:
        """The client that knows receipt rules."""
        return self._session.client("ses", config=_CONFIG)

    def quotas(self, region: str) -> ServiceQuotasClient:
        """The client that knows the quotas of one region."""
        return self._session.client("service-quotas", region_name=region, config=_CONFIG)

    def through(self, role_arn: str) -> Clients:
        """The clients of a role; raises ClientError where it cannot be assumed."""
        security: Any = self._session.client("sts", config=_CONFIG)
        keys = security.assume_role(RoleArn=role_arn, RoleSessionName="vend")["Credentials"]
        return Clients(
            boto3.session.Session(
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys["SessionToken"],
                region_name=self.region,
            )
        )

    @property
    def operator(self) -> str:
        """Who runs the command, as histories name people: the ARN of the credentials."""
        return str(self._identity["Arn"])

    @property
    def now(self) -> datetime:
        """The time, as AWS has it."""
        told = parsedate_to_datetime(self._identity["ResponseMetadata"]["HTTPHeaders"]["date"])
        return moment(datetime.now(UTC), told)

    @property
    def _identity(self) -> Any:
        security: Any = self._session.client("sts", config=_CONFIG)
        return security.get_caller_identity()

    @cached_property
    def s3(self) -> S3Client:
        """The client that reads stored mails."""
        return self._session.client("s3", config=_CONFIG)

    @cached_property
    def sqs(self) -> SQSClient:
        """The client that sends mails round again."""
        return self._session.client("sqs", config=_CONFIG)

    @cached_property
    def topics(self) -> SNSClient:
        """The client that knows who is subscribed."""
        return self._session.client("sns", config=_CONFIG)

    @property
    def region(self) -> str:
        """The region the commands work in."""
        return self.cloudformation.meta.region_name

    @property
    def endpoint_url(self) -> str:
        """Where AWS, or the local AWS, is."""
        return self.stepfunctions.meta.endpoint_url

    @property
    def local(self) -> bool:
        """Whether the endpoint is on this machine, so that asking often costs nothing."""
        return on_this_machine(self.endpoint_url)


def moment(here: datetime, told: datetime) -> datetime:
    """The time by this machine's clock, unless AWS, which tells it to the second, has another."""
    return here if abs(here - told) < _CLOCKS_AGREE else told


def on_this_machine(url: str) -> bool:
    """Whether a URL leads to this very machine."""
    return urlsplit(url).hostname in _HERE
