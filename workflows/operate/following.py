"""Following executions until they end, with as few calls as can be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from workflows.operate.aws_errors import passes
from workflows.operate.executions import Execution, Executions
from workflows.operate.timeline import StateRun, Timeline

ON_AWS = 1.0
"""Seconds between two looks at AWS."""
HERE = 0.15
"""Seconds between two looks at the local AWS."""


_PATIENCE = 300
"""How many pauses between two looks these may fail one after the other; a vend may take days."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at an execution found."""

    timeline: Timeline
    changed: list[StateRun]
    """The runs that changed since the look before."""
    ended: Execution | None
    """The execution, once it is over."""


def follow(executions: Executions, arn: str, *, seconds: float, redrives: int = 0) -> Iterator[Look]:
    """Look at an execution again and again; the last look is the one that finds it over.

    Args:
        executions: the executions of the state machine.
        arn: the one to follow.
        seconds: pause between two looks.
        redrives: the redrive to wait for: an end before it is not the end.
    """
    timeline = Timeline()
    while True:
        changed = timeline.take(
            _patiently(partial(executions.events, arn, after=timeline.last_event), seconds)
        )
        ended = _patiently(partial(_ended, executions, arn, redrives), seconds) if timeline.closed else None
        yield Look(timeline, changed, ended)
        if ended:
            return
        time.sleep(seconds)


def follow_all(executions: Executions, redrives: Mapping[str, int], *, seconds: float) -> Iterator[Execution]:
    """Yield each of many executions when it is over; one call per look tells which still run.

    Args:
        executions: the executions of the state machine.
        redrives: the ARNs to follow, each with the redrive to wait for, 0 for none.
        seconds: pause between two looks.
    """
    waiting = dict(redrives)
    while waiting:
        running = set(_patiently(lambda: list(executions.arns("RUNNING")), seconds))
        for arn in [one for one in waiting if one not in running]:
            ended = _patiently(partial(_ended, executions, arn, waiting[arn]), seconds)
            if ended:
                del waiting[arn]
                yield ended
        if waiting:
            time.sleep(seconds)


def _patiently(look: Callable[[], Found], seconds: float) -> Found:
    """Look until AWS answers, where what it answers instead passes by itself."""
    since = time.monotonic()
    while True:
        try:
            return look()
        except (BotoCoreError, ClientError) as error:
            if not passes(error) or time.monotonic() - since > _PATIENCE * seconds:
                raise
        time.sleep(seconds)


def _ended(executions: Executions, arn: str, redrives: int) -> Execution | None:
    """The execution if it is over; DescribeExecution may lag behind a start or a redrive."""
    execution = executions.find(arn)
    if execution is None or execution.running or execution.redrive_count < redrives:
        return None
    return execution
