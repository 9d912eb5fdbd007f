"""Commands of ours as people type them into a shell."""

from __future__ import annotations

import shlex


def typed(command: str, name: str) -> str:
    """A command of `vend` about something of any name, such as `vend redrive NAME`."""
    options_end = "-- " if name.startswith("-") else ""
    return f"vend {command} {options_end}{shlex.quote(name)}"
