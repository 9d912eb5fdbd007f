"""The CloudFormation resource types of a mail domain: its identity in SES, its zone and its records."""

from __future__ import annotations

from typing import Any

from workflows.local.resources import New, Resource, ResourceType


def _email_identity(new: New) -> Resource:
    name = new.properties["EmailIdentity"]
    emails = new.client("sesv2")
    # Asked for by name, because the list knows one region only, and identities here belong to all.
    try:
        emails.get_email_identity(EmailIdentity=name)
    except emails.exceptions.NotFoundException:
        emails.create_email_identity(EmailIdentity=name)
    if mail_from := new.properties.get("MailFromAttributes"):
        emails.put_email_identity_mail_from_attributes(EmailIdentity=name, **mail_from)
    if feedback := new.properties.get("FeedbackAttributes"):
        enabled = str(feedback["EmailForwardingEnabled"]).lower() == "true"
        emails.put_email_identity_feedback_attributes(EmailIdentity=name, EmailForwardingEnabled=enabled)
    tokens = emails.get_email_identity(EmailIdentity=name)["DkimAttributes"].get("Tokens", [])
    records = {}
    for number, token in enumerate(tokens, 1):
        records[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{name}"
        records[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
    return Resource(name, records)


def _hosted_zone(new: New) -> Resource:
    zones = new.client("route53")
    made = zones.create_hosted_zone(Name=new.properties["Name"], CallerReference=new.name)
    zone_id = made["HostedZone"]["Id"].rpartition("/")[2]
    servers: Any = made["DelegationSet"]["NameServers"]
    return Resource(zone_id, {"Id": zone_id, "NameServers": servers})


def _record_set(new: New) -> Resource:
    records = {
        "Name": new.properties["Name"],
        "Type": new.properties["Type"],
        "TTL": int(new.properties["TTL"]),
        "ResourceRecords": [{"Value": value} for value in new.properties["ResourceRecords"]],
    }
    new.client("route53").change_resource_record_sets(
        HostedZoneId=new.properties["HostedZoneId"],
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": records}]},
    )
    return Resource(new.properties["Name"])


_DKIM = tuple(f"DkimDNSToken{part}{number}" for part in ("Name", "Value") for number in (1, 2, 3))
TYPES = {
    "AWS::Route53::HostedZone": ResourceType(_hosted_zone, ("Id", "NameServers")),
    "AWS::Route53::RecordSet": ResourceType(_record_set),
    "AWS::SES::EmailIdentity": ResourceType(_email_identity, _DKIM),
}
"""By resource type."""
