"""`vend request`, `watch`, `status`, `history` and `redrive`: what an operator does with a request."""

from __future__ import annotations

from typing import Annotated

import typer

from workflows.operate.commands import VendCommand
from workflows.operate.options import DEFAULT_STACK, AsJson, NamedRequest, Stack, Watch
from workflows.operate.problems import WrongUsage

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE", help="Request files in JSON, or - for standard input.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (request, watch, status, history, redrive):
        app.command(cls=VendCommand)(command)


def request(
    files: Files,
    watch: Watch = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Show all problems, or the name and address it would get; start nothing."
        ),
    ] = False,
    request_id: Annotated[
        str | None, typer.Option("--id", metavar="TEXT", help="Use this request id.", show_default=False)
    ] = None,
    another: Annotated[
        bool, typer.Option("--another", help="Ask for one more account: use an id nobody used before.")
    ] = False,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Vend an account for each request file; the same request is vended once, however often it is sent."""
    _refuse_contradictions(files, request_id, another=another)
    from workflows.operate import many_requests, requesting
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    if len(files) > 1:
        many_requests.request_many(
            Deployment(stack), terminal, files, watch=watch, check=check, another=another
        )
        return
    one = requesting.read(files[0], request_id=request_id, another=another)
    if check:
        requesting.check_one(Deployment(stack), terminal, one)
    else:
        requesting.start_one(Deployment(stack), terminal, one, watch=watch)


def _refuse_contradictions(files: list[str], request_id: str | None, *, another: bool) -> None:
    if request_id is not None and not request_id.strip():
        raise WrongUsage("--id needs a text.")
    if request_id is not None and another:
        raise WrongUsage(
            "--id and --another exclude each other: one names the request id, the other makes one."
        )
    if request_id is not None and len(files) > 1:
        raise WrongUsage("--id goes with one file: a request id belongs to one request.")
    if files.count("-") > 1:
        raise WrongUsage("Standard input (-) can be read once only.")


def watch(request: NamedRequest, stack: Stack = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Follow a request until it is over; exit 0 only if it succeeds."""
    from workflows.operate.deployment import Deployment
    from workflows.operate.look_up import find_execution
    from workflows.operate.requesting import watch_one
    from workflows.operate.terminal import Terminal

    deployment = Deployment(stack)
    execution, _ = find_execution(deployment, request)
    watch_one(deployment, Terminal(as_json=as_json), execution.arn, request_id=execution.request_id)


def status(request: NamedRequest, stack: Stack = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Show where a request stands, what it waits for, and what to do next."""
    from workflows.operate.deployment import Deployment
    from workflows.operate.standing import standing
    from workflows.operate.status_view import status_screen
    from workflows.operate.terminal import Terminal

    found = standing(Deployment(stack), request)
    terminal = Terminal(as_json=as_json)
    terminal.document(found.document())
    terminal.show(status_screen(found))


def history(request: NamedRequest, stack: Stack = DEFAULT_STACK, as_json: AsJson = False) -> None:
    """Show every state a request's execution entered: attempts, start, duration, result or error."""
    from workflows.operate.deployment import Deployment
    from workflows.operate.standing import standing
    from workflows.operate.status_view import history_screen
    from workflows.operate.terminal import Terminal

    found = standing(Deployment(stack), request)
    terminal = Terminal(as_json=as_json)
    terminal.document(found.history())
    terminal.show(*history_screen(found))


def redrive(
    request: Annotated[
        str | None,
        typer.Argument(
            metavar="REQUEST",
            help="Request id, execution name or ARN, account name, account id, or address.",
            show_default=False,
        ),
    ] = None,
    all_failed: Annotated[
        bool, typer.Option("--all-failed", help="Redrive every execution that failed or timed out.")
    ] = False,
    watch: Watch = False,
    stack: Stack = DEFAULT_STACK,
    as_json: AsJson = False,
) -> None:
    """Run a failed request again from the state that failed."""
    if (request is None) is not all_failed:
        raise WrongUsage("Name one request, or give --all-failed.")

    from workflows.operate import redrive_reports
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    if request is None:
        redrive_reports.redrive_failed(Deployment(stack), terminal, watch=watch)
    else:
        redrive_reports.redrive_one(Deployment(stack), terminal, request, watch=watch)
