"""The mail domain: its identity in SES, and its DNS records, published or told; nothing waits for DNS."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Aws, Fn, RemovalPolicy
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.configuration import Configuration
from workflows.mail.dns_records import DnsRecord, dkim_records, mail_from_domain, mail_records

_TTL = "300"
"""Seconds; short, because a record is looked at most while it is being corrected."""
_KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""Of the zone and its delegation: who gets the name servers of a zone that is gone, but still delegated to,
reads the root mail of every account. Only what a failed first deployment has made goes with it."""


class MailDomain(Construct):
    """The identity, the zone if any, the records; `outputs` is what people have to be told."""

    def __init__(self, scope: Construct, construct_id: str, *, configuration: Configuration) -> None:
        super().__init__(scope, construct_id)
        self._domain = configuration.domain
        records = [*mail_records(self._domain, Aws.REGION, dmarc_policy=configuration.dmarc_policy)]
        if configuration.email_identity == "create":
            records = [*self._identity(), *records]
        self.outputs: Mapping[str, str]
        if configuration.hosted_zone == "external":
            self.outputs = {f"DnsRecord{number}": str(one) for number, one in enumerate(records, 1)}
        elif configuration.hosted_zone == "existing":
            self.outputs = {}
            self._publish(records, configuration.hosted_zone_id)
        else:
            zone = self._zone(configuration.parent_hosted_zone_id)
            self.outputs = {"NameServers": Fn.join(" ", zone.attr_name_servers), "HostedZoneId": zone.attr_id}
            self._publish(records, zone.attr_id)

    def _identity(self) -> list[DnsRecord]:
        identity = ses.CfnEmailIdentity(
            self,
            "Identity",
            email_identity=self._domain,
            dkim_signing_attributes=ses.CfnEmailIdentity.DkimSigningAttributesProperty(
                next_signing_key_length="RSA_2048_BIT"
            ),
            # On by default: every bounce would also come back as a mail to our From address. The
            # configuration set tells of them.
            feedback_attributes=ses.CfnEmailIdentity.FeedbackAttributesProperty(
                email_forwarding_enabled=False
            ),
            mail_from_attributes=ses.CfnEmailIdentity.MailFromAttributesProperty(
                mail_from_domain=mail_from_domain(self._domain),
                # Until its MX record is found, SES sends with a MAIL FROM domain of its own.
                behavior_on_mx_failure="USE_DEFAULT_VALUE",
            ),
        )
        identity.override_logical_id("MailIdentity")
        return [
            *dkim_records(
                [
                    (identity.attr_dkim_dns_token_name1, identity.attr_dkim_dns_token_value1),
                    (identity.attr_dkim_dns_token_name2, identity.attr_dkim_dns_token_value2),
                    (identity.attr_dkim_dns_token_name3, identity.attr_dkim_dns_token_value3),
                ]
            )
        ]

    def _zone(self, parent_zone_id: str) -> route53.CfnHostedZone:
        zone = route53.CfnHostedZone(self, "Zone", name=self._domain)
        zone.override_logical_id("MailZone")
        zone.apply_removal_policy(_KEPT)
        if parent_zone_id:
            delegation = route53.CfnRecordSet(
                self,
                "Delegation",
                hosted_zone_id=parent_zone_id,
                name=f"{self._domain}.",
                type="NS",
                ttl=_TTL,
                resource_records=zone.attr_name_servers,
            )
            delegation.apply_removal_policy(_KEPT)
        return zone

    def _publish(self, records: list[DnsRecord], zone_id: str) -> None:
        for number, record in enumerate(records, 1):
            route53.CfnRecordSet(
                self,
                f"Record{number}",
                hosted_zone_id=zone_id,
                # With a dot at its end, or Route 53 is free to add the zone's name.
                name=f"{record.name}.",
                type=record.type,
                ttl=_TTL,
                resource_records=list(record.published),
            )
