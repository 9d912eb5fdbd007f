"""What a request would get, or everything that is wrong with it, without starting anything."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from workflows.vending.errors import InvalidRequest, Problem
from workflows.vending.naming import ROLE_MAILBOXES, addresses, name_stem
from workflows.vending.registry import Registry, Status
from workflows.vending.request import Order, read_request

if TYPE_CHECKING:
    from workflows.operate.requests import Request
    from workflows.vending.settings import Settings

_CANDIDATES = 50


def preview(request: Request, registry: Registry, settings: Settings) -> dict[str, Any]:
    """Check a request as the deployed product would.

    Returns:
        `{requestId, account: {name, address} or null, problems: [{field, message}]}`; a counter in the name
        is the next one now, another request may take it first.
    """
    try:
        order = read_request(request.document, settings=settings, fallback_id=request.execution_name)
    except InvalidRequest as error:
        return _answer(request.request_id or request.execution_name, None, error.problems)
    known = registry.request(order.request_id)
    item = registry.address(str(known["address"])) if known else None
    if item and item["status"] != Status.RETIRED:
        return _answer(order.request_id, (str(item["accountName"]), str(item["address"])), [])
    name = order.account_name or _next_name(order, registry, settings)
    address = order.account_email or _next_address(order, name, registry, settings)
    return _answer(order.request_id, (name, address), _taken(order, name, registry))


def _answer(request_id: str, account: tuple[str, str] | None, problems: list[Problem]) -> dict[str, Any]:
    return {
        "requestId": request_id,
        "account": {"name": account[0], "address": account[1]} if account and not problems else None,
        "problems": [{"field": one.field, "message": one.message} for one in problems],
    }


def _next_name(order: Order, registry: Registry, settings: Settings) -> str:
    stem = name_stem(settings.name_pattern, order.tags, settings.environments, settings.default_environment)
    if not stem.counts:
        return stem.name()
    counter = registry.table.get((f"COUNTER#{stem.counter_key}", "STATE"))
    first = int(counter["count"]) + 1 if counter else 1
    names = map(stem.name, range(first, first + _CANDIDATES))
    return next((one for one in names if registry.name(one) is None), stem.name(first))


def _next_address(order: Order, name: str, registry: Registry, settings: Settings) -> str:
    reserved = {f"{mailbox}@{settings.domain}" for mailbox in ROLE_MAILBOXES}
    reserved |= {settings.forward_from, settings.administrator}
    candidates = addresses(settings.address_pattern, name, settings.domain.lower(), f"{order.request_id}/0")
    free = (
        one
        for one in itertools.islice(candidates, _CANDIDATES)
        if one not in reserved and registry.address(one) is None
    )
    return next(free, "")


def _taken(order: Order, name: str, registry: Registry) -> list[Problem]:
    problems = []
    if claim := registry.name(name):
        field = "account.name" if order.account_name is not None else "tags"
        problems.append(Problem(field, f"the name {name!r} belongs to {claim['address']} already"))
    if order.account_email is not None and registry.address(order.account_email):
        problems.append(Problem("account.email", f"{order.account_email} is in the registry already"))
    return problems
