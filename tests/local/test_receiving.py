"""SES receiving here does what the receipt rules say, and tells it as SES tells it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

RAW = (
    b"From: Jane <jane@example.org>\r\n"
    b"To: A <a@example.com>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"\r\n"
    b"\0\xff"
)


@pytest.fixture
def receive(aws: Any) -> Callable[..., tuple[int, Any]]:
    """Receives a mail on a rule set of our own: bucket `mails`, a topic, a queue that listens to it."""
    aws.client("s3").create_bucket(Bucket="mails")
    topic = aws.client("sns").create_topic(Name="arrived")["TopicArn"]
    queue = aws.client("sqs").create_queue(QueueName="arrived")["QueueUrl"]
    aws.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:arrived"
    )
    store = {"S3Action": {"BucketName": "mails", "ObjectKeyPrefix": "in/", "TopicArn": topic}}
    rule = {
        "Name": "all",
        "Enabled": True,
        "ScanEnabled": True,
        "Recipients": ["example.com"],
        "Actions": [store],
    }
    aws.client("ses").create_receipt_rule_set(RuleSetName="ours")
    aws.client("ses").create_receipt_rule(RuleSetName="ours", Rule=rule)
    aws.client("ses").set_active_receipt_rule_set(RuleSetName="ours")

    def post(**changes: Any) -> tuple[int, Any]:
        document = {"raw": base64.b64encode(RAW).decode(), "recipients": ["x@example.com"], **changes}
        answer: tuple[int, Any] = aws.control("POST", "/_local/ses/receive", document)
        return answer

    post.queue = queue  # type: ignore[attr-defined]
    return post


def notification(aws: Any, receive: Any) -> dict[str, Any]:
    [message] = aws.client("sqs").receive_message(QueueUrl=receive.queue)["Messages"]
    told: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
    return told


def test_the_mail_is_stored_byte_for_byte_under_the_rules_prefix(aws: Any, receive: Any) -> None:
    status, stored = receive()
    assert status == 200
    assert stored == {
        "messageId": stored["messageId"],
        "bucket": "mails",
        "key": f"in/{stored['messageId']}",
    }
    assert aws.client("s3").get_object(Bucket="mails", Key=stored["key"])["Body"].read() == RAW


def test_the_notification_is_the_one_of_an_s3_action(aws: Any, receive: Any) -> None:
    _, stored = receive(mailFrom="bounces@example.org", recipients=["X@Example.com", "y@elsewhere.org"])
    told = notification(aws, receive)
    assert told["notificationType"] == "Received"
    assert told["mail"]["messageId"] == stored["messageId"]
    assert told["mail"]["source"] == "bounces@example.org"
    assert told["mail"]["destination"] == ["a@example.com"]
    assert told["mail"]["headers"][0] == {"name": "From", "value": "Jane <jane@example.org>"}
    assert told["mail"]["commonHeaders"]["subject"] == "Grüße"
    assert told["receipt"]["recipients"] == ["X@Example.com"]
    action = told["receipt"]["action"]
    assert (action["type"], action["bucketName"], action["objectKeyPrefix"]) == ("S3", "mails", "in/")
    assert action["objectKey"] == stored["key"]


def test_verdicts_are_pass_unless_given_and_dmarc_has_its_policy_on_a_fail_only(
    aws: Any, receive: Any
) -> None:
    receive(verdicts={"spam": "GRAY", "dmarc": "FAIL"})
    receipt = notification(aws, receive)["receipt"]
    given = {name: receipt[f"{name}Verdict"]["status"] for name in ("spam", "virus", "spf", "dkim", "dmarc")}
    assert given == {"spam": "GRAY", "virus": "PASS", "spf": "PASS", "dkim": "PASS", "dmarc": "FAIL"}
    assert receipt["dmarcPolicy"] == "reject"
    receive()
    assert "dmarcPolicy" not in notification(aws, receive)["receipt"]


def test_long_headers_are_left_out_of_the_notification(aws: Any, receive: Any) -> None:
    raw = b"X-Long: " + b"y" * 300_000 + b"\r\nSubject: s\r\n\r\nbody"
    receive(raw=base64.b64encode(raw).decode())
    assert notification(aws, receive)["mail"]["headersTruncated"] is True


@pytest.mark.parametrize(
    ("recipients", "taken"),
    [
        (["example.com"], True),
        (["sub.example.com"], False),
        ([".example.com"], False),
        (["x@example.com"], True),
        (["y@example.com"], False),
        ([], True),
    ],
)
def test_a_domain_does_not_stand_for_its_subdomains_nor_they_for_it(
    aws: Any, receive: Any, recipients: list[str], taken: bool
) -> None:
    ses = aws.client("ses")
    rule = ses.describe_receipt_rule(RuleSetName="ours", RuleName="all")["Rule"]
    ses.update_receipt_rule(RuleSetName="ours", Rule={**rule, "Recipients": recipients})
    status, answer = receive(recipients=["X+tag@EXAMPLE.com"])
    assert (status == 200) is taken
    assert taken or "takes mail for X+tag@EXAMPLE.com" in answer["error"]


def test_without_an_active_rule_set_nothing_is_taken(aws: Any, receive: Any) -> None:
    assert aws.control("POST", "/_local/ses", {"activeRuleSet": None})[0] == 200
    assert receive() == (400, {"error": "550 5.1.1 no receipt rule set is active"})
    assert aws.control("POST", "/_local/ses", {"activeRuleSet": "ours"})[1]["activeRuleSet"] == "ours"
    assert receive()[0] == 200
    assert aws.client("ses").describe_active_receipt_rule_set()["Metadata"]["Name"] == "ours"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"raw": "no base64!"}, "`raw` must be the mail in base64"),
        ({"raw": None}, "`raw` must be"),
        ({"recipients": []}, "`recipients` must be a list of addresses"),
        ({"recipients": "x@example.com"}, "`recipients` must be"),
        ({"mailFrom": 5}, "`mailFrom` must be an address"),
        ({"verdicts": {"ham": "PASS"}}, "there is no verdict ham"),
        ({"verdicts": {"spam": None}}, "`verdicts` must be an object of texts"),
        ({"to": ["x@example.com"]}, "there is no to; there are raw, recipients"),
    ],
)
def test_a_mail_that_is_none_is_refused_with_a_sentence(
    receive: Any, document: dict[str, Any], said: str
) -> None:
    status, answer = receive(**document)
    assert status == 400
    assert answer["error"].startswith(said)


def test_more_than_40_mb_are_not_taken(receive: Any) -> None:
    raw = base64.b64encode(bytes(40 * 1024 * 1024 + 1)).decode()
    assert receive(raw=raw)[1]["error"].startswith("552")
