"""How SES behaves here: sandbox, suppression list, mailboxes that bounce; set by `POST /_local/ses`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


class InvalidEmailBehaviour(Exception):
    """`POST /_local/ses` was sent something that SES cannot be; the message says what."""


@dataclass(frozen=True, slots=True)
class EmailBehaviour:
    """What SES does with what is sent; addresses are in lower case."""

    sandbox: bool = False
    """Recipients must be verified too."""
    suppressed: tuple[str, ...] = ()
    """What is sent there is accepted, not delivered, and bounces."""
    bounces: tuple[str, ...] = ()
    """Mailboxes that do not exist: the first mail bounces for good and puts them on the list above."""
    full: tuple[str, ...] = ()
    """Mailboxes that take no more: SES gives each mail up, and tries the next."""
    complaints: tuple[str, ...] = ()
    """Mailboxes whose readers complain about every mail they get."""
    daily_quota: float = 50_000.0
    """How many mails may be sent in a day."""

    def fails_at(self, address: str) -> bool:
        """Whether a mail to that address bounces, or is complained about."""
        return address.lower() in (*self.suppressed, *self.bounces, *self.full, *self.complaints)

    def suppressing(self, address: str) -> EmailBehaviour:
        """The same with one more address on the suppression list."""
        return replace(self, suppressed=tuple(dict.fromkeys([*self.suppressed, address.lower()])))

    def trying_again(self, address: str) -> EmailBehaviour:
        """The same with an address taken off the suppression list."""
        return replace(self, suppressed=tuple(one for one in self.suppressed if one != address.lower()))


@dataclass(frozen=True, slots=True)
class EmailOrder:
    """What one `POST /_local/ses` asks for; None leaves it as it is."""

    behaviour: EmailBehaviour
    verified: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    dkim_state: str | None = None
    mail_from_state: str | None = None
    active_rule_set: str | None = None
    """The name of a rule set; empty for none."""


def read_order(document: Any, before: EmailBehaviour) -> EmailOrder:
    """The order in the body of `POST /_local/ses`; what it does not name stays as it is.

    Raises:
        InvalidEmailBehaviour: a key is unknown or has a value of the wrong kind.
    """
    if not isinstance(document, dict):
        raise InvalidEmailBehaviour("the body must be a JSON object")
    known: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
        "sandbox": ("sandbox", _boolean),
        "suppressed": ("suppressed", _addresses),
        "bounces": ("bounces", _addresses),
        "full": ("full", _addresses),
        "complaints": ("complaints", _addresses),
        "verifiedIdentities": ("verified", _addresses),
        "unverifiedIdentities": ("unverified", _addresses),
        "dailyQuota": ("daily_quota", _number),
        "dkimState": ("dkim_state", _text),
        "mailFromState": ("mail_from_state", _text),
        "activeRuleSet": ("active_rule_set", _name),
    }
    unknown = sorted(set(document) - set(known))
    if unknown:
        raise InvalidEmailBehaviour(f"there is no {', '.join(unknown)}; there are {', '.join(known)}")
    read = {known[key][0]: known[key][1](key, value) for key, value in document.items()}
    own = {name: read.pop(name) for name in EmailBehaviour.__slots__ if name in read}
    return EmailOrder(replace(before, **own), **read)


def _boolean(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidEmailBehaviour(f"`{key}` must be true or false")
    return value


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise InvalidEmailBehaviour(f"`{key}` must be a number from 0")
    return float(value)


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidEmailBehaviour(f"`{key}` must be a text")
    return value


def _name(key: str, value: Any) -> str:
    """The name of something, empty for null."""
    return "" if value is None else _text(key, value)


def _addresses(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidEmailBehaviour(f"`{key}` must be a list of texts")
    return tuple(one.lower() for one in value)
