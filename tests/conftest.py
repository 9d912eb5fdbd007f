"""One local AWS per test run, deployed from the template that goes to AWS."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from aws_for_tests import serving

LAST = "test_recorded_calls.py"
ROOMS = {"infra", "mail", "operate", "vending"}
_whole_run = pytest.StashKey[bool]()


def pytest_collection_modifyitems(config, items):
    """Let the tests that look back at all calls run when all calls are made."""
    items.sort(key=lambda item: item.path.name == LAST)
    rooms = {item.path.relative_to(Path(__file__).parent).parts[0] for item in items}
    config.stash[_whole_run] = rooms >= ROOMS


@pytest.fixture(scope="session")
def whole_run(pytestconfig):
    """Whether the tests of all rooms run, so that what no call needed is needed by none."""
    return pytestconfig.stash[_whole_run]


@pytest.fixture(scope="session")
def recording():
    """Every local AWS whose record of calls the tests look back at."""
    return []


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory, recording):
    """The local AWS with the product deployed; tests share it and use names of their own."""
    with serving(tmp_path_factory.mktemp("local-aws") / "log.txt", speed=200) as aws:
        recording.append(aws)
        yield aws


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
