"""A private part of a library that is gone is missed loudly, with the library's version."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from moto.awslambda.models import LambdaFunction
from moto.stepfunctions.parser.backend.execution import Execution

from workflows.local import seams


def test_a_missing_part_names_the_library_and_what_to_do() -> None:
    with pytest.raises(seams.SeamGone, match=f"moto {version('moto')} has no LambdaFunction.invoke_by_magic"):
        seams.replace(LambdaFunction, "invoke_by_magic", None)


def test_the_original_stays_reachable_however_often_it_is_replaced() -> None:
    first = seams.original(Execution, "to_describe_output")
    seams.replace(Execution, "to_describe_output", lambda _: 1)
    seams.replace(Execution, "to_describe_output", lambda _: 2)
    assert seams.original(Execution, "to_describe_output") is first
    seams.replace(Execution, "to_describe_output", first)
