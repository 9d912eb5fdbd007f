"""Asks AWS for an account, once per address."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflows.vending.creation import AccountCreation
from workflows.vending.errors import OrganizationsAnswerLost, OrganizationsBusy, VendingError
from workflows.vending.registry import Status, iso
from workflows.vending.request import Order
from workflows.vending.table import ConditionFailed, Item

_ASKING_TAKES = timedelta(minutes=6)
"""Longer than a CreateAccount step can run: an older `asking` was left by one that died."""


def ask(account: AccountCreation, order: Order) -> dict[str, str]:
    """Ask for the account unless that has happened; the answer names the request or the account.

    Raises:
        OrganizationsBusy: no slot is free, or AWS wants to be left alone for a while.
        OrganizationsAnswerLost: AWS may have taken the request; the next attempt looks first.
        VendingError: AWS refused for good, under the name of the reason.
    """
    item = account.item()
    if item is None:
        return {}  # another execution found it taken; CheckAccount sends this one for the other address, too
    known: dict[str, str] = {key: item[key] for key in ("accountId", "createRequestId") if key in item}
    if known:
        return known
    account.hold_slot()
    if "asking" in item and (found := _look_for_lost_answer(account, item)):
        return found
    _claim_asking(account, item)
    try:
        creation = account.organizations.create_account(
            order, name=item["accountName"], address=account.address
        )
    except OrganizationsAnswerLost:
        raise
    except VendingError as error:
        account.change(assign={"lastError": str(error)}, remove=["asking"])
        account.release_slot()
        raise
    account.change(
        assign={
            "createRequestId": creation.request_id,
            "requestedAt": iso(account.now),
            "status": Status.CREATING,
        },
        remove=["asking", "lastError"],
    )
    return {"createRequestId": creation.request_id}


def _claim_asking(account: AccountCreation, item: Item) -> None:
    """Leave word that AWS is being asked, before it is; only one execution can."""
    asking = {"by": account.execution.arn, "at": iso(account.now)}
    if "asking" in item:
        condition = "#asking = :earlier AND attribute_not_exists(#createRequestId)"
    else:
        condition = "attribute_not_exists(#asking) AND attribute_not_exists(#createRequestId)"
    try:
        account.change(
            assign={"asking": asking, "firstAskedAt": item.get("firstAskedAt", iso(account.now))},
            condition=f"{condition} AND #status <> :retired AND attribute_not_exists(#accountId)",
            values={"retired": Status.RETIRED, **({"earlier": item["asking"]} if "asking" in item else {})},
        )
    except ConditionFailed:
        if (account.item() or {}).get("asking") != asking:
            raise OrganizationsBusy(
                f"Another execution is asking for the account of {account.address}."
            ) from None


def _look_for_lost_answer(account: AccountCreation, item: Item) -> dict[str, str] | None:
    """Find what became of a request whose answer never arrived; None if AWS never got it.

    Raises:
        OrganizationsBusy: it may still be in progress.
    """
    asking = item["asking"]
    asked_at = datetime.fromisoformat(asking["at"])
    if asking["by"] != account.execution.arn and account.now - asked_at < _ASKING_TAKES:
        raise OrganizationsBusy(f"Another execution is asking for the account of {account.address}.")
    account_id, creation, in_progress = account.search(item)
    if account_id is None and in_progress:
        raise OrganizationsBusy(
            f"A creation named {item['accountName']!r} is in progress; it may be ours, whose answer was lost."
        )
    if account_id is None:
        return None
    request = {"createRequestId": creation.request_id} if creation else {}
    account.change(assign={"accountId": account_id, "status": Status.CREATING, **request}, remove=["asking"])
    return {"accountId": account_id}
