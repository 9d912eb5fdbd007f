"""The DNS of the local AWS, and the identities of SES that it belongs to."""

from __future__ import annotations

from typing import Any

import pytest

DOMAIN = "aws.example.com"


def look_up(aws: Any, name: str, kind: str) -> Any:
    return aws.control("GET", f"/_local/dns?name={name}&type={kind}")[1]["values"]


def publish(aws: Any, name: str, kind: str, *values: str) -> int:
    record = {"name": name, "type": kind, "values": [*values]}
    return int(aws.control("POST", "/_local/dns", record)[0])


def test_what_is_published_is_found_in_any_case_until_it_is_taken_away(aws: Any) -> None:
    assert publish(aws, "Example.ORG.", "txt", '"v=spf1 -all"') == 200
    assert look_up(aws, "example.org", "TXT") == ["v=spf1 -all"]
    assert publish(aws, "example.org", "TXT") == 200
    assert look_up(aws, "example.org", "TXT") == []


def test_a_verified_domain_has_the_records_that_its_identity_asks_for(aws: Any) -> None:
    tokens = aws.client("sesv2").get_email_identity(EmailIdentity=DOMAIN)["DkimAttributes"]["Tokens"]
    assert len(tokens) == 3
    for token in tokens:
        assert look_up(aws, f"{token}._domainkey.{DOMAIN}", "CNAME") == [f"{token}.dkim.amazonses.com"]
    assert len(aws.control("GET", "/_local/dns")[1]) == 7


def test_an_identity_waits_for_its_records_and_its_mail_from_too(aws: Any) -> None:
    emails = aws.client("sesv2")
    emails.create_email_identity(EmailIdentity="mail.example.org")
    emails.put_email_identity_mail_from_attributes(
        EmailIdentity="mail.example.org", MailFromDomain="bounce.mail.example.org"
    )
    found = emails.get_email_identity(EmailIdentity="mail.example.org")
    assert found["VerifiedForSendingStatus"] is False
    assert found["DkimAttributes"]["Status"] == "PENDING"
    assert found["MailFromAttributes"]["MailFromDomainStatus"] == "PENDING"
    aws.control("POST", "/_local/ses", {"verifiedIdentities": ["mail.example.org"]})
    found = emails.get_email_identity(EmailIdentity="mail.example.org")
    assert found["DkimAttributes"]["Status"] == "SUCCESS"
    assert found["MailFromAttributes"]["MailFromDomainStatus"] == "SUCCESS"


def test_a_mail_from_domain_is_below_its_identity(aws: Any, refused: Any) -> None:
    put = aws.client("sesv2").put_email_identity_mail_from_attributes
    assert refused(put, EmailIdentity=DOMAIN, MailFromDomain="a.example.org")["Error"]["Code"] == (
        "BadRequestException"
    )


@pytest.mark.parametrize(
    "record",
    [
        [],
        {"name": "a.example.com"},
        {"name": "", "type": "A", "values": []},
        {"name": "a.example.com", "type": "SPF", "values": []},
        {"name": "a.example.com", "type": "A", "values": "127.0.0.1"},
    ],
)
def test_what_is_no_record_is_refused_with_a_sentence(aws: Any, record: Any) -> None:
    status, answer = aws.control("POST", "/_local/dns", record)
    assert status == 400
    assert answer["error"]
