"""Looks once how far AWS is with an account, and decides how the execution goes on."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from workflows.vending.creation import AccountCreation, Execution
from workflows.vending.creation_failures import ASK_AGAIN, FAILURE_REASONS, UNKNOWN_REASON
from workflows.vending.errors import (
    AccountCreationFailed,
    AccountCreationTimedOut,
    EmailTaken,
    OrganizationsBusy,
    VendingError,
)
from workflows.vending.registry import Status, address_key, history_entry, iso
from workflows.vending.table import ConditionFailed, Item, Update

MAX_ASKED_AGAIN = 5
"""How often a creation that failed for a passing reason is asked for again without a person."""
MAX_NEW_ADDRESSES = 2
"""How often a vended address that is taken outside the organization is replaced."""


class Answer(StrEnum):
    """What CheckAccount tells the state machine."""

    READY = "READY"
    PENDING = "PENDING"
    ASK_AGAIN = "ASK_AGAIN"
    NEW_ADDRESS = "NEW_ADDRESS"


def check(account: AccountCreation) -> dict[str, str]:
    """Look once how far the creation is.

    Raises:
        AccountCreationFailed: AWS could not create the account, for a reason that needs a person.
        AccountCreationTimedOut: AWS has worked on it for too long.
        EmailTaken: the address the request asked for belongs to an account elsewhere.
        RequestCancelled: the request was given up.
    """
    item = account.item()
    if item is None:
        return {"answer": Answer.NEW_ADDRESS}
    if "accountId" in item:
        return _ready(account, item["accountId"])
    if "createRequestId" not in item:
        return {"answer": Answer.ASK_AGAIN}
    creation = account.organizations.creation(item["createRequestId"])
    if creation.account_id and creation.state == "SUCCEEDED":
        return _ready(account, creation.account_id)
    if creation.state == "FAILED":
        return _failed(account, item, creation.failure_reason or "UNKNOWN")
    return _pending(account, item)


def _ready(account: AccountCreation, account_id: str) -> dict[str, str]:
    account.release_slot()
    account.change(assign={"accountId": account_id}, remove=["asking", "failure"])
    return {"answer": Answer.READY, "accountId": account_id}


def _pending(account: AccountCreation, item: Item) -> dict[str, str]:
    since = datetime.fromisoformat(item["requestedAt"])
    if account.execution.redriven_at:
        since = max(since, account.execution.redriven_at)
    limit = timedelta(minutes=account.settings.creation_timeout_minutes)
    if account.now - since > limit:
        raise AccountCreationTimedOut(
            f"AWS has not finished creating {item['accountName']!r} ({item['createRequestId']}) "
            f"in {account.settings.creation_timeout_minutes} minutes."
        )
    if item["status"] == Status.FAILED:  # its execution was stopped or timed out, and was redriven
        account.change(assign={"status": Status.CREATING}, remove=["lastError"])
    with suppress(OrganizationsBusy):  # without a lease AWS still goes on with what it has accepted
        account.hold_slot()
    return {"answer": Answer.PENDING}


def _failed(account: AccountCreation, item: Item, reason: str) -> dict[str, str]:
    recorded = item.get("failure")
    if recorded and recorded["createRequestId"] == item["createRequestId"]:
        if _is_mended(recorded, account.execution):
            return _ask_again(account, item, f"resumed after {reason}", 0)
        raise _failure(account, item, reason)
    if reason == "EMAIL_ALREADY_EXISTS":
        account_id, _, coming = account.search(item)
        if account_id:
            return _ready(account, account_id)
        if coming:
            return _pending(account, item)
        if not item.get("ownAddress") and _replaced(account, item) < MAX_NEW_ADDRESSES:
            return _retire(account, item)
    asked_again = item.get("askedAgain", 0)
    if reason in ASK_AGAIN and asked_again < MAX_ASKED_AGAIN:
        return _ask_again(account, item, reason, asked_again + 1)
    _record_failure(account, item, reason)
    raise _failure(account, item, reason)


def _is_mended(recorded: dict[str, Any], execution: Execution) -> bool:
    """Whether somebody has redriven the execution, or started another, since the failure was recorded."""
    if recorded["execution"] == execution.arn:
        return execution.redrive_count > int(recorded["redriveCount"])
    resumed_at = execution.redriven_at or execution.started_at
    return resumed_at is not None and resumed_at > datetime.fromisoformat(recorded["at"])


def _ask_again(account: AccountCreation, item: Item, why: str, asked_again: int) -> dict[str, str]:
    _forget_creation(
        account,
        item,
        what="ASK_AGAIN",
        why=f"{why} ({item['createRequestId']})",
        assign={"askedAgain": asked_again},
        remove=["createRequestId", "failure"],
    )
    return {"answer": Answer.ASK_AGAIN}


def _retire(account: AccountCreation, item: Item) -> dict[str, str]:
    _forget_creation(
        account,
        item,
        what="RETIRED",
        why=f"another account has this address ({item['createRequestId']})",
        assign={"status": Status.RETIRED},
        remove=[],
    )
    account.release_slot()
    return {"answer": Answer.NEW_ADDRESS}


def _record_failure(account: AccountCreation, item: Item, reason: str) -> None:
    failure = {
        "reason": reason,
        "createRequestId": item["createRequestId"],
        "execution": account.execution.arn,
        "redriveCount": account.execution.redrive_count,
        "at": iso(account.now),
    }
    _forget_creation(
        account,
        item,
        what="FAILED",
        why=f"{reason} ({item['createRequestId']})",
        assign={"status": Status.FAILED, "failure": failure},
        remove=[],
    )
    account.release_slot()


def _forget_creation(
    account: AccountCreation, item: Item, *, what: str, why: str, assign: dict[str, Any], remove: list[str]
) -> None:
    """Change the address and its history, unless another execution of the same request was faster."""
    try:
        account.registry.write(
            Update(
                key=address_key(account.address),
                assign={"updatedAt": iso(account.now), **assign},
                remove=remove,
                condition="#createRequestId = :failed AND #status <> :retired",
                values={"failed": item["createRequestId"], "retired": Status.RETIRED},
            ),
            history_entry(account.address, account.now, who=account.execution.arn, what=what, why=why),
        )
    except ConditionFailed:
        return  # the other one saw the same failure and wrote the same


def _failure(account: AccountCreation, item: Item, reason: str) -> VendingError:
    what = f"The account {item['accountName']!r} ({account.address}, {item['createRequestId']})"
    if reason == "EMAIL_ALREADY_EXISTS" and item.get("ownAddress"):
        return EmailTaken(f"{what} was not created: EMAIL_ALREADY_EXISTS.")
    meaning, remedy = FAILURE_REASONS.get(reason, UNKNOWN_REASON)
    return AccountCreationFailed(reason, what, meaning, remedy)


def _replaced(account: AccountCreation, item: Item) -> int:
    request = account.registry.request(item["requestId"]) or {}
    return int(request.get("replaced", 0))
