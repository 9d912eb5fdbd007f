"""`vend doctor`: whatever is not ready is named, with what to do, as often as it is asked."""

from __future__ import annotations

import json

import pytest

DOMAIN = "aws.example.com"


def published(record):
    return f"{record['name']} {record['type']} {record['values'][0]}"


def test_where_all_is_ready_nothing_is_wrong_and_the_exit_code_is_0(doctor, vend):
    assert doctor(exit_code=0) == {}
    shown = vend("doctor")
    assert shown.exit_code == 0
    assert "Nothing is wrong." in shown.stderr


def test_any_owner_domain_is_a_warning(vend):
    findings = vend.json("doctor")["findings"]
    (found,) = (one for one in findings if one["check"] == "owner domains")
    assert found["state"] == "WARNING"
    assert "ownerDomains" in found["remedy"]


def test_an_unverified_domain_comes_with_its_dkim_records(doctor, healthy):
    healthy.control("ses", {"unverifiedIdentities": [DOMAIN], "dkimState": "PENDING"})
    wrong = doctor()
    assert set(wrong) == {"SES identity", "DKIM"}
    assert len(wrong["SES identity"]["records"]) == 3
    assert "DKIM of aws.example.com is PENDING" in wrong["DKIM"]["what"]
    assert all("._domainkey.aws.example.com CNAME " in published(one) for one in wrong["DKIM"]["records"])


def test_what_ses_has_given_up_comes_with_the_command_that_makes_it_look_again(doctor, healthy):
    healthy.control("ses", {"dkimState": "FAILED", "mailFromState": "FAILED"})
    wrong = doctor()
    assert f"aws ses verify-domain-dkim --domain {DOMAIN}" in wrong["DKIM"]["remedy"]
    assert (
        f"aws sesv2 put-email-identity-mail-from-attributes --email-identity {DOMAIN} "
        f"--mail-from-domain bounce.{DOMAIN} --behavior-on-mx-failure USE_DEFAULT_VALUE"
    ) in wrong["MAIL FROM"]["remedy"]


def test_nothing_published_gives_every_record_to_publish_and_publishing_them_heals(doctor, vend, healthy):
    for one in healthy.control("dns"):
        healthy.control("dns", {**one, "values": []})
    healthy.control("ses", {"mailFromState": "PENDING"})
    wrong = doctor()
    assert set(wrong) == {"DNS DKIM", "DNS MX", "DNS MAIL FROM", "DNS SPF", "DNS DMARC", "MAIL FROM"}
    records = vend.json("doctor", exit_code=1)["records"]
    assert len(records) == 7
    assert "aws.example.com MX 10 inbound-smtp.us-east-1.amazonaws.com" in map(published, records)
    for one in records:
        healthy.control("dns", {name: one[name] for name in ("name", "type", "values")})
    healthy.control("ses", {"mailFromState": "SUCCESS"})
    assert doctor(exit_code=0) == {}


@pytest.mark.parametrize(
    ("name", "kind", "values", "check"),
    [
        (DOMAIN, "MX", ["10 mail.example.net."], "DNS MX"),
        (
            DOMAIN,
            "MX",
            ["10 inbound-smtp.us-east-1.amazonaws.com.", "20 mail.example.net"],
            "DNS MX",
        ),
        (f"bounce.{DOMAIN}", "MX", ["10 inbound-smtp.us-east-1.amazonaws.com"], "DNS MAIL FROM"),
        (f"bounce.{DOMAIN}", "TXT", ["v=spf1 include:_spf.example.net -all"], "DNS SPF"),
        (f"_dmarc.{DOMAIN}", "TXT", ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "DNS DMARC"),
    ],
)
def test_a_wrong_record_is_named_with_the_right_one(doctor, healthy, name, kind, values, check):
    healthy.control("dns", {"name": name, "type": kind, "values": values})
    wrong = doctor()
    assert set(wrong) == {check}
    assert values[0] in wrong[check]["what"]
    assert [(one["name"], one["type"]) for one in wrong[check]["records"]] == [(name, kind)]


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        (DOMAIN, "MX", ["10  INBOUND-smtp.us-east-1.amazonaws.com."]),
        (f"_dmarc.{DOMAIN}", "TXT", ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"]),
        (f"bounce.{DOMAIN}", "TXT", ["google-verification=1", "v=spf1 include:amazonses.com -all"]),
    ],
)
def test_a_record_written_otherwise_is_as_good(doctor, healthy, name, kind, values):
    healthy.control("dns", {"name": name, "type": kind, "values": values})
    assert doctor(exit_code=0) == {}


