"""The mail domain's identity and DNS records, whoever publishes them."""

from __future__ import annotations

import json

import pytest

ZONE = {"Fn::GetAtt": ["MailZone", "Id"]}


@pytest.fixture(scope="module")
def created(synthesized):
    """Our own zone, which a zone of this account delegates to."""
    return synthesized(hostedZone="create", parentHostedZoneId="Z0PARENT", dmarcPolicy="reject")


@pytest.fixture(scope="module")
def existing(synthesized):
    """A zone of this account."""
    return synthesized(hostedZone="existing", hostedZoneId="Z0EXISTING")


def records_of(template):
    return [one["Properties"] for one in template.of_type("AWS::Route53::RecordSet").values()]


def told(template):
    return [
        json.dumps(one["Value"]) for name, one in template.outputs.items() if name.startswith("DnsRecord")
    ]


def test_the_domain_is_signed_has_its_own_mail_from_and_gets_no_bounces_as_mails(template, vending):
    identity = template.resources["MailIdentity"]["Properties"]
    assert identity["EmailIdentity"] == vending["domain"]
    assert identity["DkimSigningAttributes"] == {"NextSigningKeyLength": "RSA_2048_BIT"}
    assert identity["MailFromAttributes"] == {
        "MailFromDomain": f"bounce.{vending['domain']}",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }
    assert identity["FeedbackAttributes"] == {"EmailForwardingEnabled": False}


def test_records_that_somebody_else_publishes_are_outputs(template):
    assert not [one for one in template.resources.values() if one["Type"].startswith("AWS::Route53::")]
    shown = told(template)
    assert len(shown) == 7
    assert sum("CNAME" in one for one in shown) == 3
    assert json.loads(shown[5]) == 'bounce.aws.example.com TXT "v=spf1 include:amazonses.com ~all"'
    assert json.loads(shown[6]) == '_dmarc.aws.example.com TXT "v=DMARC1; p=quarantine"'


@pytest.mark.parametrize("kind", ["created", "existing"])
def test_the_records_are_published_in_the_zone(kind, request):
    template = request.getfixturevalue(kind)
    zone = ZONE if kind == "created" else "Z0EXISTING"
    ours = [one for one in records_of(template) if one["Type"] != "NS"]
    assert sorted(one["Type"] for one in ours) == ["CNAME", "CNAME", "CNAME", "MX", "MX", "TXT", "TXT"]
    assert all(one["HostedZoneId"] == zone for one in ours)
    assert not told(template)
    by_name = {json.dumps(one["Name"]): one["ResourceRecords"] for one in ours}
    policy = "reject" if kind == "created" else "quarantine"
    assert by_name['"_dmarc.aws.example.com."'] == [f'"v=DMARC1; p={policy}"']


def test_a_parent_zone_delegates_to_the_created_one(created):
    (delegation,) = (one for one in records_of(created) if one["Type"] == "NS")
    assert delegation["HostedZoneId"] == "Z0PARENT"
    assert delegation["Name"] == "aws.example.com."
    assert delegation["ResourceRecords"] == {"Fn::GetAtt": ["MailZone", "NameServers"]}
    assert created.outputs["NameServers"]["Value"] == {
        "Fn::Join": [" ", {"Fn::GetAtt": ["MailZone", "NameServers"]}]
    }


def test_the_created_zone_and_its_delegation_outlive_the_stack(created):
    (delegation,) = (one for one in created.of_type("AWS::Route53::RecordSet").values() if is_delegation(one))
    for kept in (created.resources["MailZone"], delegation):
        assert kept["DeletionPolicy"] == "RetainExceptOnCreate"
        assert kept["UpdateReplacePolicy"] == "Retain"


def is_delegation(record):
    return record["Properties"]["Type"] == "NS"


def test_an_identity_verified_by_other_means_is_left_alone(synthesized):
    template = synthesized(emailIdentity="existing")
    assert not template.of_type("AWS::SES::EmailIdentity")
    assert len(told(template)) == 4
