"""One local AWS per test run, deployed from the template that goes to AWS."""

from __future__ import annotations

import os
import uuid

import pytest
from aws_for_tests import serving
from policies_for_tests import keep_needed


def pytest_configure():
    """Let commands write as wide as they like: a width in the environment is of somebody's terminal."""
    os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory):
    """The local AWS with the product deployed; tests share it and use names of their own."""
    with serving(tmp_path_factory.mktemp("local-aws") / "log.txt", speed=200) as aws:
        yield aws
        keep_needed(aws)


@pytest.fixture
def aws(local_aws):
    """The local AWS, with an organization that behaves and without faults left over."""
    local_aws.control("faults", method="DELETE")
    local_aws.control("organizations", {"polls": 1, "failures": []})
    return local_aws


@pytest.fixture
def unique():
    """A short text no other test uses."""
    return uuid.uuid4().hex[:10]
