"""Draws the state machine into the pages that show it; with --check, says whether they are up to date.

Mermaid, because GitHub draws it, it reads as text in a diff, and laying out a graph is not our business.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEFINITION = ROOT / "state_machines" / "vend_account.asl.json"
PAGES = {ROOT / "README.md": "picture", ROOT / "docs" / "architecture.md": "table"}

SHAPES = {"Choice": "{{{}}}", "Wait": "([{}])"}


def picture(definition: dict[str, Any]) -> str:
    """The states and the ways between them, as a Mermaid flowchart."""
    lines = ["```mermaid", "flowchart TB", f"    start(( )) --> {definition['StartAt']}"]
    for name, state in definition["States"].items():
        if state["Type"] in SHAPES:
            lines.append(f"    {name}{SHAPES[state['Type']].format(name)}")
        lines += [f"    {name} -->{f'|{label}|' if label else ''} {target}" for label, target in _ways(state)]
    return "\n".join([*lines, "```"])


def table(definition: dict[str, Any]) -> str:
    """What each state is and does, from its Comment."""
    rows = [
        f"| {name} | {_kind(state)} | {state.get('Comment', 'Chooses by the answer of the step before.')} |"
        for name, state in definition["States"].items()
    ]
    return "\n".join(["| state | kind | does |", "|---|---|---|", *rows])


def drawn(page: str, kind: str, definition: dict[str, Any]) -> str:
    """The page with the part between its two markers made anew."""
    content = {"picture": picture, "table": table}[kind](definition)
    begin, end = f"<!-- {kind} of the state machine: make diagram -->", f"<!-- end of {kind} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise SystemExit(f"a page has lost its markers: {begin} … {end}")
    return f"{before}{begin}\n{content}\n{end}{after}"


def _ways(state: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for choice in state.get("Choices", []):
        answer = re.search(r"(?:= '|exists\(.*\.)(\w+)", choice["Condition"])
        yield answer[1] if answer else "", choice["Next"]
    if "Default" in state:
        yield "otherwise", state["Default"]
    if "Next" in state:
        yield "", state["Next"]
    if state.get("End") or state["Type"] == "Succeed":
        yield "", "done((( )))"


def _kind(state: dict[str, Any]) -> str:
    integration = state.get("Resource", "").rpartition(":::")[2]
    return {"lambda:invoke": "Lambda", "events:putEvents": "EventBridge"}.get(integration, state["Type"])


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check only say which are out of date."""
    definition = json.loads(DEFINITION.read_text("utf-8"))
    stale = []
    for path, kind in PAGES.items():
        page = path.read_text("utf-8")
        anew = drawn(page, kind, definition)
        if anew != page:
            stale.append(path.relative_to(ROOT).as_posix())
            if "--check" not in arguments:
                path.write_text(anew, "utf-8")
    done = "is out of date: run make diagram" if "--check" in arguments else "drawn anew"
    sys.stdout.write("".join(f"{page} {done}\n" for page in stale))
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
