"""What errors of the AWS SDK mean to an operator."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from botocore import exceptions as aws

from workflows.operate.clients import on_this_machine
from workflows.operate.problems import (
    AccessDenied,
    AwsRefused,
    AwsUnreachable,
    CommandProblem,
    NoCredentials,
    NoRegion,
    WrongAwsSetting,
)

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


def problem_of(error: Exception) -> CommandProblem | None:
    """What an error means for one of many things a command does; None if it is a mistake of ours."""
    return error if isinstance(error, CommandProblem) else explain(error)


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
