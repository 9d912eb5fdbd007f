"""What a target of a rule is given: the event, a part of it, a constant, or a template filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']+)'\]")
_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_ABSENT = object()


def target_input(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """The text a target gets for an event.

    Args:
        target: with `Input`, `InputPath` or `InputTransformer`, or none of them for the whole event.
        event: as rules see it.
        rule_arn: fills `<aws.events.rule-arn>`.
    """
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath") is not None:
        found = _at(event, target["InputPath"])
        return json.dumps(None if found is _ABSENT else found)
    transformer = target.get("InputTransformer")
    if transformer:
        return _filled(transformer, event, rule_arn)
    return json.dumps(event)


def _filled(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    values = {name: _at(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()} | {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
        "aws.events.event.ingestion-time": event["time"],
    }
    template = transformer["InputTemplate"]
    parts = []
    quoted, done = False, 0
    for found in _PLACEHOLDER.finditer(template):
        if found[1] not in values:
            continue
        before = template[done : found.start()]
        quoted = _ends_quoted(before, quoted)
        parts += [before, _written(values[found[1]], quoted=quoted)]
        done = found.end()
    return "".join([*parts, template[done:]])


def _ends_quoted(text: str, quoted: bool) -> bool:
    for character in re.findall(r'\\.|"', text):
        if character == '"':
            quoted = not quoted
    return quoted


def _written(value: Any, *, quoted: bool) -> str:
    """A value in a template: JSON, or inside a string only its characters, escaped."""
    if not quoted:
        return "null" if value is _ABSENT else json.dumps(value)
    if value is _ABSENT:
        return ""
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]


def _at(event: Any, path: str) -> Any:
    found = event
    for name, index, quoted_name in _STEP.findall(path.removeprefix("$")):
        if index and isinstance(found, list) and int(index) < len(found):
            found = found[int(index)]
        elif not index and isinstance(found, Mapping) and (name or quoted_name) in found:
            found = found[name or quoted_name]
        else:
            return _ABSENT
    return found
