"""SES's notification is read for what it says about the envelope; anything else is refused by name."""

from __future__ import annotations

import json

import pytest
from mail_builders import ALL_PASS, a_notification, in_sns

from workflows.mail.envelope import NotificationUnreadable, SetupNotification, read_notification


def test_a_notification_in_its_sns_envelope_is_read():
    mail = read_notification(in_sns(a_notification()))
    assert mail.message_id == "abc123"
    assert mail.source == "bounces@example.org"
    assert (mail.bucket, mail.key) == ("mails", "inbound/abc123")
    assert mail.verdicts == ALL_PASS
    assert mail.timestamp == "2025-04-01T10:00:00.000Z"
    assert mail.subject == "Hello"
    assert mail.from_header == "Jane Doe <jane@example.org>"


def test_a_stored_notification_without_its_envelope_is_read_the_same():
    assert read_notification(json.dumps(a_notification())) == read_notification(in_sns(a_notification()))


def test_recipients_are_those_of_the_envelope_never_those_of_the_headers():
    mail = read_notification(
        in_sns(a_notification(recipients=["One@aws.example.com", "two+x@aws.example.com"]))
    )
    assert mail.recipients == ("One@aws.example.com", "two+x@aws.example.com")


def test_a_bounce_has_an_empty_source():
    notification = a_notification()
    notification["mail"]["source"] = ""
    assert read_notification(in_sns(notification)).source == ""


@pytest.mark.parametrize("headers", [None, [], {"from": None, "subject": 5}, {"from": [1, "a@b.c"]}])
def test_what_is_only_for_people_to_read_may_be_missing(headers):
    notification = a_notification(dkimVerdict=None, spfVerdict="PASS", dmarcVerdict={"status": 5})
    notification["mail"]["commonHeaders"] = headers
    notification["mail"].pop("timestamp")
    mail = read_notification(in_sns(notification))
    assert (mail.subject, mail.timestamp) == ("", "")
    assert (mail.verdicts.dkim, mail.verdicts.spf, mail.verdicts.dmarc) == ("", "", "")


@pytest.mark.parametrize(
    "text",
    [
        in_sns(
            a_notification(
                action={"type": "S3", "bucketName": "b", "objectKey": "AMAZON_SES_SETUP_NOTIFICATION"}
            )
        ),
        in_sns(
            a_notification(action={"bucketName": "b", "objectKey": "inbound/AMAZON_SES_SETUP_NOTIFICATION"})
        ),
        in_sns("Successfully validated SNS topic for Amazon SES event publishing."),
    ],
)
def test_a_setup_notification_is_recognised(text):
    assert read_notification(text) == SetupNotification()


def without(part: str, name: str) -> str:
    notification = a_notification()
    del notification[part][name]
    return in_sns(notification)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not a JSON object"),
        ("{", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        (in_sns("hello"), "not a JSON object"),
        ("{}", "no 'mail' object"),
        (in_sns({"mail": []}), "no 'mail' object"),
        (in_sns({"mail": {}}), "no 'receipt' object"),
        (without("receipt", "action"), "no 'action' object"),
        (without("receipt", "recipients"), "no receipt.recipients"),
        (in_sns(a_notification(recipients=[])), "no receipt.recipients"),
        (in_sns(a_notification(recipients="x@y.z")), "no receipt.recipients"),
        (in_sns(a_notification(recipients=["x@y.z", 5])), "no receipt.recipients"),
        (without("mail", "messageId"), "no 'messageId'"),
        (in_sns(a_notification(action={"type": "Lambda"})), "no 'bucketName'"),
        (in_sns(a_notification(action={"bucketName": "b", "objectKey": ""})), "no 'objectKey'"),
    ],
)
def test_anything_else_is_refused_and_says_why(text, what):
    with pytest.raises(NotificationUnreadable, match=what):
        read_notification(text)
