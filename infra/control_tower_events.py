"""The lifecycle events of Control Tower that concern accounts, as rules pick them out."""

from __future__ import annotations

from aws_cdk import aws_events as events

from workflows.vending.control_tower import SOURCE, STATUS


def lifecycle(*states: str) -> events.EventPattern:
    """The events about accounts in these states; a branch per event name, which has a member of its own."""
    branches = [
        {"eventName": [name], "serviceEventDetails": {member: {"state": [*states]}}}
        for name, member in STATUS.items()
    ]
    return events.EventPattern(source=[SOURCE], detail={"$or": branches})
