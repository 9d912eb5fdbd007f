"""Things to do soon, off the caller's thread, and some of them later."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_log = logging.getLogger(__name__)


class Agenda:
    """A clock and a few threads.

    Args:
        name: of the threads.
        workers: how many jobs run at once.
    """

    def __init__(self, name: str, workers: int) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)
        self._clock = threading.Thread(target=self._run, name=f"{name}-clock", daemon=True)
        self._clock.start()

    def add(self, job: Callable[[], None], *, seconds: float = 0) -> None:
        """Do a job after so many seconds; after `close` it is dropped."""
        with self._changed:
            if not self._closed:
                heapq.heappush(self._due, (time.monotonic() + seconds, next(self._number), job))
                self._changed.notify()

    def close(self) -> None:
        """Begin nothing any more; a job under way is not waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._clock.join()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                job = heapq.heappop(self._due)[2]
            self._threads.submit(_done, job)


def _done(job: Callable[[], None]) -> None:
    try:
        job()
    except Exception:  # noqa: BLE001 - one job's failure must not end the others
        _log.exception("a job of the local AWS failed")
