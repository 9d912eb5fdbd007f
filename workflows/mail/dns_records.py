"""The DNS records that let the mail domain receive, and send what receivers trust."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

DMARC_POLICY = "quarantine"
"""Strict enough against forgers; a mail that a list of the owner changed on its way is not lost."""


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One record as it is published; text in `values` stands without quotes."""

    purpose: str
    """`DKIM`, `MAIL FROM`, `SPF`, `MX`, `DMARC` or `NS`."""
    name: str
    type: str
    values: tuple[str, ...]

    @property
    def published(self) -> tuple[str, ...]:
        """The values as a zone file and Route 53 have them: text in quotes."""
        return tuple(f'"{value}"' for value in self.values) if self.type == "TXT" else self.values

    def __str__(self) -> str:
        return f"{self.name} {self.type} {', '.join(self.published)}"


def mail_from_domain(domain: str) -> str:
    """The MAIL FROM domain: bounces come back there, and SPF is aligned with From."""
    return f"bounce.{domain}"


def dkim_records(pairs: Iterable[tuple[str, str]]) -> Iterator[DnsRecord]:
    """The records of Easy DKIM, from the names and targets that SES gives out."""
    return (DnsRecord("DKIM", name, "CNAME", (target,)) for name, target in pairs)


def mail_records(domain: str, region: str, *, dmarc_policy: str = DMARC_POLICY) -> Iterator[DnsRecord]:
    """All records but those of DKIM (Amazon SES Developer Guide, "MX records", "custom MAIL FROM domain").

    Args:
        domain: the receiving domain.
        region: where SES receives and sends.
        dmarc_policy: what receivers are asked to do with forgeries: `none`, `quarantine` or `reject`.
    """
    bounces = mail_from_domain(domain)
    yield DnsRecord("MX", domain, "MX", (f"10 inbound-smtp.{region}.amazonaws.com",))
    yield DnsRecord("MAIL FROM", bounces, "MX", (f"10 feedback-smtp.{region}.amazonses.com",))
    yield DnsRecord("SPF", bounces, "TXT", ("v=spf1 include:amazonses.com ~all",))
    yield DnsRecord("DMARC", f"_dmarc.{domain}", "TXT", (f"v=DMARC1; p={dmarc_policy}",))
