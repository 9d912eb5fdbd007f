"""Worker processes as this process sees them: started, killed, and reported when they end."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)
_PARENT = Path(__file__).with_name("worker_parent.py")
_SECONDS_TO_END = 5


class Workers:
    """Worker processes, forked from a warm parent (`worker_parent.py`) that starts warming up at once.

    Args:
        source: folder with the handlers' packages; the first entry of the workers' `sys.path`.
        log: file for what the parent itself prints, such as a failing import.
        ended: called with a worker's name and exit code (negative: the signal) when its process has ended.
    """

    def __init__(self, source: Path, log: Path, ended: Callable[[str, int], None]) -> None:
        self._source = source
        self._log = log
        self._ended = ended
        self._lock = threading.Lock()
        self._alive: set[str] = set()
        self._parent: subprocess.Popen[bytes] | None = self._start_parent()

    def start(self, worker: str, handler: str, environment: Mapping[str, str], log: Path) -> None:
        """Fork a worker that runs `handler` (`module.function`) under AWS's runtime interface client."""
        with self._lock:
            if self._parent is None:
                self._parent = self._start_parent()
            self._alive.add(worker)
            self._order(
                {"worker": worker, "handler": handler, "environment": dict(environment), "log": str(log)}
            )

    def kill(self, worker: str) -> None:
        """End a worker at once; one that has ended already is left alone."""
        with self._lock:
            if worker in self._alive:
                self._order({"worker": worker})

    def close(self) -> None:
        """End the parent and all workers, and wait until they have ended."""
        with self._lock:
            parent, self._parent = self._parent, None
            self._alive.clear()
        if parent is None or parent.stdin is None:
            return
        parent.stdin.close()
        try:
            parent.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            parent.kill()  # its workers end with it, see worker_parent.py
            parent.wait()

    def _order(self, order: dict[str, Any]) -> None:
        if self._parent is not None and self._parent.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # the parent died: `_listen` reports its workers
                self._parent.stdin.write(json.dumps(order).encode() + b"\n")

    def _start_parent(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            parent = subprocess.Popen(  # noqa: S603 - our own script and interpreter
                [sys.executable, "-P", str(_PARENT), str(self._source)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                env=_environment(),
            )
        threading.Thread(target=self._listen, args=(parent,), name="lambda-workers", daemon=True).start()
        return parent

    def _listen(self, parent: subprocess.Popen[bytes]) -> None:
        for line in parent.stdout or ():
            report = json.loads(line)
            with self._lock:
                self._alive.discard(report["worker"])
            self._ended(report["worker"], report["ended"])
        lost: set[str] = set()
        with self._lock:
            if self._parent is parent:  # nobody closed it
                lost, self._alive, self._parent = self._alive, set(), None
                parent.wait()
                _log.error("the parent of the Lambda workers has ended: %s says why", self._log)
        for worker in lost:
            self._ended(worker, -9)
        if parent.stdout is not None:
            parent.stdout.close()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS forbids such forks otherwise
    }
