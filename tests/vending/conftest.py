"""The operations topic as its subscribers see it."""

from __future__ import annotations

import pytest
from subscriber_for_tests import Subscriber


@pytest.fixture
def operations(aws, unique):
    """What machines read: the messages as they are."""
    return Subscriber(aws, f"operations-{unique}", raw=True)


@pytest.fixture
def operations_envelopes(aws, unique):
    """The messages with the subject that people read, in SNS's envelope."""
    return Subscriber(aws, f"operations-in-envelopes-{unique}", raw=False)
