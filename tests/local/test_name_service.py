"""The DNS of the local AWS: published and looked up through the front door."""

from __future__ import annotations

import json
import urllib.error

import pytest


def test_what_is_published_is_found_in_any_case_until_it_is_taken_away(aws, unique):
    name = f"{unique}.example.org"
    aws.control("dns", {"name": f"{name.upper()}.", "type": "txt", "values": ['"v=spf1 -all"']})
    assert aws.control(f"dns?name={name}&type=TXT")["values"] == ["v=spf1 -all"]
    aws.control("dns", {"name": name, "type": "TXT", "values": []})
    assert aws.control(f"dns?name={name}&type=TXT")["values"] == []


def test_the_verified_domain_has_the_records_that_its_identity_asks_for(aws):
    identity = aws.client("sesv2").get_email_identity(EmailIdentity="aws.example.com")
    published = {(one["name"], one["type"]): one["values"] for one in aws.control("dns")}
    for token in identity["DkimAttributes"]["Tokens"]:
        target = [f"{token}.dkim.amazonses.com"]
        assert published[f"{token}._domainkey.aws.example.com", "CNAME"] == target
    assert published[identity["MailFromAttributes"]["MailFromDomain"], "MX"]


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
def test_what_is_no_record_is_refused_with_a_sentence(aws, record):
    with pytest.raises(urllib.error.HTTPError) as refused:
        aws.control("dns", record)
    assert refused.value.code == 400
    assert json.loads(refused.value.read())["error"]
