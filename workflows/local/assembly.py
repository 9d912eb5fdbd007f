"""The stacks of a synthesized cloud assembly, and the region each of them is for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

DEFAULT_REGION = "us-east-1"
"""Of stacks that go where their deployer's credentials lead."""
_ANY_REGION = "unknown-region"
_TEMPLATE = ".template.json"


@dataclass(frozen=True)
class StackTemplate:
    """A stack to deploy."""

    name: str
    region: str
    path: Path

    @cached_property
    def resources(self) -> dict[str, Any]:
        """What is in the template, by logical id."""
        resources: dict[str, Any] = json.loads(self.path.read_text("utf-8")).get("Resources", {})
        return resources

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The properties of all resources of a type."""
        return [one.get("Properties", {}) for one in self.resources.values() if one["Type"] == kind]


def stacks_of(assembly: Path) -> list[StackTemplate]:
    """The stacks of an assembly; what one is for comes from its manifest, where there is one.

    By name, so that `AccountVending` comes before its stages and its other region, which may rely on it.
    """
    manifest = assembly / "manifest.json"
    artifacts = json.loads(manifest.read_text("utf-8"))["artifacts"] if manifest.exists() else {}
    return [
        StackTemplate(name, _region(artifacts.get(name, {})), path)
        for name, path in sorted(
            (path.name.removesuffix(_TEMPLATE), path) for path in assembly.glob(f"*{_TEMPLATE}")
        )
    ]


def region_of(assembly: Path, name: str) -> str:
    """The region of a stack of an assembly."""
    return next((one.region for one in stacks_of(assembly) if one.name == name), DEFAULT_REGION)


def _region(artifact: dict[str, Any]) -> str:
    """From `aws://ACCOUNT/REGION`."""
    region = str(artifact.get("environment", "")).rpartition("/")[2]
    return region if region not in ("", _ANY_REGION) else DEFAULT_REGION
