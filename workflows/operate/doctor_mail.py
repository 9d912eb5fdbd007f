"""What `vend doctor` asks of SES: identity, DKIM, MAIL FROM, bounces, rule set, sandbox and sending quota."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workflows.mail.dns_records import DnsRecord, dkim_records, mail_from_domain, mail_records
from workflows.operate.findings import Check, Finding

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

_NEARLY = 0.8
"""The part of a quota from which it is nearly used."""


@dataclass
class MailHealth:
    """The mail side of a deployment.

    Attributes:
        domain: the receiving domain.
        region: where SES receives and sends.
        rule_set: the receipt rule set that has our rule.
    """

    emails: SESV2Client
    receiving: SESClient
    domain: str
    region: str
    rule_set: str

    def checks(self) -> list[Check]:
        """Every check, in the order in which they are best mended."""
        trust = "Receivers trust only mail whose DKIM signature and MAIL FROM belong to the From domain"
        return [
            Check(
                "SES identity",
                "SES neither sends for nor receives at a domain that it has not verified.",
                f"{self.domain} is verified.",
                self._identity,
            ),
            Check("DKIM", f"{trust}; without DKIM, forwarded mail ends as spam.", "DKIM is on.", self._dkim),
            Check(
                "MAIL FROM",
                f"{trust}; without it SPF is that of Amazon SES.",
                "The MAIL FROM domain is ready.",
                self._mail_from,
            ),
            Check(
                "bounces",
                "Bounces that come back as mails are held as a loop, and tell of themselves once more.",
                "No bounce comes back as a mail.",
                self._feedback,
            ),
            Check(
                "receipt rules",
                "SES receives by the active receipt rule set only; without our rule in it no mail comes in.",
                f"The rule set {self.rule_set} is active and has our rule.",
                self._rules,
            ),
            Check(
                "SES sandbox",
                "In the sandbox SES sends to verified addresses only: owners get no mail.",
                "SES sends to everybody.",
                self._sandbox,
            ),
            Check(
                "sending quota",
                "Mail beyond the quota waits, and in the end becomes a dead letter.",
                "The sending quota has room.",
                self._quota,
            ),
        ]

    @cached_property
    def identity(self) -> dict[str, Any] | None:
        """The SES identity of the domain, or None."""
        try:
            return dict(self.emails.get_email_identity(EmailIdentity=self.domain))
        except self.emails.exceptions.NotFoundException:
            return None

    def dkim_records(self) -> list[DnsRecord]:
        """The DKIM records SES wants for the domain; none without identity."""
        signing: dict[str, Any] = (self.identity or {}).get("DkimAttributes", {})
        zone = signing.get("SigningHostedZone") or "dkim.amazonses.com"
        tokens = signing.get("Tokens", [])
        return [*dkim_records((f"{token}._domainkey.{self.domain}", f"{token}.{zone}") for token in tokens)]

    @cached_property
    def _account(self) -> Any:
        return self.emails.get_account()

    def _identity(self, check: Check) -> Iterator[Finding]:
        if self.identity is None:
            yield check.wrong(
                f"SES has no identity {self.domain} in {self.region}.",
                f"Make it, which a deployment does not: aws sesv2 create-email-identity --email-identity "
                f"{self.domain}; then vend doctor has its DKIM records to publish.",
            )
        elif not self.identity.get("VerifiedForSendingStatus"):
            yield check.wrong(
                f"SES has not verified {self.domain} yet.",
                "Publish the DKIM records; SES finds them by itself, mostly within the hour.",
                self.dkim_records(),
            )

    def _dkim(self, check: Check) -> Iterator[Finding]:
        signing: dict[str, Any] = (self.identity or {}).get("DkimAttributes", {})
        status = signing.get("Status", "NOT_STARTED")
        if status != "SUCCESS":
            yield check.wrong(
                f"DKIM of {self.domain} is {status}.",
                "Publish the DKIM records; after FAILED, once they are published, let SES look again: "
                f"aws ses verify-domain-dkim --domain {self.domain}",
                self.dkim_records(),
            )
        elif not signing.get("SigningEnabled"):
            yield check.wrong("DKIM signing is switched off.", "Switch it on at the identity in SES.")

    def _mail_from(self, check: Check) -> Iterator[Finding]:
        attributes: dict[str, Any] = (self.identity or {}).get("MailFromAttributes", {})
        wanted = mail_from_domain(self.domain)
        found = attributes.get("MailFromDomain")
        records = [one for one in mail_records(self.domain, self.region) if one.name == wanted]
        if not found:
            yield check.wrong(
                f"{self.domain} has no MAIL FROM domain.",
                f"Set it: {self._set_mail_from}",
                records,
            )
        elif attributes.get("MailFromDomainStatus") != "SUCCESS":
            yield check.wrong(
                f"The MAIL FROM domain {found} is {attributes.get('MailFromDomainStatus')}.",
                "Publish its records; after FAILED, once they are published, let SES look again: "
                f"{self._set_mail_from}",
                records if found == wanted else [],
            )

    @property
    def _set_mail_from(self) -> str:
        """The command that sets the MAIL FROM domain, which makes SES look for its records again."""
        return (
            f"aws sesv2 put-email-identity-mail-from-attributes --email-identity {self.domain} "
            f"--mail-from-domain {mail_from_domain(self.domain)} --behavior-on-mx-failure USE_DEFAULT_VALUE"
        )

    def _feedback(self, check: Check) -> Iterator[Finding]:
        if (self.identity or {}).get("FeedbackForwardingStatus"):
            yield check.wrong(
                f"SES sends every bounce and complaint also as a mail to the From address in {self.domain}.",
                "Switch that off, the configuration set tells of them: aws sesv2 "
                "put-email-identity-feedback-attributes "
                f"--email-identity {self.domain} --no-email-forwarding-enabled.",
            )

    def _rules(self, check: Check) -> Iterator[Finding]:
        answer = self.receiving.describe_active_receipt_rule_set()
        active = answer.get("Metadata", {}).get("Name", "")
        if active != self.rule_set:
            yield check.wrong(
                f"The active rule set is {active}, ours is {self.rule_set}."
                if active
                else "No receipt rule set is active.",
                f"Put our rule into it (receiptRuleSet: {active}), or let ours take its place "
                "(takeOverReceiving: true), and deploy."
                if active
                else f"Activate it: aws ses set-active-receipt-rule-set --rule-set-name {self.rule_set}.",
            )
            return
        rules = [one for one in answer.get("Rules", []) if self.domain in one.get("Recipients", [])]
        if not any(one.get("Enabled") for one in rules):
            yield check.wrong(
                f"No enabled rule of {active} takes mail for {self.domain}.",
                "Enable the rule (SES console, Email receiving), or make it again as the template has it: "
                "docs/operate.md, When something was changed by hand.",
            )

    def _sandbox(self, check: Check) -> Iterator[Finding]:
        if not self._account.get("ProductionAccessEnabled"):
            yield check.wrong(
                f"SES is in its sandbox in {self.region}.",
                "Request production access in the SES console, page Account dashboard; it takes about a day.",
            )

    def _quota(self, check: Check) -> Iterator[Finding]:
        account = self._account
        if not account.get("SendingEnabled") or account.get("EnforcementStatus") not in ("HEALTHY", None):
            yield check.wrong(
                f"SES sending is {account.get('EnforcementStatus', 'off')}.",
                "Read the Account dashboard of SES; it says what AWS objects to.",
            )
        quota: Any = account.get("SendQuota", {})
        sent, most = int(quota.get("SentLast24Hours", 0)), int(quota.get("Max24HourSend", 0))
        if most >= 0 and sent >= most * _NEARLY:  # -1 is without limit
            yield check.wrong(
                f"{sent:,} of {most:,} mails a day are used.",
                "Request a higher sending quota in Service Quotas (Amazon SES, sending quota).",
            )
