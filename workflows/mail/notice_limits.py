"""Limits how many notices of one kind are sent within an hour; the last says that no more follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from workflows.mail.sending import Sender
from workflows.vending.registry import iso
from workflows.vending.table import Key

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyLimit:
    """A number of notices that are enough for an hour."""

    sender: Sender
    mailbox: str
    """Whom they are sent to, or are about: each has a counter of its own."""
    kind: str
    most: int

    def choose(self, key: Key, ordinary: Callable[[], Told], last_word: Callable[[], Told]) -> Told | None:
        """What is to be told: the ordinary; one last word where there are too many; after that nothing.

        Args:
            key: of the notice, which is claimed; tried again, it keeps its place among the others.
            ordinary: makes what is told mostly.
            last_word: makes what is told in its place when the limit is reached.
        """
        hour = iso(self.sender.now)[: len("2025-04-01T10")]
        counter = (f"NOTICES#{self.mailbox.lower()}", f"{hour}#{self.kind}")
        number = self.sender.records.number(key, counter, self.sender.now)
        if number > self.most + 1:
            return None
        return last_word() if number == self.most + 1 else ordinary()
