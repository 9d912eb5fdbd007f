"""Reads the fields of a hostile document one by one, and collects every problem."""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from workflows.vending.problem import Problem

Choice = TypeVar("Choice", bound=str)

_LONGEST_QUOTE = 60
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


class Fields:
    """One object of a document, whose keys are read by name.

    Every key asked for is known from then on; `refuse_unknown_keys` names the others.
    """

    def __init__(self, document: object, path: str = "", problems: list[Problem] | None = None) -> None:
        self.problems: list[Problem] = [] if problems is None else problems
        self._path = path
        self._known: set[str] = set()
        self._children: list[Fields] = []
        self._unknown_keys_are_fine = False
        self.values: Mapping[str, Any] = {}
        if isinstance(document, Mapping):
            self.values = document
        else:
            self.problems.append(Problem(path or "request", f"must be an object, not {kind(document)}"))

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.values.get(key) is not None

    def has_problem(self, key: str) -> bool:
        """Whether a problem of this key has been noted."""
        return any(problem.field == self._where(key) for problem in self.problems)

    def add(self, key: str, problem: str, value: object = None) -> None:
        """Note a problem of a key, with the value it is about."""
        about = f"{quote(value)} {problem}" if value is not None else problem
        self.problems.append(Problem(self._where(key), about))

    def raw(self, key: str) -> Any:
        """The value as it is, or None."""
        self._known.add(key)
        return self.values.get(key)

    def child(self, key: str, *, required: bool = False) -> Fields:
        """The object under a key; an empty one where it is absent."""
        value = self.raw(key)
        if value is None:
            if required:
                self.add(key, "is missing")
            value = {}
        child = Fields(value, self._where(key), self.problems)
        self._children.append(child)
        return child

    def text(
        self,
        key: str,
        *,
        longest: int | None,
        ascii_only: bool = False,
        pattern: str | None = None,
        allowed: str = "",
    ) -> str | None:
        """The text under a key, without spaces around it, or None where it is absent or wrong.

        Args:
            key: the key.
            longest: characters at most; None leaves it to the caller.
            ascii_only: whether only printable ASCII is allowed.
            pattern: what the whole text must match.
            allowed: the pattern in words.
        """
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.add(key, f"must be a text, not {kind(value)}")
        elif problem := text_problem(value, longest=longest, ascii_only=ascii_only):
            self.add(key, problem, value)
        elif pattern and not re.fullmatch(pattern, value):
            self.add(key, f"may have {allowed} only", value)
        else:
            return value.strip()
        return None

    def choice(self, key: str, choices: Sequence[Choice]) -> Choice | None:
        """The text under a key, which must be one of a few, or None."""
        value = self.raw(key)
        if value is None:
            return None
        for choice in choices:
            if value == choice:
                return choice
        self.add(key, f"must be {' or '.join(choices)}", value)
        return None

    def texts(self, key: str, *, required: bool, most: int) -> list[tuple[str, str]]:
        """One text or a list of texts under a key, each with the key it stands at (`email[1]`)."""
        value = self.raw(key)
        if isinstance(value, str):
            return [(key, value.strip())]
        if value is None or value == []:
            if required and not self.has_problem(key):
                self.add(key, "is missing")
            return []
        if not isinstance(value, list):
            self.add(key, f"must be a text or a list of texts, not {kind(value)}")
            return []
        if len(value) > most:
            self.add(key, f"has {len(value)} entries, at most {most} are allowed")
            return []
        found = []
        for index, one in enumerate(value):
            if isinstance(one, str):
                found.append((f"{key}[{index}]", one.strip()))
            else:
                self.add(f"{key}[{index}]", f"must be a text, not {kind(one)}")
        return found

    def with_value(self, key: str, value: object) -> Fields:
        """The same object with another value under a key; problems are noted in the same place."""
        fields = Fields({**self.values, key: value}, self._path, self.problems)
        fields.ignore_unknown_keys()
        return fields

    def ignore_unknown_keys(self) -> None:
        """Let keys pass that nobody asks for."""
        self._unknown_keys_are_fine = True

    def refuse_unknown_keys(self) -> None:
        """Note every key that nobody asked for, with the nearest known one."""
        if not self._unknown_keys_are_fine:
            for key in self.values:
                if key not in self._known:
                    self.problems.append(
                        Problem(
                            self._where(printable(str(key))), f"is unknown{suggest(str(key), self._known)}"
                        )
                    )
        for child in self._children:
            child.refuse_unknown_keys()

    def _where(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def text_problem(text: str, *, longest: int | None, ascii_only: bool = False) -> str | None:
    """What is wrong with a text that goes into mails, tags and tables, or None."""
    if not text.strip():
        return "must not be empty"
    if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text):
        return "has a control character or a line break"
    if ascii_only and not text.isascii():
        return "may have printable ASCII characters only"
    if longest is not None and len(text) > longest:
        return f"has {len(text)} characters, at most {longest} are allowed"
    return None


def suggest(key: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for the known key nearest to this one, or nothing."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(key.lower()[:_LONGEST_QUOTE], names, n=1, cutoff=0.6)
    return f"; did you mean {names[near[0]]}?" if near else f"; known are {', '.join(sorted(names.values()))}"


def kind(value: object) -> str:
    """What a value of a JSON document is, in words."""
    return next((words for one, words in _KINDS.items() if isinstance(value, one)), "a number")


def quote(value: object) -> str:
    """A hostile value, made fit to be shown: ASCII, escaped, cut."""
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 4]}...{text[-1]}"


def printable(key: str) -> str:
    """A hostile key, made fit to be shown; one of ordinary characters stays as it is."""
    return key if re.fullmatch(r"[\w.-]{1,40}", key, re.ASCII) else quote(key)
