"""What commands show: outcomes, histories, accounts, mails, as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.constrain import Constrain
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from workflows.operate.timeline import Timeline
from workflows.operate.wording import STYLES, WORDS, duration, in_short, moment, said
from workflows.vending.problem import Problem

_WIDEST_FRAME = 120


def facts(pairs: Iterable[tuple[str, Any]]) -> Table:
    """Names and values below each other; pairs without a value are left out."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        text = value if isinstance(value, Text) else Text(str(value or ""))
        if text:
            table.add_row(name, text)
    return table


def request(document: Mapping[str, Any]) -> Table:
    """A request in the native shape, as facts."""
    owner, account_ = document.get("owner") or {}, document.get("account") or {}
    emails = owner.get("email") or []
    owner = {**owner, "email": [emails] if isinstance(emails, str) else emails}
    return facts(
        [
            ("Owner", owner_text(owner)),
            ("Account", account_.get("name")),
            ("Unit", document.get("organizationalUnit")),
            ("Tags", ", ".join(f"{key}={value}" for key, value in (document.get("tags") or {}).items())),
            ("Ticket", document.get("ticket")),
        ]
    )


def with_headings(*headings: str) -> Table:
    """A table without rows yet."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def outcome(document: Mapping[str, Any]) -> Constrain:
    """What became of a request, in a frame."""
    status = str(document["status"])
    account, owner = document.get("account") or {}, document.get("owner") or {}
    error = document.get("error") or {}
    body = facts(
        [
            ("Account", account.get("name")),
            ("Account id", account.get("id")),
            ("Address", account.get("address")),
            ("Unit", account.get("organizationalUnit")),
            ("Owner", owner_text(owner)),
            ("Error", Text(str(error.get("name", "")), style="bold red")),
            ("What happened", error.get("message")),
            ("What to do", error.get("remedy")),
            ("Request", document.get("requestId")),
        ]
    )
    style = STYLES.get(status, "")
    title = Text(status, style=style)
    panel = Panel(body, title=title, title_align="left", border_style=style, expand=False, padding=(0, 1))
    return Constrain(panel, _WIDEST_FRAME)


def owner_text(owner: Mapping[str, Any]) -> str:
    """An owner as `Payments team <team-payments@example.com>`."""
    emails = ", ".join(owner.get("email") or [])
    name = owner.get("name") or ""
    return f"{name} <{emails}>" if name and emails else name or emails


def status_text(status: str) -> Text:
    """A status in its colour."""
    return Text(status, style=STYLES.get(status, ""))


def history(timeline: Timeline, now: datetime) -> Table:
    """One line for each time a state was entered, with a line for each redrive between them.

    A time has its date where that is not the date of the execution's start.
    """
    table = with_headings("State", "Status", "Tries", "Started", "Took", "Result")
    table.columns[2].justify = table.columns[4].justify = "right"
    start = timeline.started or now
    redrives = 0
    for run in timeline.runs:
        for at in timeline.redrives[redrives : run.redrive]:
            table.add_row(*_redrive(at, start), style="yellow")
        redrives = max(redrives, run.redrive)
        table.add_row(
            run.name,
            Text(WORDS[run.status], style=STYLES[run.status]),
            str(run.attempts or ""),
            moment(run.started, start),
            duration(run.duration(now)),
            Text(_result(run)),
        )
    for at in timeline.redrives[redrives:]:
        table.add_row(*_redrive(at, start), style="yellow")
    return table


def problems(found: Iterable[Problem]) -> Table:
    """What is wrong with a request, one line for each problem."""
    table = with_headings("Field", "Problem")
    for problem in found:
        table.add_row(Text(problem.field), Text(problem.message))
    return table


def summary(results: Sequence[Mapping[str, Any]]) -> Table:
    """The results of several request files, one line each."""
    table = with_headings("File", "Status", "Account", "Id", "Error")
    for result in results:
        account_, error = result.get("account") or {}, result.get("error") or {}
        table.add_row(
            Text(str(result["file"])),
            status_text(str(result["status"])),
            Text(str(account_.get("name") or "")),
            str(account_.get("id") or ""),
            Text(str(error.get("message", ""))),
        )
    return table


def redrives(results: Sequence[Mapping[str, Any]]) -> Table:
    """What was done with failed executions, one line each."""
    table = with_headings("Execution", "Status", "Reason")
    for result in results:
        table.add_row(result["execution"], status_text(result["status"]), Text(result["reason"]))
    return table


def mails(sent: Sequence[Mapping[str, Any]]) -> Table:
    """Sent mails, one line each."""
    table = with_headings("#", "From", "To", "Subject", "Bytes")
    table.columns[4].justify = "right"
    for number, mail in enumerate(sent, 1):
        to = ", ".join(mail["to"])
        table.add_row(str(number), Text(mail["from"]), Text(to), Text(mail["subject"]), f"{mail['bytes']:,}")
    return table


def _redrive(at: datetime, start: datetime) -> tuple[str, ...]:
    return ("redriven", "", "", moment(at, start), "", "")


def _result(run: Any) -> str:
    if run.failure and run.status.over and run.status.value == "SUCCEEDED":
        last = f"{run.failure.error} before"
        return ", ".join(part for part in (in_short(run.result), last) if part)
    return said(run)
