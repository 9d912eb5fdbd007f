"""What `vend request` does with several files at once: every one is answered, a bad one stops no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from workflows.operate import outcomes, tables
from workflows.operate.aws_errors import problem_of
from workflows.operate.following import follow_all
from workflows.operate.interruptions import interruptible
from workflows.operate.look_up import item_of
from workflows.operate.problems import VendFailed
from workflows.operate.progress import progress
from workflows.operate.requesting import read
from workflows.operate.starting import start
from workflows.vending.errors import InvalidRequest

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment
    from workflows.operate.executions import Execution
    from workflows.operate.terminal import Terminal

_AT_ONCE = 8
_NOT_STARTED = "NOT_STARTED"
_VALID, _INVALID = "VALID", "INVALID"

Result = dict[str, Any]


def request_many(
    deployment: Deployment,
    terminal: Terminal,
    sources: Sequence[str],
    *,
    watch: bool,
    check: bool,
    another: bool,
) -> None:
    """Check, or start, and with `watch` follow, the requests of several files; show a summary of all.

    Raises:
        VendFailed: at least one did not go well.
    """
    deployment.prepare()
    work = partial(_check if check else _start, deployment, another=another)
    results: list[Result] = []
    goes_on = (
        "nothing was started." if check else "what was started goes on: `vend watch REQUEST` follows it."
    )
    with interruptible(terminal, goes_on, lambda: _show(terminal, results)):
        _each(terminal, sources, work, results, "checked" if check else "started")
        if watch and not check:
            _watch(deployment, terminal, results)
    _show(terminal, results)
    counts = Counter(result["status"] for result in results)
    terminal.say(", ".join(f"{count} {status}" for status, count in sorted(counts.items())) + ".")
    bad = [result for result in results if "error" in result]
    if bad:
        raise VendFailed(f"{len(bad)} of {len(results)} requests did not go well; see the summary.")


def _check(deployment: Deployment, source: str, *, another: bool) -> Result:
    found = deployment.preview(read(source, request_id=None, another=another))
    result = {"file": source, "status": _INVALID if found.problems else _VALID, **found.document()}
    if found.problems:
        message = "; ".join(map(str, found.problems))
        result["error"] = {"name": "InvalidRequest", "message": message, "remedy": InvalidRequest.remedy}
    return result


def _start(deployment: Deployment, source: str, *, another: bool) -> Result:
    request = read(source, request_id=None, another=another)
    started = start(deployment.executions, deployment.registry, request)
    if started.earlier is None:
        return {"file": source, **outcomes.just_started(request.request_id, started.arn)}
    return _result(deployment, source, started.earlier)


def _result(deployment: Deployment, source: str, execution: Execution) -> Result:
    item = None if execution.succeeded else item_of(deployment, execution)
    return {"file": source, **outcomes.document(execution, item)}


def _watch(deployment: Deployment, terminal: Terminal, results: list[Result]) -> None:
    """Follow all that run, and put each outcome in its place."""
    waiting: dict[str, list[int]] = {}
    for index, result in enumerate(results):
        if result["status"] == "RUNNING":
            waiting.setdefault(result["executionArn"], []).append(index)
    with progress(terminal, "ended", len(waiting)) as advance:
        for ended in follow_all(
            deployment.executions, dict.fromkeys(waiting, 0), seconds=deployment.seconds_between_looks
        ):
            for index in waiting[ended.arn]:
                results[index] = _result(deployment, results[index]["file"], ended)
            advance(ended.name, ended.status)


def _show(terminal: Terminal, results: list[Result]) -> None:
    terminal.document(results)
    terminal.show(tables.summary(results))


def _each(
    terminal: Terminal,
    sources: Sequence[str],
    work: Callable[[str], Result],
    results: list[Result],
    done: str,
) -> None:
    """Do the work for every file, some at once; what goes wrong with one becomes its result."""

    def safely(source: str) -> Result:
        try:
            return work(source)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            told = {"name": type(problem).__name__, "message": str(problem), "remedy": ""}
            return {"file": source, "status": _NOT_STARTED, "error": told}

    with progress(terminal, done, len(sources)) as advance, ThreadPoolExecutor(_AT_ONCE) as pool:
        under_way = [pool.submit(safely, source) for source in sources]
        try:
            for one in under_way:
                results.append(one.result())
                advance(results[-1]["file"], results[-1]["status"])
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            for source, one in zip(sources, under_way, strict=True):
                if not one.cancelled():
                    continue
                told = {"name": "Stopped", "message": "Stopped before its turn came.", "remedy": ""}
                results.append({"file": source, "status": _NOT_STARTED, "error": told})
            raise
