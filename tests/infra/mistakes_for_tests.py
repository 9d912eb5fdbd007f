"""What is wrong with a configuration, as its reader is told."""

from __future__ import annotations

import pytest

from infra.configuration_mistakes import ConfigurationMistakes
from infra.stages import read_deployments

MISSING = object()
"""In the place of a value: the key is left out."""


def mistakes_of(vending):
    with pytest.raises(ConfigurationMistakes) as raised:
        read_deployments({"vending": vending})
    return raised.value.mistakes