def test_bounces_that_come_back_as_mails_are_named_with_the_command_that_ends_it(doctor, healthy):
    identity = {"EmailIdentity": DOMAIN}
    emails = healthy.client("sesv2")
    emails.put_email_identity_feedback_attributes(**identity, EmailForwardingEnabled=True)
    wrong = doctor()
    assert set(wrong) == {"bounces"}
    command = (
        f"put-email-identity-feedback-attributes --email-identity {DOMAIN} --no-email-forwarding-enabled"
    )
    assert command in wrong["bounces"]["remedy"]
    emails.put_email_identity_feedback_attributes(**identity, EmailForwardingEnabled=False)
    assert doctor(exit_code=0) == {}


def test_another_active_rule_set_is_named_with_the_two_ways_out(doctor, healthy):
    healthy.client("ses").create_receipt_rule_set(RuleSetName="theirs")
    healthy.control("ses", {"activeRuleSet": "theirs"})
    wrong = doctor()
    assert set(wrong) == {"receipt rules"}
    assert "receiptRuleSet: theirs" in wrong["receipt rules"]["remedy"]
    assert "takeOverReceiving: true" in wrong["receipt rules"]["remedy"]
    healthy.control("ses", {"activeRuleSet": None})
    assert "No receipt rule set is active." in doctor()["receipt rules"]["what"]
    healthy.client("ses").delete_receipt_rule_set(RuleSetName="theirs")


@pytest.mark.parametrize(
    ("place", "state", "check", "what"),
    [
        ("ses", {"sandbox": True}, "SES sandbox", "SES is in its sandbox in us-east-1"),
        ("ses", {"dailyQuota": 0}, "sending quota", "of 0 mails a day are used"),
        ("organizations", {"featureSet": "CONSOLIDATED_BILLING"}, "Organizations", "consolidated billing"),
        ("organizations", {"accountLimit": 1}, "account quota", "of 1 accounts are used"),
        ("organizations", {"trustedServices": []}, "trusted access", "has no trusted access"),
    ],
)
def test_what_ses_and_the_organization_lack_is_wrong(doctor, healthy, place, state, check, what):
    healthy.control(place, state)
    wrong = doctor()
    assert set(wrong) == {check}
    assert what in wrong[check]["what"]


def test_a_subscription_to_the_alarms_that_nobody_confirmed_is_a_warning(vend, healthy):
    topic = healthy.outputs["OperationsTopicArn"]
    arn = healthy.client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="new@example.com")
    findings = vend.json("doctor")["findings"]
    healthy.client("sns").unsubscribe(SubscriptionArn=arn["SubscriptionArn"])
    (found,) = (one for one in findings if one["check"] == "operations topic")
    assert found["state"] == "WARNING"
    assert "1 subscription not confirmed" in found["what"]
    assert f"aws sns subscribe --topic-arn {topic}" in found["remedy"]


def test_a_check_that_is_refused_is_a_finding_and_the_others_go_on(doctor, healthy):
    fault = {
        "service": "sesv2",
        "operation": "GetAccount",
        "when": "before",
        "error": "AccessDeniedException",
    }
    with healthy.fault(**fault, times=20):
        wrong = doctor()
    assert set(wrong) == {"SES sandbox", "sending quota"}
    assert "AWS refused GetAccount: AccessDeniedException" in wrong["SES sandbox"]["what"]


def test_people_see_what_why_what_to_do_and_the_records(vend, healthy):
    healthy.control("dns", {"name": DOMAIN, "type": "MX", "values": []})
    shown = vend("doctor")
    assert shown.exit_code == 1
    for text in ("What is wrong", "Why it matters", "What to do", "Publish these records"):
        assert text in shown.stdout
    assert "10 inbound-smtp.us-east-1.amazonaws.com" in shown.stdout
    assert "1 of " in shown.stderr


def test_it_changes_nothing(vend, healthy):
    before = len(healthy.calls())
    vend("doctor")
    reading = ("Describe", "Get", "List", "Assume", "Scan")
    calls = [one for one in healthy.calls()[before:] if one["principal"] == "operator"]
    assert calls
    assert all(one["operation"].startswith(reading) for one in calls), json.dumps(calls)
