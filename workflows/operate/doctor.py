"""`vend doctor`: everything outside the stack that a deployment needs, and what is not there yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from workflows.mail.dns_records import DnsRecord
from workflows.operate.deployment import Deployment
from workflows.operate.doctor_dns import DnsHealth
from workflows.operate.doctor_mail import MailHealth
from workflows.operate.doctor_operations import subscribers
from workflows.operate.doctor_organizations import OrganizationsHealth, out_of_reach
from workflows.operate.doctor_registry import vended_domains
from workflows.operate.findings import Check, Finding, State, examine, record_document
from workflows.operate.name_lookup import LocalDns, NameLookup, PublicDns
from workflows.operate.problems import NotReady
from workflows.operate.tables import facts, with_headings
from workflows.operate.terminal import Terminal

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

_STYLES = {State.OK: "green", State.WARNING: "yellow", State.WRONG: "bold red"}
_QUOTAS_REGION = "us-east-1"
"""Where Organizations, a global service, has its quotas."""


def diagnose(deployment: Deployment, terminal: Terminal) -> None:
    """Check everything and show it.

    Raises:
        NotReady: something is wrong; it has been shown.
    """
    findings = list(examine(checks(deployment)))
    wrong = [one for one in findings if one.state is State.WRONG]
    records = _distinct(findings)
    terminal.document(
        {
            "ready": not wrong,
            "findings": [one.as_document() for one in findings],
            "records": [record_document(one) for one in records],
        }
    )
    terminal.show(*_shown(findings, records))
    if wrong:
        raise NotReady(f"{len(wrong)} of {len(findings)} checks found something wrong.")
    terminal.say("Nothing is wrong.")


def checks(deployment: Deployment) -> list[Check]:
    """Every check of a deployment."""
    clients, outputs, settings = deployment.clients, deployment.stack.outputs, deployment.settings
    mail = MailHealth(
        emails=clients.emails,
        receiving=clients.receiving,
        domain=settings.domain,
        region=clients.region,
        rule_set=outputs.get("ReceiptRuleSetName", ""),
    )
    lookup: NameLookup = LocalDns(clients.endpoint_url) if clients.local else PublicDns()
    names = DnsHealth(mail, lookup, outputs.get("NameServers", "").split())
    return [
        *names.checks(),
        *mail.checks(),
        *_organization(deployment),
        vended_domains(deployment.registry, settings.domain),
        subscribers(clients.topics, deployment.stack.operations_topic),
        _owners(settings.owner_domains),
    ]


def _organization(deployment: Deployment) -> list[Check]:
    role = deployment.stack.organizations_read_role
    if deployment.settings.organizations_role_arn and not role:
        return [out_of_reach()]

    def connect() -> tuple[OrganizationsClient, ServiceQuotasClient]:
        clients = deployment.in_management_account
        return clients.organizations, clients.quotas(_QUOTAS_REGION)

    caller = (role or deployment.clients.operator).split(":")[4]
    return OrganizationsHealth(connect, caller, role).checks()


def _owners(domains: Sequence[str]) -> Check:
    why = "Whoever may request an account can then have its root mail sent anywhere."

    def ask(check: Check) -> Iterator[Finding]:
        if not domains:
            yield check.warning(
                "An owner's address may be of any domain.",
                "Set ownerDomains to your own domains, and deploy.",
            )

    return Check("owner domains", why, f"Owners are in {', '.join(domains)}.", ask)


def _distinct(findings: Sequence[Finding]) -> list[DnsRecord]:
    return list(dict.fromkeys(record for one in findings for record in one.records))


def _shown(findings: Sequence[Finding], records: Sequence[DnsRecord]) -> Iterator[RenderableType]:
    table = with_headings("", "Check", "What")
    for one in findings:
        table.add_row(Text(one.state, style=_STYLES[one.state]), Text(one.check), _text(one))
    yield table
    if records:
        yield Text("\nPublish these records:\n", style="bold")
        rows = with_headings("Name", "Type", "Value")
        for record in records:
            rows.add_row(Text(record.name), record.type, Text("\n".join(record.published)))
        yield rows


def _text(finding: Finding) -> Any:
    if finding.state is State.OK:
        return Text(finding.what)
    return facts(
        [("What is wrong", finding.what), ("Why it matters", finding.why), ("What to do", finding.remedy)]
    )
