"""Reports executions that ended badly, and those that recovered: to the registry and to operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from workflows.vending.errors import VendingError, error_named
from workflows.vending.operations import Operations, Report
from workflows.vending.registry import (
    Registry,
    Status,
    address_key,
    history_entry,
    iso,
    superseded_by,
    waits_for_account,
)
from workflows.vending.shell import typed
from workflows.vending.sources import request_id_of_input
from workflows.vending.table import ConditionFailed, Item, Update

RECOVERED = "SUCCEEDED"
_LONGEST_REASON = 4_000
"""Characters of a reason that are told; SNS takes 256 KiB, all forms of a message together."""

_STOPPED = {
    "ABORTED": (
        "The execution was stopped by hand.",
        "Redrive it to go on where it was stopped, or give the request up with `vend cancel`.",
    ),
    "TIMED_OUT": (
        "The execution took longer than its time limit.",
        "See in its history what it was waiting for, mend that, then redrive it.",
    ),
}


def report_execution(detail: Mapping[str, Any], *, registry: Registry, operations: Operations) -> str:
    """Report one status change of an execution; the same event a second time reports nothing.

    Args:
        detail: the detail of an event `Step Functions Execution Status Change`.
        registry: its item of the address is marked FAILED, unless it is ACTIVE.
        operations: who is told.

    Returns:
        `reported`, `known` for a repeated event, or `ignored` for a success without redrive.
    """
    if detail["status"] == RECOVERED and not detail.get("redriveCount"):
        return "ignored"
    # Without its input, which EventBridge leaves out where it is large, the name has to do.
    request_id = request_id_of_input(detail.get("input") or "", detail["name"])
    item = registry.reserved(request_id)
    stopped_at = datetime.fromtimestamp(detail["stopDate"] / 1000, UTC)
    entry = history_entry(
        item["address"] if item else "",
        stopped_at,
        who=detail["executionArn"],
        what="RECOVERED" if detail["status"] == RECOVERED else f"EXECUTION_{detail['status']}",
        why=_reason(detail)[0],
    )
    if item and any(known["sk"] == entry.item["sk"] for known in registry.history(item["address"])):
        return "known"
    if item and detail["status"] != RECOVERED:
        _mark(registry, item, detail)
    operations.tell(_report(detail, request_id, item))
    if item:
        registry.write(entry)  # last: what fails before it is done again with the next try
    return "reported"


def _mark(registry: Registry, item: Item, detail: Mapping[str, Any]) -> None:
    """Mark the address FAILED; an account that is registered stays, and an address vended alone waits on."""
    if waits_for_account(item):
        return
    try:
        registry.write(
            Update(
                key=address_key(item["address"]),
                assign={
                    "status": Status.FAILED,
                    "lastError": f"{_error_name(detail)}: {_reason(detail)[0]}",
                    "updatedAt": iso(datetime.now(UTC)),
                },
                condition="#execution = :mine AND (#status = :reserved OR #status = :creating)",
                values={
                    "mine": detail["executionArn"],
                    "reserved": Status.RESERVED,
                    "creating": Status.CREATING,
                },
            )
        )
    except ConditionFailed:
        return  # ACTIVE, RETIRED, FAILED already, or another execution's: that says more than this report


def _report(detail: Mapping[str, Any], request_id: str, item: Item | None) -> Report:
    recovered = detail["status"] == RECOVERED
    name = item["accountName"] if item else request_id
    reason, remedy = _reason(detail)
    helps = _redrive_helps(detail)
    started_at = datetime.fromtimestamp(detail["startDate"] / 1000, UTC)
    if item and (other := superseded_by(item, detail["executionArn"], started_at=started_at)):
        remedy, helps = f"Nothing here: the execution {other} goes on with the same request.", False
    redrive = typed("redrive", detail["name"]) if helps and not recovered else None
    facts = {
        "event": "recovered" if recovered else "failed",
        "requestId": request_id,
        "executionArn": detail["executionArn"],
        "status": detail["status"],
        "accountName": item["accountName"] if item else None,
        "address": item["address"] if item else None,
        "owner": item["ownerEmails"] if item else None,
        "error": None if recovered else _error_name(detail),
        "reason": None if recovered else reason,
        "remedy": None if recovered else remedy,
        "console": console_link(detail["executionArn"]),
        "redrive": redrive,
    }
    if recovered:
        subject = f"Recovered: {name} is vended"
        opening = [f"The execution for {name} failed before, was redriven and has succeeded."]
        closing = []
    else:
        subject = f"Not vended: {name} ({_error_name(detail)})"
        opening = [f"The execution for {name} ended {detail['status']} with {_error_name(detail)}."]
        commands = [f"  {redrive}"] if redrive else []
        closing = ["", "Why", f"  {reason}", "", "What to do", f"  {remedy}", *commands]
    about = [
        ("Request", request_id),
        ("Address", facts["address"]),
        ("Owner", ", ".join(item["ownerEmails"]) if item else None),
        ("Execution", detail["executionArn"]),
        ("Console", facts["console"]),
    ]
    lines = [*opening, "", *(f"{label:<11}{value}" for label, value in about if value), *closing]
    return Report(subject, "\n".join(lines) + "\n", facts)


def console_link(execution_arn: str) -> str:
    """The page of an execution in the console of Step Functions."""
    region = execution_arn.split(":")[3]
    home = f"https://{region}.console.aws.amazon.com/states/home?region={region}"
    return f"{home}#/v2/executions/details/{execution_arn}"


def _redrive_helps(detail: Mapping[str, Any]) -> bool:
    error = error_named(_error_name(detail))
    return error is None or error.redrive_helps


def _reason(detail: Mapping[str, Any]) -> tuple[str, str]:
    """Why an execution ended, and what to do about it."""
    stopped = _STOPPED.get(detail["status"])
    message = _message(detail.get("cause"))
    if stopped and not message:
        return stopped
    error = error_named(_error_name(detail))
    remedy = error.remedy if error else (stopped[1] if stopped else VendingError.remedy)
    if not remedy:  # the message itself says what to do, reason by reason
        remedy = "Do what the reason above says, then redrive."
    reason = message.removesuffix(f" {remedy}") or "AWS gave no reason."
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]} ...", remedy


def _error_name(detail: Mapping[str, Any]) -> str:
    return str(detail.get("error") or f"States.{detail['status'].title().replace('_', '')}")


def _message(cause: str | None) -> str:
    """The message in the cause of a failure: what a Lambda function raised, or the text itself."""
    try:
        document = json.loads(cause or "")
    except ValueError:
        return cause or ""
    return str(document.get("errorMessage", cause)) if isinstance(document, dict) else str(cause)
