"""The DNS that the operator's tools ask about the local AWS: what `POST /_local/dns` published."""

# The records are written from SES's documentation and not shared with workflows.mail: a mistake there
# must show here.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.local.control import Control

_TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "SOA", "TXT")


class InvalidDnsRecord(Exception):
    """`POST /_local/dns` was sent something that is no record; the message says what."""


class NameService:
    """Names, types and values; nothing is delegated, cached or late."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], list[str]] = {}

    def publish(self, name: str, kind: str, values: list[str]) -> None:
        """Set the values of a name and type; none takes the record away."""
        if values:
            self._records[_plain(name), kind] = values
        else:
            self._records.pop((_plain(name), kind), None)

    def lookup(self, name: str, kind: str) -> list[str]:
        """The values of a name and type."""
        return self._records.get((_plain(name), kind), [])

    def publish_mail_domain(self, domain: str, region: str, tokens: list[str]) -> None:
        """Publish what a domain needs that is verified in SES."""
        for token in tokens:
            self.publish(f"{token}._domainkey.{domain}", "CNAME", [f"{token}.dkim.amazonses.com"])
        self.publish(domain, "MX", [f"10 inbound-smtp.{region}.amazonaws.com"])
        self.publish(f"bounce.{domain}", "MX", [f"10 feedback-smtp.{region}.amazonses.com"])
        self.publish(f"bounce.{domain}", "TXT", ["v=spf1 include:amazonses.com ~all"])
        self.publish(f"_dmarc.{domain}", "TXT", ["v=DMARC1; p=quarantine"])

    def as_document(self) -> list[dict[str, Any]]:
        """All records."""
        return [
            {"name": name, "type": kind, "values": values}
            for (name, kind), values in sorted(self._records.items())
        ]


def add_dns(control: Control, names: NameService) -> None:
    """`/_local/dns`: publish a record; look one up (`?name=&type=`), or see all."""

    def publish(_query: dict[str, str], document: Any) -> Any:
        name, kind, values = _read(document)
        names.publish(name, kind, values)
        return {"name": name, "type": kind, "values": values}

    def look_up(query: dict[str, str], _: Any) -> Any:
        if "name" not in query:
            return names.as_document()
        kind = query.get("type", "A").upper()
        return {"name": query["name"], "type": kind, "values": names.lookup(query["name"], kind)}

    control.add("POST", "/_local/dns", publish, InvalidDnsRecord)
    control.add("GET", "/_local/dns", look_up)


def _read(document: Any) -> tuple[str, str, list[str]]:
    if not isinstance(document, dict) or set(document) != {"name", "type", "values"}:
        raise InvalidDnsRecord("send a JSON object {name, type, values}")
    name, kind, values = document["name"], document["type"], document["values"]
    if not isinstance(name, str) or not _plain(name):
        raise InvalidDnsRecord("`name` must be a name such as aws.example.com")
    if not isinstance(kind, str) or kind.upper() not in _TYPES:
        raise InvalidDnsRecord(f"`type` must be one of {', '.join(_TYPES)}")
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidDnsRecord("`values` must be a list of texts, empty to take the record away")
    # Text may come as zone files have it.
    return name, kind.upper(), [value.strip('"') if kind.upper() == "TXT" else value for value in values]


def _plain(name: str) -> str:
    return name.strip().rstrip(".").lower()
