"""Looking names up: in the public DNS, or in the one of a local AWS."""

from __future__ import annotations

import json
import urllib.request
from typing import Protocol
from urllib.parse import urlencode

import dns.exception
import dns.rdatatype
import dns.resolver

_SECONDS = 10.0


class LookupFailed(Exception):
    """No name server gave an answer, not even that there is no such record; the message says why."""


class NameLookup(Protocol):
    """Finds the records of a name."""

    def records(self, name: str, kind: str) -> list[str]:
        """The values of a name and type, text without quotes; empty where there are none.

        Raises:
            LookupFailed: nobody could say.
        """
        ...


class PublicDns:
    """The name servers of this machine.

    Args:
        resolver: asks other ones.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver or dns.resolver.Resolver()

    def records(self, name: str, kind: str) -> list[str]:
        """See `NameLookup`."""
        try:
            answer = self._resolver.resolve(f"{name}.", kind, lifetime=_SECONDS)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise LookupFailed(f"{name} {kind} could not be looked up: {error}") from error
        if answer.rdtype == dns.rdatatype.TXT:
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [record.to_text() for record in answer]


class LocalDns:
    """The DNS of a local AWS.

    Args:
        endpoint_url: the local AWS.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._url = f"{endpoint_url.rstrip('/')}/_local/dns"

    def records(self, name: str, kind: str) -> list[str]:
        """See `NameLookup`."""
        asked = f"{self._url}?{urlencode({'name': name, 'type': kind})}"
        try:
            with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310 - on this machine
                return [str(value) for value in json.loads(answer.read())["values"]]
        except (OSError, ValueError, KeyError) as error:
            raise LookupFailed(f"The local AWS did not look {name} {kind} up: {error}") from error
