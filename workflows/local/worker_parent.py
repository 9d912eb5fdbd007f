"""The process all Lambda workers are forked from, because it has imported their libraries already.

`workers.py` runs it as a script: `python -P worker_parent.py SOURCE`. It takes orders as JSON lines on stdin
and reports on stdout how each worker ended. It ends when stdin ends, and its workers with it.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import sys
import threading
import time
import traceback
from typing import Any, NoReturn

INIT_SECONDS = 60
"""A handler's import may take this long; Lambda itself allows 10 s, but not ten imports on one laptop."""


class Parent:
    """Starts, stops and watches workers; single-threaded, so that forking is safe."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._workers: dict[int, str] = {}
        self._reports = os.dup(1)
        os.dup2(2, 1)
        # Only this process holds the writing end: once it is gone, each worker reads the end and goes too.
        self._lifeline, self._held = os.pipe()
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Take orders until there are no more; then end all workers."""
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(0, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if self._woken in ready:
                    os.read(self._woken, 4096)
                    self._reap()
                if 0 in ready:
                    data = os.read(0, 1 << 20)
                    if not data:
                        break
                    *lines, pending = (pending + data).split(b"\n")
                    for line in lines:
                        self._obey(json.loads(line))
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)

    def _obey(self, order: dict[str, Any]) -> None:
        if "handler" in order:
            pid = os.fork()
            if pid == 0:
                self._become(order)
            self._workers[pid] = order["worker"]
            return
        for pid, worker in self._workers.items():
            if worker == order["worker"]:
                os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still its own

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._report({"worker": self._workers.pop(pid), "ended": os.waitstatus_to_exitcode(status)})

    def _report(self, event: dict[str, Any]) -> None:
        os.write(self._reports, json.dumps(event).encode() + b"\n")

    def _become(self, order: dict[str, Any]) -> NoReturn:
        code = 1
        try:
            self._leave_the_parent(order["log"])
            _run(order, self._source)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:  # noqa: BLE001 - whatever ends a worker belongs in its log
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def _leave_the_parent(self, log: str) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self._reports, self._held, self._woken, self._wake):
            os.close(end)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        threading.Thread(target=_end_with, args=(self._lifeline,), daemon=True).start()


def _end_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


def _run(order: dict[str, Any], source: str) -> None:
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(source)
    signal.alarm(INIT_SECONDS)
    # Its C++ part reads AWS_LAMBDA_RUNTIME_API once, at import: never earlier than here.
    from awslambdaric import bootstrap, lambda_runtime_client

    address, _, worker = os.environ["AWS_LAMBDA_RUNTIME_API"].partition("/")

    class Client(lambda_runtime_client.LambdaRuntimeClient):  # type: ignore[misc] # it ships no types
        """AWS's client, for a Runtime API that all workers share: each has its own path in front."""

        def call_rapid(self, http_method: str, endpoint: str, *more: Any, **named: Any) -> None:
            super().call_rapid(http_method, f"/{worker}{endpoint}", *more, **named)

        def wait_next_invocation(self) -> Any:
            signal.alarm(0)
            return super().wait_next_invocation()

    bootstrap.run(order["handler"], Client(address))


def _warm() -> None:
    """Import what handlers import, and let botocore read its models once for all."""
    import aws_lambda_powertools.metrics
    import boto3
    import jinja2
    import pydantic

    del aws_lambda_powertools, jinja2
    pydantic.BaseModel  # noqa: B018 - pydantic imports what it has when it is asked for
    for service in ("dynamodb", "organizations", "sesv2", "events", "s3", "sns", "stepfunctions"):
        boto3.client(
            service,
            region_name="us-east-1",
            aws_access_key_id="warming",
            aws_secret_access_key="warming",  # noqa: S106 - no call is made
        )


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    parent = Parent(sys.argv[1])
    _warm()
    gc.collect()
    gc.freeze()
    parent.serve()
