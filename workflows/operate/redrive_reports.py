"""What `vend redrive` tells: of one execution, or of all that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.operate import outcomes, tables
from workflows.operate.executions import RUNNING, SUCCEEDED
from workflows.operate.following import follow_all
from workflows.operate.interruptions import interruptible
from workflows.operate.look_up import find_execution
from workflows.operate.problems import VendFailed
from workflows.operate.redriving import LEFT, REDRIVEN, all_failed, redrive, redrive_all
from workflows.operate.requesting import watch_one
from workflows.vending.shell import typed

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal


def redrive_one(deployment: Deployment, terminal: Terminal, named: str, *, watch: bool) -> None:
    """Redrive one execution, and follow it with `watch`.

    Raises:
        RequestNotFound: no execution is named so.
        RedriveRefused: it cannot be redriven.
        VendFailed: followed, it failed again.
    """
    execution, item = find_execution(deployment, named)
    redrive(deployment.executions, execution, item)
    terminal.say(f"{execution.name} runs again from the state that failed.")
    if watch:
        redrives = execution.redrive_count + 1
        request = outcomes.request_id(execution, item)
        watch_one(deployment, terminal, execution.arn, request_id=request, redrives=redrives)
        return
    document = {**outcomes.document(execution, item), "status": RUNNING}
    document.pop("error", None)
    terminal.document(document)
    terminal.say(f"Follow it with `{typed('watch', execution.name)}`.")


def redrive_failed(deployment: Deployment, terminal: Terminal, *, watch: bool) -> None:
    """Redrive every execution that failed, and follow them with `watch`.

    Raises:
        VendFailed: AWS refused at least one, or followed, one failed again.
    """
    failed = all_failed(deployment)
    results: list[dict[str, Any]] = []
    goes_on = "what was redriven goes on: `vend status NAME` tells where each stands."
    with interruptible(terminal, goes_on, lambda: _show(terminal, results)):
        for result in redrive_all(deployment, failed):
            results.append(result)
            terminal.say(f"{result['execution']}  {result['status']}  {result['reason']}")
        redriven = {one["executionArn"]: one for one in results if one["status"] == REDRIVEN}
        if watch:
            redrives = {arn: one["redriveCount"] for arn, one in redriven.items()}
            seconds = deployment.seconds_between_looks
            for ended in follow_all(deployment.executions, redrives, seconds=seconds):
                redriven[ended.arn]["status"] = ended.status
                terminal.say(f"{ended.name}  {ended.status}")
    _show(terminal, results)
    bad = [one for one in results if one["status"] not in (REDRIVEN, LEFT, SUCCEEDED)]
    if bad:
        raise VendFailed(f"{len(bad)} of {len(results)} failed again, or were refused; see the list.")


def _show(terminal: Terminal, results: list[dict[str, Any]]) -> None:
    terminal.document(results)
    terminal.show(tables.redrives(results) if results else "No execution has failed.")
