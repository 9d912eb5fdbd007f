"""Requests that tests start from, and what clean executions look like."""

from __future__ import annotations

CLEAN_PATH = [
    "ReadRequest",
    "VendEmail",
    "CreateAccount",
    "WaitForAccount",
    "CheckAccount",
    "IsAccountReady",
    "PlaceAccount",
    "RegisterOwner",
    "AnnounceAccount",
    "SendWelcome",
]
_POLLING = ["WaitForAccount", "CheckAccount", "IsAccountReady"]


def an_account_request(name, **changes):
    """A good request for an account of this name, whose owner nobody else is."""
    return {
        "owner": {"email": f"{name}@example.com", "name": "Payments team"},
        "account": {"name": name},
        "organizationalUnit": "Workloads/Prod",
        "tags": {"BusinessUnit": "Payments"},
        **changes,
    }


def without_repeated_polls(path):
    """The path of states in which polling is shown once, however often it took place."""
    found = []
    for state in path:
        found.append(state)
        if found[-6:] == _POLLING * 2:
            del found[-3:]
    return found
