"""The AWS clients of one command, from the usual AWS variables, and what their errors mean to an operator."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore import exceptions as aws
from botocore.config import Config

from workflows.operate.problems import (
    AccessDenied,
    AwsRefused,
    AwsUnreachable,
    CommandProblem,
    NoCredentials,
    NoRegion,
    WrongAwsSetting,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=32,
    user_agent_extra="vend",
)
_HERE = ("127.0.0.1", "localhost", "::1")
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationErrorException")
_NOT_ACCEPTED = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
)
_OTHER_TIME = ("Signature expired", "Signature not yet current")
_THROTTLED = (
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
)
_SERVER_ERROR = 500


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
        identity: Any = self._session.client("sts", config=_CONFIG)
        return str(identity.get_caller_identity()["Arn"])

    @cached_property
    def s3(self) -> S3Client:
        """The client that reads stored mails."""
        return self._session.client("s3", config=_CONFIG)

    @cached_property
    def sqs(self) -> SQSClient:
        """The client that sends mails round again."""
        return self._session.client("sqs", config=_CONFIG)

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


def on_this_machine(url: str) -> bool:
    """Whether a URL leads to this very machine."""
    return urlsplit(url).hostname in _HERE


def explain(error: BaseException) -> CommandProblem | None:
    """What an error of the AWS SDK means to an operator; None if it is no such error.

    An error that was raised because of one of the SDK is explained by its cause.
    """
    if isinstance(error, aws.ClientError):
        return _refusal(error)
    if isinstance(error, aws.BotoCoreError):
        return _failure(error)
    if isinstance(error, ValueError) and str(error).startswith("Invalid endpoint"):
        return WrongAwsSetting(f"{error}: AWS_ENDPOINT_URL must be a URL such as http://127.0.0.1:4566.")
    return explain(error.__cause__) if error.__cause__ else None


def passes(error: BaseException) -> bool:
    """Whether an error of the AWS SDK passes by itself: the network, throttling, a fault of the service."""
    if isinstance(error, aws.ClientError):
        answer = error.response
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= _SERVER_ERROR or answer.get("Error", {}).get("Code") in _THROTTLED
    return isinstance(error, (aws.ConnectionError, aws.HTTPClientError))


def is_denied(error: aws.ClientError) -> bool:
    """Whether AWS says that the caller may not do it."""
    return error.response.get("Error", {}).get("Code") in _DENIED


def _refusal(error: aws.ClientError) -> CommandProblem:
    details = error.response.get("Error", {})
    code, message = details.get("Code", "Unknown"), details.get("Message", "")
    if is_denied(error):
        return AccessDenied(f"AWS denies {error.operation_name}: {message or code}")
    if code in _NOT_ACCEPTED:
        if any(sign in message for sign in _OTHER_TIME):
            return NoCredentials(f"AWS finds another time than this machine: set its clock. {message}")
        return NoCredentials(
            f"AWS does not accept the credentials ({code}): sign in again, or choose another AWS_PROFILE."
        )
    return AwsRefused(f"AWS refused {error.operation_name}: {code}: {message}")


def _failure(error: aws.BotoCoreError) -> CommandProblem:
    if isinstance(error, (aws.ConnectionError, aws.HTTPClientError)):
        return _unreachable(error)
    if isinstance(error, aws.NoRegionError):
        return NoRegion("No region is configured: set AWS_REGION, or choose an AWS_PROFILE that has one.")
    if isinstance(error, aws.ProfileNotFound):
        return WrongAwsSetting(f"{_sentence(error)} Check AWS_PROFILE.")
    if isinstance(error, _NO_CREDENTIALS):
        why = _sentence(error).rstrip(".")
        return NoCredentials(
            f"There are no usable AWS credentials ({why}): sign in, or choose another AWS_PROFILE."
        )
    return WrongAwsSetting(_sentence(error))


_NO_CREDENTIALS = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.CredentialRetrievalError,
    aws.TokenRetrievalError,
    aws.NoAuthTokenError,
    aws.SSOError,
    aws.LoginError,
    aws.RefreshWithMFAUnsupportedError,
    aws.MetadataRetrievalError,
    aws.UnknownCredentialError,
)


def _unreachable(error: aws.BotoCoreError) -> AwsUnreachable:
    details: dict[str, Any] = getattr(error, "kwargs", {})
    asked = details.get("endpoint_url") or ""
    url = os.environ.get("AWS_ENDPOINT_URL") or asked
    place = _origin(url or asked)
    if place and on_this_machine(place):
        return AwsUnreachable(f"Nothing answers at {place}: is `vend local up` running?")
    if place:
        return AwsUnreachable(f"AWS does not answer at {place}: check the network and the region.")
    return AwsUnreachable(f"AWS does not answer: {_sentence(error)}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."
