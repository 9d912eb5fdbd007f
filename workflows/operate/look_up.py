"""Finding what an operator names: by request id, execution, account name, address or account id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workflows.operate.executions import Execution
from workflows.operate.outcomes import request_id
from workflows.operate.problems import AccountNotFound, NameAmbiguous, RequestNotFound
from workflows.operate.requests import MAX_NAME, name_of_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workflows.operate.deployment import Deployment

Item = dict[str, Any]

_ACCOUNT_ID = re.compile(r"\d{12}")


def find_item(deployment: Deployment, named: str) -> Item:
    """The registry's item of the address that an operator names somehow.

    Raises:
        AccountNotFound: nothing in the registry is named so.
        NameAmbiguous: it names several.
    """
    item = _the_one(named, _items(deployment, named), None)
    if item is None and (execution := _execution_named(deployment, named)):
        item = item_of(deployment, execution)
    if item is None:
        raise AccountNotFound(
            f"The registry of {deployment.stack.name} knows no address, account, name or request {named!r}: "
            "`vend list` shows what it knows."
        )
    return item


def find_execution(deployment: Deployment, named: str) -> tuple[Execution, Item | None]:
    """The execution that an operator names somehow, and the registry's item of its address, if there is one.

    Raises:
        RequestNotFound: no execution is named so.
        NameAmbiguous: several requests are.
    """
    item, execution = find_request(deployment, named)
    if execution is not None:
        return execution, item
    account = item["address"] if item else named  # find_request has found one of both
    raise RequestNotFound(
        f"The execution that vended {account} is gone (Step Functions keeps one for 90 days): "
        f"`vend show {account}` tells what became of it."
    )


def find_request(deployment: Deployment, named: str) -> tuple[Item | None, Execution | None]:
    """The item and the execution of what an operator names somehow; one may be None, or be gone.

    An execution's own name means that execution, anything else the latest that serves the request.

    Raises:
        RequestNotFound: nothing is named so.
        NameAmbiguous: several requests are.
    """
    execution = _execution_named(deployment, named)
    of_execution = item_of(deployment, execution) if execution else None
    item = _the_one(named, [of_execution, *_items(deployment, named)], None if of_execution else execution)
    if item and (execution is None or named == item["requestId"]):
        return item, deployment.executions.find(str(item["execution"])) or execution
    if item is None and execution is None:
        raise RequestNotFound(
            f"The stack {deployment.stack.name} knows no request, execution, account or address {named!r}: "
            "`vend list` shows the accounts."
        )
    return item, execution


def item_of(deployment: Deployment, execution: Execution) -> Item | None:
    """The registry's item of the address that the request of an execution has now, or None."""
    return deployment.registry.reserved(request_id(execution))


def _items(deployment: Deployment, named: str) -> list[Item | None]:
    """The items of the addresses that a request id, name, account id or address stands for."""
    registry = deployment.registry
    claim = registry.name(named)
    items = [registry.reserved(named), registry.address(str(claim["address"])) if claim else None]
    if _ACCOUNT_ID.fullmatch(named):
        items.append(registry.registered(named))
    if "@" in named:
        items.append(registry.address(named))
    return items


def _execution_named(deployment: Deployment, named: str) -> Execution | None:
    executions = deployment.executions
    if named.startswith("arn:"):
        return executions.find(named)
    for name in dict.fromkeys((named, name_of_id(named))):
        if 0 < len(name) <= MAX_NAME and (execution := executions.find(executions.arn(name))):
            return execution
    return None


def _the_one(named: str, items: Iterable[Item | None], without_item: Execution | None) -> Item | None:
    """The only item among those found, which may be the same, or None; an execution without item counts."""
    found = {str(item["address"]): item for item in items if item}
    meant = [f"the request {item['requestId']} for {item['accountName']}" for item in found.values()]
    if without_item:
        meant.append(f"the execution {without_item.arn}")
    if len(meant) > 1:
        raise NameAmbiguous(
            f"{named!r} means {' and '.join(meant)}: name an account by its address, an execution by its ARN."
        )
    return next(iter(found.values()), None)
