"""Welcomes an owner, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflows.vending.errors import MailBusy, MailRefused, RequestCancelled
from workflows.vending.mailer import Mailer
from workflows.vending.registry import Registry, address_key, iso
from workflows.vending.settings import Settings
from workflows.vending.table import ConditionFailed, Item, Update
from workflows.vending.welcome import welcome_mail

IN_BULK = ("import", "reconcile")
"""Origins that tell in one summary which accounts need an owner: a mail for each would be hundreds."""

_SENDING_TAKES = timedelta(minutes=2)
"""Longer than a SendWelcome step can run: an older `welcoming` was left by one that died."""


def welcome(
    registry: Registry, mailer: Mailer, settings: Settings, *, address: str, execution: str, now: datetime
) -> Item:
    """Send the welcome mail unless that has happened, and return the item of the address.

    Raises:
        MailBusy: SES may take it later, or another execution of the same request is sending it.
        MailRefused: SES will not take it.
    """
    item = registry.address(address) or {}
    if item.get("needsOwner") and item.get("origin") in IN_BULK:
        return item
    item = _claim(registry, address, execution, now)
    if "welcomedAt" not in item:
        try:
            message_id = mailer.send(
                welcome_mail(item, settings), sender=settings.forward_from, recipients=item["ownerEmails"]
            )
        except MailRefused:  # a definite answer: no other execution has to wait for this one
            registry.write(Update(key=address_key(address), remove=["welcoming"]))
            raise
        sent = {"welcomedAt": iso(now), "welcomeMessageId": message_id, "updatedAt": iso(now)}
        registry.write(Update(key=address_key(address), assign=sent, remove=["welcoming"]))
        item |= sent
    return item


def _claim(registry: Registry, address: str, execution: str, now: datetime) -> Item:
    """Leave word that the mail is being sent; two executions of one request would send two."""
    claim = {"by": execution, "at": iso(now)}
    try:
        registry.write(
            Update(
                key=address_key(address),
                assign={"welcoming": claim},
                condition=(
                    "attribute_exists(pk) AND attribute_not_exists(#welcomedAt) AND "
                    "(attribute_not_exists(#welcoming) OR #welcoming.#by = :me OR #welcoming.#at < :stale)"
                ),
                values={"me": execution, "stale": iso(now - _SENDING_TAKES)},
            )
        )
    except ConditionFailed as failed:
        item = registry.address(address)
        if item is None:
            raise RequestCancelled(f"The registry has no address {address}.") from failed
        if "welcomedAt" not in item and item.get("welcoming") != claim:
            raise MailBusy(f"Another execution is sending the welcome for {address}.") from failed
        return item
    return registry.address(address) or {}
