"""What `vend request` does with one file: check it, start it, follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflows.operate import outcomes, tables
from workflows.operate.following import follow
from workflows.operate.interruptions import interruptible
from workflows.operate.look_up import item_of
from workflows.operate.next_step import advice
from workflows.operate.problems import RequestInvalid, RequestNotFound, VendFailed
from workflows.operate.requests import Request, read_request
from workflows.operate.starting import Started, start
from workflows.operate.view import following
from workflows.vending.shell import typed

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment
    from workflows.operate.executions import Execution
    from workflows.operate.terminal import Terminal


def read(source: str, *, request_id: str | None, another: bool) -> Request:
    """Read a request file and give it the id that was asked for."""
    request = read_request(source)
    if request_id is not None:
        return request.with_id(request_id)
    return request.once_more() if another else request


def check_one(deployment: Deployment, terminal: Terminal, request: Request) -> None:
    """Show what a request would get; raises RequestInvalid where it has problems."""
    found = deployment.preview(request)
    terminal.document(found.document())
    for what in found.unchecked:
        terminal.say(f"Not checked: {what}", style="yellow")
    if found.problems:
        terminal.show(tables.problems(found.problems))
        count = f"{len(found.problems)} problem{'s' if len(found.problems) > 1 else ''}"
        raise RequestInvalid(f"{request.source}: {count}; nothing was started.")
    facts = [("Account", found.name), ("Address", found.address), ("Request", found.request_id)]
    terminal.show(tables.facts(facts))
    terminal.say("The request is valid; nothing was started.")


def start_one(deployment: Deployment, terminal: Terminal, request: Request, *, watch: bool) -> None:
    """Start a request and show what becomes of it: at the end with `watch`, else as it is now."""
    started = start(deployment.executions, deployment.registry, request)
    announce(terminal, started)
    if watch and (started.earlier is None or started.earlier.running):
        watch_one(deployment, terminal, started.arn, request_id=request.request_id)
        return
    if started.earlier is not None:
        show_outcome(deployment, terminal, started.earlier)
    else:
        terminal.document(outcomes.just_started(request.request_id, started.arn))
    if started.earlier is None or started.earlier.running:
        terminal.say(f"Follow it with `{typed('watch', started.name)}`.")


def announce(terminal: Terminal, started: Started) -> None:
    """Say which execution serves a request."""
    earlier = started.earlier
    if earlier is None:
        terminal.say(f"Started {started.name}.")
        if started.differs:
            terminal.say(
                "Owner, name and unit stay as they were reserved under this request id before. "
                "`vend transfer` changes the owner; after `vend cancel` the request starts anew.",
                style="yellow",
            )
        return
    doing = "is being vended already" if earlier.running else "was vended before"
    terminal.say(f"This request {doing} as {started.name}; --another asks for one more account.")
    if started.differs:
        terminal.say(
            "It was started with other content under the same request id, and that is what counts.",
            style="yellow",
        )


def watch_one(
    deployment: Deployment, terminal: Terminal, arn: str, *, request_id: str, redrives: int = 0
) -> None:
    """Follow an execution to its end and show what became of it.

    Raises:
        VendFailed: it did not succeed.
        Interrupted: AWS could not be asked any more; the execution goes on.
        typer.Exit: with 130 after Ctrl-C; the execution goes on.
    """
    title, seconds = arn.rpartition(":")[2], deployment.seconds_between_looks
    goes_on = f"{title} goes on: `{typed('watch', title)}` follows it again."
    so_far = outcomes.just_started(request_id, arn)
    with (
        interruptible(terminal, goes_on, lambda: terminal.document(so_far)),
        following(terminal, title) as view,
    ):
        for look in follow(deployment.executions, arn, seconds=seconds, redrives=redrives):
            view.show(look)
            ended = look.ended
    if ended is None:
        raise RequestNotFound(f"The execution {title} is gone.")
    show_outcome(deployment, terminal, ended)


def show_outcome(deployment: Deployment, terminal: Terminal, execution: Execution) -> None:
    """Show what became of an execution; raises VendFailed where it did not succeed."""
    item = None if execution.succeeded else item_of(deployment, execution)
    document = outcomes.document(execution, item)
    terminal.document(document)
    terminal.show(tables.outcome(document))
    if execution.running or execution.succeeded:
        return
    raise VendFailed(advice(execution, item))
