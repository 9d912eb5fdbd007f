"""The workers of one Lambda function: one invocation each at a time, started on demand, a few at most."""

from __future__ import annotations

import json
import signal
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_WORKERS = 4
_RESPONSE_LIMIT = 6 * 1024 * 1024 + 100 * 1024
"""Bytes of a synchronous response, as Lambda counts: 6 MB and a little."""


@dataclass(frozen=True, slots=True)
class Function:
    """What a worker has to know of a Lambda function; a changed one gets workers of its own."""

    name: str
    arn: str
    handler: str
    timeout: float
    """Seconds."""
    memory: int
    """MB."""
    environment: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, function: Any) -> Function:
        """Read it off anything with the attributes of moto's `LambdaFunction`."""
        environment: Mapping[str, Any] = function.environment_vars or {}
        return cls(
            name=function.function_name,
            arn=function.function_arn,
            handler=function.handler,
            timeout=float(function.timeout),
            memory=int(function.memory_size),
            environment=tuple(sorted((name, str(value)) for name, value in environment.items())),
        )


@dataclass(frozen=True, slots=True)
class Invocation:
    """How an invocation ended: the function's answer, or Lambda's description of an error."""

    payload: bytes
    failed: bool


@dataclass(slots=True)
class Job:
    """An invocation on its way."""

    payload: bytes
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    taken: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    outcome: Invocation | None = None

    def finish(self, outcome: Invocation) -> None:
        """Answer the caller; only the first outcome counts."""
        if self.outcome is None:
            self.outcome = outcome
        self.taken.set()
        self.done.set()


@dataclass(slots=True)
class _Worker:
    job: Job | None = None
    idle: bool = False
    starting: bool = True
    doomed: bool = False


class Pool:
    """A queue of invocations and the workers that serve it.

    Args:
        function: whose workers these are.
        start: starts a process for a worker of that name, which will then ask for work by `next`.
        kill: ends such a process at once.
    """

    def __init__(self, function: Function, start: Callable[[str], None], kill: Callable[[str], None]) -> None:
        self.function = function
        self._start = start
        self._kill = kill
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._workers: dict[str, _Worker] = {}
        self._closed = False

    def invoke(self, payload: bytes) -> Invocation:
        """Run the function once; returns when it has answered, failed, or used up its time."""
        job = Job(payload)
        with self._changed:
            if self._closed:
                return _error(job, "Runtime.ExitError", "the local AWS is stopping")
            self._waiting.append(job)
            self._staff()
            self._changed.notify()
        job.taken.wait()
        if not job.done.wait(self.function.timeout):
            self._time_out(job)
        return job.outcome or _error(job, "Runtime.ExitError", "the runtime gave no answer")

    def next(self, worker: str) -> Job | None:
        """Wait for work; None when this worker is not wanted any more."""
        with self._changed:
            state = self._workers.get(worker)
            if state is None:
                return None
            state.job, state.starting, state.idle = None, False, True
            self._changed.wait_for(lambda: self._waiting or worker not in self._workers)
            if worker not in self._workers:
                return None
            state.idle = False
            state.job = self._waiting.popleft()
            state.job.taken.set()
            return state.job

    def answer(self, worker: str, job_id: str, payload: bytes, *, failed: bool) -> None:
        """Take a worker's response or error; one that comes too late is dropped."""
        with self._changed:
            state = self._workers.get(worker)
            job = state.job if state else None
            if job is None or job.id != job_id:
                return
            if not failed and len(payload) > _RESPONSE_LIMIT:
                message = f"response payload size exceeded the maximum of {_RESPONSE_LIMIT} bytes"
                job.finish(_error(job, "Function.ResponseSizeTooLarge", message))
            else:
                job.finish(Invocation(payload, failed))

    def refuse_to_start(self, worker: str, payload: bytes) -> None:
        """Take a worker's initialization error: it answers the invocation that the worker was started for."""
        with self._changed:
            if worker in self._workers:
                self._workers[worker].doomed = True
            if self._waiting:
                self._waiting.popleft().finish(Invocation(payload, failed=True))

    def ended(self, worker: str, code: int) -> None:
        """Take note that a worker's process has ended; what it was running, or started for, fails."""
        with self._changed:
            state = self._workers.pop(worker, None)
            if state is None:
                return
            job = state.job
            if job is None and state.starting and not state.doomed and self._waiting:
                job = self._waiting.popleft()
            if job is not None:
                job.finish(_error(job, "Runtime.ExitError", _reason(code)))
            self._staff()
            self._changed.notify_all()

    def close(self) -> None:
        """Let everybody go; invocations under way end as `Runtime.ExitError`."""
        with self._changed:
            self._closed = True
            jobs = [*self._waiting, *(state.job for state in self._workers.values() if state.job)]
            self._waiting.clear()
            self._workers.clear()
            self._changed.notify_all()
            for job in jobs:
                job.finish(_error(job, "Runtime.ExitError", "the local AWS is stopping"))

    def _staff(self) -> None:
        at_hand = sum(one.idle or (one.starting and not one.doomed) for one in self._workers.values())
        missing = min(len(self._waiting) - at_hand, MOST_WORKERS - len(self._workers))
        for _ in range(missing):
            worker = uuid.uuid4().hex[:12]
            self._start(worker)
            self._workers[worker] = _Worker()

    def _time_out(self, job: Job) -> None:
        with self._changed:
            if job.outcome is not None:
                return
            message = f"Task timed out after {self.function.timeout:.2f} seconds"
            job.finish(_error(job, "Sandbox.Timedout", message))
            late = [name for name, state in self._workers.items() if state.job is job]
            for name in late:
                del self._workers[name]
            self._staff()
        for name in late:
            self._kill(name)


def _error(job: Job, kind: str, message: str) -> Invocation:
    described = {"errorType": kind, "errorMessage": f"RequestId: {job.id} Error: {message}"}
    return Invocation(json.dumps(described).encode(), failed=True)


def _reason(code: int) -> str:
    if code < 0:
        return f"Runtime exited with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    return "Runtime exited without providing a reason"
