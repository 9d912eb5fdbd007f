"""Giving up a request that will never be finished: its address is retired, its name is free again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.operate.look_up import find_request
from workflows.operate.problems import CancelRefused
from workflows.vending.cancelling import cancel
from workflows.vending.errors import CannotCancel
from workflows.vending.registry import is_cancelled
from workflows.vending.shell import typed

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment
    from workflows.operate.executions import Execution
    from workflows.operate.terminal import Terminal


def cancel_one(deployment: Deployment, terminal: Terminal, named: str, *, reason: str) -> None:
    """Cancel the request that an operator names somehow; one that is cancelled already stays so.

    Raises:
        RequestNotFound: nothing is named so.
        CancelRefused: it is being vended, or its account exists or may be coming.
    """
    item, execution = find_request(deployment, named)
    _refuse_while_running(deployment, execution, item)
    if item is None:
        raise CancelRefused(
            f"Nothing was reserved for {named}, there is nothing to cancel: send the request again."
        )
    try:
        retired = cancel(
            deployment.registry,
            item["requestId"],
            who=deployment.clients.operator,
            why=reason,
            now=deployment.clients.now,
        )
    except CannotCancel as problem:
        raise CancelRefused(str(problem)) from problem
    terminal.document(_document(retired))
    if is_cancelled(item):
        terminal.say(f"{retired['address']} was retired already.")
        return
    terminal.say(
        f"Cancelled: {retired['address']} is retired for good, the name {retired['accountName']!r} is free. "
        "The same request may be sent again; it gets another address."
    )


def _refuse_while_running(
    deployment: Deployment, execution: Execution | None, item: dict[str, Any] | None
) -> None:
    """Refuse while the execution that was named, or the one that works on the address, still runs."""
    working = deployment.executions.find(str(item["execution"])) if item and item.get("execution") else None
    for one in (execution, working):
        if one is not None and one.running:
            watch = typed("watch", one.name)
            raise CancelRefused(
                f"{one.name} is running: wait until it has ended (`{watch}`), or stop it first "
                f"(`aws stepfunctions stop-execution --execution-arn {one.arn}`)."
            )


def _document(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "requestId": item["requestId"],
        "executionArn": item["execution"],
        "address": item["address"],
        "accountName": item["accountName"],
        "status": item["status"],
        "cancelledAt": item.get("cancelledAt"),
    }
