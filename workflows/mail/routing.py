"""Finds out, for every envelope recipient of a mail, which account it is for and who gets a copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

Lookup = Callable[[str], Mapping[str, Any] | None]
"""From a lower-case address to its registry item (`ownerEmails`, flags), or None for an unknown one."""


class Role(StrEnum):
    """Why somebody gets a copy."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    """Nobody owns the address, or its owner is unreachable."""
    COPY = "copy"
    """Configured to get mail of this category."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """An envelope recipient and the account it stands for."""

    recipient: str
    """As in the envelope."""
    address: str
    """The vended address; of an unknown recipient the recipient itself, in lower case."""
    record: Mapping[str, Any] | None = None
    """Registry item of the address; None when it was never vended."""

    @property
    def owners(self) -> tuple[str, ...]:
        """The owner's addresses; empty when the account has no owner yet, or is unknown."""
        return tuple((self.record or {}).get("ownerEmails") or ())


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy to one mailbox."""

    to: str
    role: Role
    addressees: tuple[Addressee, ...]
    """Whom the copy is for: more than one where a mail names several accounts of the same owner."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The vended addresses the copy is for."""
        return tuple(addressee.address for addressee in self.addressees)


def find_addressees(recipients: Iterable[str], lookup: Lookup) -> list[Addressee]:
    """Look every envelope recipient up: in lower case, exactly as it is, then without its +tag.

    Two recipients that stand for the same address (another tag, other capitals) are one addressee.
    """
    found: dict[str, Addressee] = {}
    for recipient in recipients:
        addressee = _find(recipient, lookup)
        found.setdefault(addressee.address, addressee)
    return list(found.values())


def deliveries_for(addressee: Addressee, administrator: str, copies: Iterable[str]) -> list[Delivery]:
    """Who gets a copy of the mail to one addressee.

    The owner's every address; the administrator when there is no owner or when the owner is `unreachable`;
    those configured for the mail's category when it is for an account of ours.
    """
    people = [(owner, Role.OWNER) for owner in addressee.owners]
    if not people or (addressee.record or {}).get("unreachable"):
        people.append((administrator, Role.ADMINISTRATOR))
    if addressee.record is not None:
        people += [(copy, Role.COPY) for copy in copies]
    return [Delivery(to, role, (addressee,)) for to, role in people]


def one_copy_each(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Merge the copies to one mailbox: it gets the mail once, showing every vended address the mail was for.

    A mail to two accounts of one owner is still one mail; who owns one of them gets it as an owner.
    """
    merged: dict[str, Delivery] = {}
    for delivery in deliveries:
        mailbox = delivery.to.lower()
        earlier = merged.get(mailbox)
        if earlier is None:
            merged[mailbox] = delivery
        else:
            new = tuple(one for one in delivery.addressees if one not in earlier.addressees)
            role = Role.OWNER if Role.OWNER in (earlier.role, delivery.role) else earlier.role
            merged[mailbox] = replace(earlier, role=role, addressees=earlier.addressees + new)
    return list(merged.values())


def _find(recipient: str, lookup: Lookup) -> Addressee:
    address = recipient.strip().lower()
    for candidate in _candidates(address):
        record = lookup(candidate)
        if record is not None:
            return Addressee(recipient, candidate, record)
    return Addressee(recipient, address)


def _candidates(address: str) -> list[str]:
    local, at, domain = address.rpartition("@")
    # A vended address may hold a plus itself (aws+token@...): first only the last tag goes, then all.
    bare = (local, local.rpartition("+")[0], local.partition("+")[0])
    return list(dict.fromkeys(candidate + at + domain for candidate in bare if candidate))
