"""What `vend doctor` asks of the DNS: is each record of the mail domain published, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from workflows.mail.dns_records import DnsRecord, mail_records
from workflows.operate.doctor_mail import MailHealth
from workflows.operate.findings import Check, Finding
from workflows.operate.name_lookup import NameLookup

_WHY = {
    "DKIM": "SES signs only while it finds these records.",
    "MX": "Mail to the domain goes where its MX records say; without ours AWS's mail reaches nobody.",
    "MAIL FROM": "Bounces come back to the MAIL FROM domain by its MX record.",
    "SPF": "Without it SPF fails for the mail we send.",
    "DMARC": "It tells receivers that mail in this domain's name without its signature is forged.",
}


@dataclass
class DnsHealth:
    """The records of a deployment.

    Attributes:
        mail: knows what SES wants.
        lookup: where names are looked up.
        name_servers: those of the zone the stack made; none where it made no zone.
    """

    mail: MailHealth
    lookup: NameLookup
    name_servers: Sequence[str]

    def checks(self) -> list[Check]:
        """One check for each kind of record, the delegation first."""
        domain = self.mail.domain
        checks = [
            Check(
                f"DNS {purpose}", why, f"The records for {purpose} are published.", self._published(purpose)
            )
            for purpose, why in _WHY.items()
        ]
        if self.name_servers:
            why = f"The records are in a zone that nobody finds unless the parent domain delegates {domain}."
            checks.insert(0, Check("DNS delegation", why, f"{domain} is delegated.", self._delegation))
        return checks

    def _published(self, purpose: str) -> Callable[[Check], Iterator[Finding]]:
        def ask(check: Check) -> Iterator[Finding]:
            wanted = [one for one in self._records() if one.purpose == purpose]
            missing = [one for one in wanted if not self._is_there(one)]
            if missing:
                yield check.wrong(self._difference(missing), _what_to_do(missing), missing)

        return ask

    def _records(self) -> list[DnsRecord]:
        return [*self.mail.dkim_records(), *mail_records(self.mail.domain, self.mail.region)]

    def _is_there(self, record: DnsRecord) -> bool:
        found = self.lookup.records(record.name, record.type)
        if record.purpose == "SPF":
            ours = [one for one in found if one.lower().startswith("v=spf1")]
            return len(ours) == 1 and "include:amazonses.com" in ours[0].lower()
        if record.purpose == "DMARC":  # any policy is its owner's decision
            return sum(one.lower().startswith("v=dmarc1") for one in found) == 1
        return {_plain(one) for one in found} == {_plain(one) for one in record.values}

    def _difference(self, missing: Sequence[DnsRecord]) -> str:
        parts = []
        for record in missing:
            found = self.lookup.records(record.name, record.type)
            now = f"is {', '.join(found)}" if found else "is not published"
            parts.append(f"{record.name} {record.type} {now}")
        return f"{'; '.join(parts)}."

    def _delegation(self, check: Check) -> Iterator[Finding]:
        domain = self.mail.domain
        found = {_plain(one) for one in self.lookup.records(domain, "NS")}
        wanted = {_plain(one) for one in self.name_servers}
        if not found & wanted:
            yield check.wrong(
                f"{domain} is not delegated to the zone of this stack.",
                "Publish the NS record in the parent domain, or set parentHostedZoneId and deploy.",
                [DnsRecord("NS", domain, "NS", tuple(self.name_servers))],
            )


def _what_to_do(missing: Sequence[DnsRecord]) -> str:
    several = "these records" if len(missing) > 1 else "this record"
    return f"Publish {several}, instead of others of the same name and type."


def _plain(value: str) -> str:
    return " ".join(value.lower().rstrip(".").split())
