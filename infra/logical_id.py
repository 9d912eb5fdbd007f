"""Logical ids that people and other rooms rely on, free of the hash that CDK adds."""

from __future__ import annotations

from typing import cast

from aws_cdk import CfnResource
from constructs import Construct


def fix_logical_id(construct: Construct, logical_id: str) -> None:
    """Give the construct's resource exactly this logical id, wherever in the tree it may move."""
    cast("CfnResource", construct.node.default_child).override_logical_id(logical_id)
