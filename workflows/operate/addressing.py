"""Vending an address without an account."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workflows.operate import outcomes, tables
from workflows.operate.following import follow
from workflows.operate.interruptions import interruptible
from workflows.operate.look_up import item_of
from workflows.operate.next_step import advice
from workflows.operate.problems import RequestUnreadable, VendFailed
from workflows.operate.requesting import announce
from workflows.operate.starting import start
from workflows.vending.request import Mode
from workflows.vending.sources import AFT_KEYS

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment
    from workflows.operate.requests import Request
    from workflows.operate.terminal import Terminal


def vend_address(deployment: Deployment, terminal: Terminal, request: Request) -> None:
    """Vend the address of a request and write it to standard output; the same request gets the same one.

    Raises:
        RequestUnreadable: the file asks for something else than an address.
        VendFailed: no address was vended.
    """
    wanted = _for_address(request)
    started = start(deployment.executions, deployment.registry, wanted)
    announce(terminal, started)
    ended = started.earlier if started.earlier and not started.earlier.running else None
    looks = (
        () if ended else follow(deployment.executions, started.arn, seconds=deployment.seconds_between_looks)
    )
    goes_on = f"{started.name} goes on: the same command again tells the address."
    so_far = outcomes.just_started(wanted.request_id, started.arn)
    with interruptible(terminal, goes_on, lambda: terminal.document(so_far)):
        for look in looks:
            ended = look.ended or ended
    if ended is None:
        raise VendFailed(f"The execution {started.name} is gone.")
    item = None if ended.succeeded else item_of(deployment, ended)
    document = outcomes.document(ended, item)
    terminal.document(document)
    if not ended.succeeded:
        terminal.show(tables.outcome(document))
        raise VendFailed(advice(ended, item))
    terminal.show(str(document["account"]["address"]))


def _for_address(request: Request) -> Request:
    document = request.document
    other = document.get("mode", Mode.ADDRESS) != Mode.ADDRESS
    if other or "detail-type" in document or AFT_KEYS & document.keys():
        raise RequestUnreadable(
            f"{request.source}: asks for something else than an address: give a request for an account."
        )
    return replace(request, document=document | {"mode": Mode.ADDRESS.value})
