"""Knows whose access key is whose, so that the record and the faults can name the caller."""

from __future__ import annotations

import secrets
import string
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY_CHARACTERS = string.ascii_uppercase + string.digits


class Principals:
    """Access keys and the names of those who hold them.

    Keys are given out here (`issue`), or known to somebody who can be asked (`resolvers`, for example the
    Lambda runtime, whose workers come and go).
    """

    def __init__(self) -> None:
        self.resolvers: list[Callable[[str], str | None]] = []
        self._names: dict[str, str] = {}
        self._unrecorded: set[str] = set()
        self._lock = threading.Lock()

    def issue(self, name: str, *, recorded: bool = True) -> str:
        """A new access key for `name`; calls made with an unrecorded one stay out of `/_local/calls`."""
        key = "AKIA" + "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(16))
        self.register(key, name, recorded=recorded)
        return key

    def register(self, key: str, name: str, *, recorded: bool = True) -> None:
        """Make a key that somebody else invented known under `name`."""
        with self._lock:
            self._names[key] = name
            if not recorded:
                self._unrecorded.add(key)

    def name(self, key: str) -> str | None:
        """Who holds the key; None when nobody is known to."""
        known = self._names.get(key)
        if known is not None:
            return known
        return next((name for ask in self.resolvers if (name := ask(key)) is not None), None)

    def is_recorded(self, key: str) -> bool:
        """Whether calls with this key belong into the record."""
        return key not in self._unrecorded
