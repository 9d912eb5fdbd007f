"""What a request would get, or everything that is wrong with it, without starting anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from workflows.vending.choosing import counter_key, free_address, may_be_had_again, stem_of
from workflows.vending.errors import InvalidRequest, OrganizationalUnitNotFound, VendingError
from workflows.vending.problem import Problem
from workflows.vending.registry import Registry, Status
from workflows.vending.request import Mode, Order
from workflows.vending.sources import read_request
from workflows.vending.table import Item

if TYPE_CHECKING:
    from workflows.operate.requests import Request
    from workflows.vending.settings import Settings

_CANDIDATES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a request would get: its id, the account's name and address, or problems."""

    request_id: str
    name: str = ""
    address: str = ""
    problems: Sequence[Problem] = ()
    unchecked: Sequence[str] = ()
    """What could not be checked from here, and why."""

    def document(self) -> dict[str, Any]:
        """The preview as `--json` gives it; account is null where there are problems."""
        return {
            "requestId": self.request_id,
            "account": None if self.problems else {"name": self.name, "address": self.address},
            "problems": [{"field": one.field, "message": one.message} for one in self.problems],
            "unchecked": list(self.unchecked),
        }


def preview(
    request: Request, *, registry: Registry, settings: Settings, find_unit: Callable[[str], object]
) -> Preview:
    """Check a request as the deployed product would.

    A counter in the name is the next one now; another request may take it first.

    Args:
        request: the request to check.
        registry: says which names and addresses are taken.
        settings: the deployed settings.
        find_unit: looks up an organizational unit, with the named errors of the product.
    """
    unchecked: list[str] = []
    try:
        order = read_request(
            request.document,
            settings=settings,
            fallback_id=request.request_id,
            find_unit=partial(_find, find_unit, unchecked),
        )
    except InvalidRequest as error:
        return Preview(request_id=request.request_id, problems=error.problems, unchecked=unchecked)
    if order.mode is Mode.ADOPT:
        return _adopted(order, registry, unchecked)
    had = registry.reserved(order.request_id)
    if had and had["status"] != Status.RETIRED:
        return Preview(request_id=order.request_id, name=had["accountName"], address=had["address"])
    name = order.account_name or _next_name(order, registry, settings)
    address = order.account_email or free_address(order, name, registry, settings) or ""
    taken = _taken(order, name, registry, had)
    return Preview(
        request_id=order.request_id, name=name, address=address, problems=taken, unchecked=unchecked
    )


def _adopted(order: Order, registry: Registry, unchecked: list[str]) -> Preview:
    """An account that exists keeps its name and address; only Organizations knows those of a new one."""
    if item := registry.registered(str(order.account_id)):
        return Preview(request_id=order.request_id, name=item["accountName"], address=item["address"])
    unchecked.append("account.id: the account is looked up when it is adopted")
    return Preview(request_id=order.request_id, unchecked=unchecked)


def _find(find_unit: Callable[[str], object], unchecked: list[str], wanted: str) -> None:
    """Look up a unit; an operator need not be allowed to, the deployed product is."""
    try:
        find_unit(wanted)
    except OrganizationalUnitNotFound:
        raise
    except VendingError as error:
        unchecked.append(f"organizationalUnit: {error}")


def _next_name(order: Order, registry: Registry, settings: Settings) -> str:
    stem = stem_of(order, settings)
    if not stem.counts:
        return stem.name()
    counter = registry.table.get(counter_key(stem))
    first = int(counter["count"]) + 1 if counter else 1
    names = map(stem.name, range(first, first + _CANDIDATES))
    return next((one for one in names if registry.name(one) is None), stem.name(first))


def _taken(order: Order, name: str, registry: Registry, had: Item | None) -> list[Problem]:
    """What belongs to others; `had` is the retired address that the request had before."""
    problems = []
    claim = registry.name(name)
    if claim and not (had and claim["address"] == had["address"]):
        field = "account.name" if order.account_name is not None else "tags"
        problems.append(Problem(field, f"the name {name!r} belongs to {claim['address']} already"))
    known = registry.address(order.account_email) if order.account_email is not None else None
    if known and not may_be_had_again(known):
        problems.append(Problem("account.email", f"{order.account_email} is in the registry already"))
    return problems
