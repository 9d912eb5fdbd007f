"""Giving accounts another owner, through the function that also serves the event for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from workflows.operate import tables
from workflows.operate.interruptions import interruptible
from workflows.operate.look_up import find_item
from workflows.operate.problems import OwnerNotChanged
from workflows.operate.progress import progress
from workflows.vending.registry import Status

if TYPE_CHECKING:
    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

Result = dict[str, Any]

_FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Transfer:
    """To whom accounts go, and why."""

    to: Sequence[str]
    name: str | None
    reason: str

    def document(self, address: str, *, instead_of: str | None, who: str) -> dict[str, Any]:
        """What ChangeOwner is asked for."""
        wanted = {
            "address": address,
            "owner": {"email": list(self.to), "name": self.name},
            "reason": self.reason,
            "insteadOf": instead_of,
            "requestedBy": who,
        }
        return {key: value for key, value in wanted.items() if value is not None}


def transfer_one(deployment: Deployment, terminal: Terminal, named: str, wanted: Transfer) -> None:
    """Give the account that an operator names somehow another owner.

    Raises:
        AccountNotFound: nothing in the registry is named so.
        OwnerNotChanged: the function refused.
    """
    item = find_item(deployment, named)
    document = wanted.document(str(item["address"]), instead_of=None, who=deployment.clients.operator)
    result = _change(deployment, document)
    terminal.document(result)
    owner = tables.owner_text(result["owner"])
    if result["outcome"] == "unchanged":
        terminal.say(f"{result['address']} belongs to {owner} already.")
        return
    before = ", ".join(result["before"]) or "nobody"
    terminal.say(f"{result['address']} belongs to {owner} now, before to {before}; its mail goes there.")
    for untold in result["untold"]:
        terminal.say(f"SES would not tell {untold}", style="yellow")


def transfer_all(deployment: Deployment, terminal: Terminal, owner: str, wanted: Transfer) -> None:
    """Put another owner in the place of one, in every account that one owns; a bad one stops no other.

    Raises:
        OwnerNotChanged: at least one was refused; the document has been written.
    """
    old = owner.strip().lower()
    items = [
        item
        for item in deployment.registry.addresses()
        if item["status"] != Status.RETIRED and old in _owners(item, wanted.to)
    ]
    who = deployment.clients.operator
    results: list[Result] = []
    goes_on = "what was transferred stays so: the same command again does the rest."
    with (
        interruptible(terminal, goes_on, lambda: _show(terminal, results)),
        progress(terminal, "transferred", len(items)) as advance,
    ):
        for item in sorted(items, key=lambda one: str(one["accountName"]).lower()):
            address = str(item["address"])
            document = wanted.document(address, instead_of=old, who=who)
            try:
                results.append(_change(deployment, document))
            except OwnerNotChanged as problem:
                error = {"name": type(problem).__name__, "message": str(problem)}
                results.append({"outcome": _FAILED, "address": address, "error": error})
            advance(address, results[-1]["outcome"])
    _show(terminal, results)
    counts = Counter(result["outcome"] for result in results)
    told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    terminal.say(f"{told}." if told else f"{owner} owns no account.")
    if counts[_FAILED]:
        raise OwnerNotChanged(
            f"{counts[_FAILED]} of {len(results)} accounts keep their owner; see the summary.", told=True
        )


def _owners(item: Mapping[str, Any], to: Sequence[str]) -> set[str]:
    """Who owns an account; also who did before it went to these, as long as not everybody has been told."""
    owners = {str(one).lower() for one in item["ownerEmails"]}
    if "ownerChange" in item and owners >= {one.lower() for one in to}:
        owners |= {str(one).lower() for one in item["ownerChange"]["before"]}
    return owners


def _show(terminal: Terminal, results: list[Result]) -> None:
    terminal.document(results)
    if results:
        terminal.show(_summary(results))


def _change(deployment: Deployment, document: dict[str, Any]) -> Result:
    answer = deployment.clients.functions.invoke(
        FunctionName=deployment.stack.change_owner_function, Payload=json.dumps(document).encode()
    )
    result: Result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OwnerNotChanged(
            f"The owner of {document['address']} was not changed: {result.get('errorMessage', result)}"
        )
    return result


def _summary(results: Sequence[Result]) -> Any:
    table = tables.with_headings("Address", "Account", "Outcome", "Owner", "Error")
    for result in results:
        error = (result.get("error") or {}).get("message", "") or "; ".join(result.get("untold", []))
        cells = (
            result["address"],
            result.get("accountName", ""),
            result["outcome"],
            tables.owner_text(result.get("owner") or {}),
            error,
        )
        table.add_row(*map(Text, cells))
    return table
