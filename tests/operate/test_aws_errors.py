"""Errors of the AWS SDK, told to an operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore import exceptions as aws

from workflows.operate import problems
from workflows.operate.aws_errors import explain
from workflows.operate.clients import moment, on_this_machine
from workflows.vending.errors import RegistryRefused


def refused(code, message="because"):
    return aws.ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "problem", "words"),
    [
        (refused("AccessDenied"), problems.AccessDenied, "AWS denies DescribeStacks: because"),
        (refused("ExpiredToken"), problems.NoCredentials, "(ExpiredToken): sign in again"),
        (
            refused("InvalidSignatureException", "Signature expired: 1 is now earlier than 2"),
            problems.NoCredentials,
            "set its clock. Signature expired: 1 is now earlier than 2",
        ),
        (
            refused("ThrottlingException", "Rate exceeded"),
            problems.AwsRefused,
            "ThrottlingException: Rate exceeded",
        ),
        (aws.NoCredentialsError(), problems.NoCredentials, "sign in, or choose another AWS_PROFILE"),
        (aws.PartialCredentialsError(provider="env", cred_var="x"), problems.NoCredentials, "sign in"),
        (aws.NoRegionError(), problems.NoRegion, "set AWS_REGION"),
        (
            aws.ProfileNotFound(profile="nope"),
            problems.WrongAwsSetting,
            "(nope) could not be found. Check AWS_PROFILE",
        ),
        (ValueError("Invalid endpoint: foo"), problems.WrongAwsSetting, "AWS_ENDPOINT_URL must be a URL"),
        (
            aws.EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/"),
            problems.AwsUnreachable,
            "Nothing answers at http://127.0.0.1:4566: is `vend local up` running?",
        ),
        (
            aws.ConnectTimeoutError(endpoint_url="https://states.eu-west-1.amazonaws.com/"),
            problems.AwsUnreachable,
            "AWS does not answer at https://states.eu-west-1.amazonaws.com: check the network",
        ),
    ],
)
def test_each_error_is_one_sentence_with_a_way_out(error, problem, words, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    found = explain(error)
    assert type(found) is problem
    assert words in str(found)
    assert "\n" not in str(found)


def test_an_error_of_the_registry_is_explained_by_the_refusal_behind_it():
    error = RegistryRefused("The registry refused get_item.")
    error.__cause__ = refused("AccessDeniedException", "not authorized")
    assert isinstance(explain(error), problems.AccessDenied)


def test_an_error_that_is_not_of_aws_is_not_explained():
    assert explain(KeyError("x")) is None


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:80", True),
        ("http://[::1]:1", True),
        ("https://states.us-east-1.amazonaws.com", False),
        (boto3.client("sts", region_name="us-east-1").meta.endpoint_url, False),
    ],
)
def test_the_local_aws_is_told_by_its_host(url, here):
    assert on_this_machine(url) is here


@pytest.mark.parametrize(("seconds", "believed"), [(0.9, "here"), (-1, "here"), (90, "told"), (-90, "told")])
def test_a_clock_that_is_off_is_not_believed(seconds, believed):
    told = datetime(2026, 5, 11, 12, 0, tzinfo=UTC)
    here = told + timedelta(seconds=seconds)
    assert moment(here, told) == {"here": here, "told": told}[believed]
