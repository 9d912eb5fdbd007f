"""What `vend doctor` asks of the registry: does mail to every address in it still arrive here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workflows.operate.findings import Check, Finding
from workflows.vending.registry import Registry, Status

_SHOWN = 5


def vended_domains(registry: Registry, domain: str) -> Check:
    """Whether every address that was vended is inside the domain at which mail is received.

    Args:
        registry: has the addresses.
        domain: the receiving domain.
    """
    why = "What AWS mails to an account's root address, password resets included, is lost with its domain."

    def ask(check: Check) -> Iterator[Finding]:
        for other, addresses in _elsewhere(registry.addresses(), domain).items():
            yield check.wrong(
                f"Nobody receives mail at {other} any more, where {_named(addresses)} in the registry; this "
                f"deployment receives at {domain}.",
                f"Set domain back to {other}, with its forwardFrom, and deploy; for {domain} deploy a stage.",
            )

    return Check("vended addresses", why, f"Every vended address is inside {domain}.", ask)


def _elsewhere(items: Iterable[Mapping[str, Any]], domain: str) -> dict[str, list[str]]:
    """The addresses by their domain, without those in `domain`, of others, or given up."""
    found: dict[str, list[str]] = {}
    for item in items:
        address = str(item["address"])
        other = address.rpartition("@")[2]
        if other != domain and not item.get("external") and item["status"] != Status.RETIRED:
            found.setdefault(other, []).append(address)
    return found


def _named(addresses: list[str]) -> str:
    """`a@x, b@x are`, and how many more."""
    shown = ", ".join(sorted(addresses)[:_SHOWN])
    more = len(addresses) - _SHOWN
    return f"{shown}{f' and {more} more' if more > 0 else ''} {'is' if len(addresses) == 1 else 'are'}"
