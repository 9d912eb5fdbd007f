"""What `vend redrive` tells: of one execution, or of all that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.operate import tables
from workflows.operate.executions import RUNNING
from workflows.operate.following import follow_all
from workflows.operate.look_up import find_execution
from workflows.operate.problems import VendFailed
from workflows.operate.redriving import LEFT, redrive, redrive_all_failed
from workflows.operate.requesting import outcome_of, watch_one

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
    execution, _ = find_execution(deployment, named)
    redrive(deployment.executions, execution)
    terminal.say(f"{execution.name} runs again from the state that failed.")
    if watch:
        redrives = execution.redrive_count + 1
        watch_one(deployment, terminal, execution.arn, title=execution.name, redrives=redrives)
        return
    document = {**outcome_of(deployment, execution), "status": RUNNING}
    document.pop("error", None)
    terminal.document(document)
    terminal.say(f"Follow it with `vend watch {execution.name}`.")


def redrive_all(deployment: Deployment, terminal: Terminal, *, watch: bool) -> None:
    """Redrive every execution that failed, and follow them with `watch`.

    Raises:
        VendFailed: followed, at least one failed again.
    """
    results = []
    for result in redrive_all_failed(deployment):
        results.append(result)
        terminal.say(f"{result['execution']}  {result['status']}  {result['reason']}")
    redriven = {one["executionArn"]: one for one in results if one["status"] != LEFT}
    failed_again = 0
    if watch:
        redrives = {arn: one["redriveCount"] for arn, one in redriven.items()}
        for ended in follow_all(deployment.executions, redrives, seconds=deployment.seconds_between_looks):
            redriven[ended.arn]["status"] = ended.status
            failed_again += not ended.succeeded
            terminal.say(f"{ended.name}  {ended.status}")
    terminal.document(results)
    terminal.show(tables.redrives(results) if results else "No execution has failed.")
    if failed_again:
        raise VendFailed(f"{failed_again} of {len(redriven)} executions failed again.")
