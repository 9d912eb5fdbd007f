"""The one way our code replaces a private part of a pinned library: loudly, once, and reversibly."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

_originals: dict[tuple[object, str], Any] = {}


class SeamGone(Exception):
    """A library no longer has the private attribute that the local AWS replaces."""


def original(owner: Any, attribute: str) -> Any:
    """What `owner.attribute` was before anybody replaced it.

    Args:
        owner: a module or class of a pinned library.
        attribute: the name of its function, method or constant.

    Raises:
        SeamGone: the library does not have it; the message names the library's version.
    """
    key = (owner, attribute)
    if key not in _originals:
        if not hasattr(owner, attribute):
            raise SeamGone(_gone(owner, attribute))
        # vars() keeps a staticmethod or property what it is; getattr() is for what a base class defines.
        _originals[key] = vars(owner).get(attribute, getattr(owner, attribute))
    return _originals[key]


def replace(owner: Any, attribute: str, replacement: Any) -> None:
    """Put `replacement` in the place of `owner.attribute`; doing it again is harmless.

    Raises:
        SeamGone: the library does not have that attribute.
    """
    original(owner, attribute)
    setattr(owner, attribute, replacement)


def _gone(owner: Any, attribute: str) -> str:
    module = getattr(owner, "__module__", None) or owner.__name__
    library = str(module).partition(".")[0]
    return (
        f"{library} {version(_distribution(library))} has no {owner.__name__}.{attribute} any more: "
        "install the version pinned in requirements/dev.txt, or adapt workflows/local to this one"
    )


def _distribution(library: str) -> str:
    return {"jsonata": "jsonata-python"}.get(library, library)
