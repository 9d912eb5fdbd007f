"""Finding what an operator names: by request id, execution, account name, address or account id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workflows.operate.executions import Execution
from workflows.operate.problems import AccountNotFound, RequestNotFound
from workflows.operate.requests import name_of_id

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment

_ACCOUNT_ID = re.compile(r"\d{12}")
_NAMES = re.compile(r"[0-9A-Za-z_-]{1,80}")


def find_item(deployment: Deployment, named: str) -> dict[str, Any]:
    """The registry's item of the address that an operator names somehow.

    Raises:
        AccountNotFound: nothing in the registry is named so.
    """
    item = _item(deployment, named)
    if item is None and (execution := _execution_named(deployment, named)):
        item = item_of(deployment, execution)
    if item is None:
        raise AccountNotFound(
            f"The registry of {deployment.stack.name} knows no address, account, name or request {named!r}: "
            "`vend list` shows what it knows."
        )
    return item


def find_execution(deployment: Deployment, named: str) -> tuple[Execution, dict[str, Any] | None]:
    """The execution that an operator names somehow, and the registry's item of its address, if there is one.

    Raises:
        RequestNotFound: no execution is named so.
    """
    item = _item(deployment, named)
    if item and item.get("execution") and (execution := deployment.executions.find(str(item["execution"]))):
        return execution, item
    if execution := _execution_named(deployment, named):
        return execution, item_of(deployment, execution)
    if item is not None:
        raise RequestNotFound(
            f"The execution that vended {item['address']} is gone (Step Functions keeps one for 90 days): "
            f"`vend show {item['address']}` tells what became of it."
        )
    raise RequestNotFound(
        f"The stack {deployment.stack.name} knows no request, execution, account or address {named!r}: "
        "`vend list` shows the accounts."
    )


def _item(deployment: Deployment, named: str) -> dict[str, Any] | None:
    """The item of the address that a request id, name, account id or address stands for."""
    registry = deployment.registry
    if "@" in named and (item := registry.address(named)):
        return item
    pointers = [registry.request, registry.name]
    if _ACCOUNT_ID.fullmatch(named):
        pointers.insert(0, registry.account)
    for look_up in pointers:
        pointer = look_up(named)
        if pointer and (item := registry.address(str(pointer.get("address", "")))):
            return item
    return None


def item_of(deployment: Deployment, execution: Execution) -> dict[str, Any] | None:
    """The registry's item of the address an execution vended, or None."""
    from_output = execution.output if isinstance(execution.output, dict) else {}
    for named in (from_output.get("requestId"), execution.given_request_id, execution.name):
        if named and (item := _item(deployment, str(named))):
            return item
    return None


def _execution_named(deployment: Deployment, named: str) -> Execution | None:
    executions = deployment.executions
    if named.startswith("arn:"):
        return executions.find(named)
    names = [named, name_of_id(named)] if _NAMES.fullmatch(named) else [name_of_id(named)]
    for name in dict.fromkeys(names):
        if execution := executions.find(executions.arn(name)):
            return execution
    return None
