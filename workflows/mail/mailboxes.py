"""Which mailboxes take our mail, and the accounts of owners whose mailbox does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflows.mail.sent_events import SentEvent
from workflows.vending.errors import RegistryBusy
from workflows.vending.registry import Registry, Status, address_key, history_entry, iso
from workflows.vending.table import ConditionFailed, Item, Key, Put, Update

_WHO = "Amazon SES"


class Mailboxes:
    """Mailboxes and their owners' accounts in the registry.

    Every method raises `RegistryBusy` for what passes by itself and `RegistryRefused` for what does not.

    Args:
        registry: where they are.
        now: the time.
    """

    def __init__(self, registry: Registry, now: datetime) -> None:
        self._registry = registry
        self._now = now

    def state(self, mailbox: str) -> Item:
        """`unreachable` and since when (`at`), or reachable again since when; empty if it never failed."""
        return self._registry.table.get(mailbox_key(mailbox)) or {}

    def remember(self, event: SentEvent, *, unreachable: bool) -> None:
        """Keep what an event says about its mailbox."""
        pk, sk = mailbox_key(event.mailbox)
        state = {"mailbox": event.mailbox, "unreachable": unreachable, "at": iso(event.at), "why": event.what}
        self._registry.write(Put(item={"pk": pk, "sk": sk, **state}))

    def accounts(self, mailbox: str, among: Sequence[str] | None = None) -> list[Item]:
        """The accounts that a mailbox owns.

        Args:
            mailbox: the owner's.
            among: these addresses only; None looks through all, which reads the whole table.
        """
        if among is None:
            items = list(self._registry.addresses())
        else:
            items = [item for address in among if (item := self._registry.address(address))]
        return [item for item in items if _owns(item, mailbox)]

    def flag(self, item: Item, event: SentEvent) -> None:
        """Mark an account `unreachable`, because of one of its owners; once is enough."""
        unreachable = item.get("unreachableOwners", [])
        if event.mailbox not in unreachable:
            flags = {"unreachable": True, "unreachableOwners": [*unreachable, event.mailbox]}
            self._change(item, "UNREACHABLE", event, Update(key=_key(item), assign=flags))

    def unflag(self, item: Item, event: SentEvent) -> None:
        """Take back what `flag` said of that owner; other unreachable owners of the account stay."""
        flagged = item.get("unreachableOwners", [])
        others = [one for one in flagged if one != event.mailbox]
        if others:
            self._change(
                item, "REACHABLE", event, Update(key=_key(item), assign={"unreachableOwners": others})
            )
        elif flagged:
            flags = ["unreachable", "unreachableOwners"]
            self._change(item, "REACHABLE", event, Update(key=_key(item), remove=flags))

    def _change(self, item: Item, what: str, event: SentEvent, update: Update) -> None:
        address = str(item["address"])
        why = f"{event.mailbox} {event.what}"
        try:
            self._registry.write(
                Update(
                    key=update.key,
                    assign={**update.assign, "updatedAt": iso(self._now)},
                    remove=update.remove,
                    condition="#updatedAt = :seen",
                    values={"seen": item["updatedAt"]},
                ),
                history_entry(address, event.at, who=_WHO, what=what, why=why),
            )
        except ConditionFailed as changed:
            raise RegistryBusy(f"The item of {address} was changed just now.") from changed


def mailbox_key(mailbox: str) -> Key:
    """The key of what is known about a mailbox."""
    return f"MAILBOX#{mailbox.lower()}", "STATE"


def told_key(mailbox: str, what: str) -> Key:
    """The key of what the administrator was told about a mailbox."""
    return f"MAILBOX#{mailbox.lower()}", f"TOLD#{what}"


def _owns(item: Item, mailbox: str) -> bool:
    owners = (str(owner).lower() for owner in item.get("ownerEmails", []))
    return item.get("status") != Status.RETIRED and mailbox.lower() in owners


def _key(item: Item) -> Key:
    return address_key(str(item["address"]))
