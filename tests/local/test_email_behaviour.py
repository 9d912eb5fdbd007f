"""SES's sandbox, suppression list and events, as `/_local/ses` sets them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from workflows.local.resources import event_destinations

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
EVENTS = ["BOUNCE", "COMPLAINT", "DELIVERY", "REJECT"]


@pytest.fixture
def told(aws: Any) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What a queue hears of the mails that are sent with the configuration set `watched`."""
    topic = aws.client("sns").create_topic(Name="sent")["TopicArn"]
    queue = aws.client("sqs").create_queue(QueueName="sent")["QueueUrl"]
    aws.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:sent"
    )
    aws.client("sesv2").create_configuration_set(ConfigurationSetName="watched")
    destination = {"MatchingEventTypes": EVENTS, "SnsDestination": {"TopicARN": topic}, "Enabled": True}
    event_destinations["watched"] = [destination]

    def events() -> list[dict[str, Any]]:
        answer = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(json.loads(one["Body"])["Message"]) for one in answer.get("Messages", [])]

    yield events
    del event_destinations["watched"]


def send(aws: Any, to: str = "owner@example.com", body: bytes = b"hello") -> str:
    raw = b"From: forwarder@aws.example.com\r\nX-Vended-Address: a@aws.example.com\r\n\r\n" + body
    answer = aws.client("sesv2").send_email(
        Content={"Raw": {"Data": raw}},
        Destination={"ToAddresses": [to]},
        ConfigurationSetName="watched",
        EmailTags=[{"Name": "mail", "Value": "abc"}],
    )
    return str(answer["MessageId"])


def behave(aws: Any, **document: Any) -> Any:
    status, answer = aws.control("POST", "/_local/ses", document)
    assert status == 200, answer
    return answer


def outbox(aws: Any, to: str = "") -> list[str]:
    query = f"?to={to}" if to else ""
    return [one["messageId"] for one in aws.control("GET", f"/_local/outbox{query}")[1]]


def test_a_delivery_is_told_with_the_headers_and_tags_of_the_mail(aws: Any, told: Any) -> None:
    message_id = send(aws)
    [event] = told()
    assert event["eventType"] == "Delivery"
    assert event["delivery"]["recipients"] == ["owner@example.com"]
    assert event["mail"]["messageId"] == message_id
    assert event["mail"]["tags"]["mail"] == ["abc"]
    assert {"name": "X-Vended-Address", "value": "a@aws.example.com"} in event["mail"]["headers"]


def test_a_mailbox_that_does_not_exist_bounces_once_and_is_suppressed_then(aws: Any, told: Any) -> None:
    behave(aws, bounces=["Owner@example.com"])
    first, second = send(aws), send(aws)
    assert outbox(aws) == [first]
    kinds = {event["mail"]["messageId"]: event["bounce"]["bounceSubType"] for event in told()}
    assert kinds == {first: "General", second: "OnAccountSuppressionList"}


def test_a_mailbox_that_is_full_bounces_for_now_and_is_tried_again(aws: Any, told: Any) -> None:
    behave(aws, full=["owner@example.com"])
    send(aws)
    behave(aws, full=[])
    send(aws)
    bounce, delivery = told()
    assert (bounce["bounce"]["bounceType"], bounce["bounce"]["bounceSubType"]) == ("Transient", "MailboxFull")
    assert delivery["eventType"] == "Delivery"


def test_a_suppressed_address_can_be_tried_again(aws: Any, told: Any) -> None:
    aws.client("sesv2").put_suppressed_destination(EmailAddress="owner@example.com", Reason="BOUNCE")
    assert behave(aws)["suppressed"] == ["owner@example.com"]
    send(aws)
    aws.client("sesv2").delete_suppressed_destination(EmailAddress="owner@example.com")
    last = send(aws)
    assert outbox(aws) == [last]
    assert [event["eventType"] for event in told()] == ["Bounce", "Delivery"]


def test_an_address_that_is_not_suppressed_cannot_be_taken_off(aws: Any, refused: Any) -> None:
    delete = aws.client("sesv2").delete_suppressed_destination
    assert refused(delete, EmailAddress="x@example.com")["Error"]["Code"] == "NotFoundException"


def test_a_complaint_comes_after_the_delivery(aws: Any, told: Any) -> None:
    behave(aws, complaints=["owner@example.com"])
    send(aws)
    assert [event["eventType"] for event in told()] == ["Delivery", "Complaint"]


def test_a_virus_is_accepted_and_then_rejected(aws: Any, told: Any) -> None:
    send(aws, body=EICAR)
    [event] = told()
    assert (event["eventType"], event["reject"]) == ("Reject", {"reason": "Bad content"})
    assert outbox(aws) == []


def test_nobody_is_told_of_events_that_were_not_asked_for(aws: Any, told: Any) -> None:
    event_destinations["watched"][0]["MatchingEventTypes"] = ["BOUNCE"]
    send(aws)
    assert told() == []


@pytest.fixture
def bucket(aws: Any) -> str:
    """Where everything is stored that arrives for aws.example.com."""
    aws.client("s3").create_bucket(Bucket="arrived")
    topic = aws.client("sns").create_topic(Name="arrived")["TopicArn"]
    emails = aws.client("ses")
    emails.create_receipt_rule_set(RuleSetName="rules")
    action = {"S3Action": {"BucketName": "arrived", "TopicArn": topic}}
    rule = {"Name": "all", "Enabled": True, "Recipients": ["aws.example.com"], "Actions": [action]}
    emails.create_receipt_rule(RuleSetName="rules", Rule=rule)
    behave(aws, activeRuleSet="rules")
    return "arrived"


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(("enabled", "mails"), [(None, 2), (True, 2), (False, 0)])
def test_bounces_and_complaints_come_back_as_mails_unless_that_is_off(
    aws: Any, bucket: str, enabled: bool | None, mails: int
) -> None:
    emails = aws.client("sesv2")
    identity = {"EmailIdentity": "aws.example.com"}
    if enabled is not None:
        emails.put_email_identity_feedback_attributes(**identity, EmailForwardingEnabled=enabled)
    assert emails.get_email_identity(**identity)["FeedbackForwardingStatus"] is (enabled is not False)
    behave(aws, bounces=["owner@example.com"], complaints=["you@example.com"])
    for to in ("owner@example.com", "you@example.com", "me@example.com"):
        send(aws, to)
    assert aws.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == mails


@pytest.mark.usefixtures("told")
def test_the_outbox_of_one_recipient_has_only_that_ones_mails(aws: Any) -> None:
    mine, _ = send(aws, "me@example.com"), send(aws, "you@example.com")
    assert outbox(aws, "me@example.com") == [mine]


@pytest.mark.usefixtures("told")
def test_in_the_sandbox_recipients_have_to_be_verified(aws: Any, refused: Any) -> None:
    behave(aws, sandbox=True)
    assert aws.client("sesv2").get_account()["ProductionAccessEnabled"] is False
    error = refused(lambda: send(aws))["Error"]
    assert error["Code"] == "MessageRejected"
    assert "Email address is not verified" in error["Message"]
    assert "owner@example.com" in error["Message"]
    behave(aws, verifiedIdentities=["owner@example.com"])
    send(aws)
    behave(aws, unverifiedIdentities=["owner@example.com"])
    refused(lambda: send(aws))


def test_an_identity_is_asked_for_once(aws: Any, refused: Any) -> None:
    create = aws.client("sesv2").create_email_identity
    assert create(EmailIdentity="owner@example.com")["VerifiedForSendingStatus"] is False
    assert refused(create, EmailIdentity="Owner@example.com")["Error"]["Code"] == "AlreadyExistsException"


def test_the_state_of_dkim_can_be_set(aws: Any) -> None:
    assert behave(aws, dkimState="PENDING")["identities"]["aws.example.com"]["dkimState"] == "PENDING"


def test_what_is_not_named_stays_as_it_is(aws: Any) -> None:
    behave(aws, sandbox=True, bounces=["a@example.com"])
    assert behave(aws, suppressed=["b@example.com"])["bounces"] == ["a@example.com"]
    assert aws.control("GET", "/_local/ses")[1]["sandbox"] is True


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the body must be a JSON object"),
        ({"sandbox": "yes"}, "`sandbox` must be true or false"),
        ({"bounces": "a@example.com"}, "`bounces` must be a list of texts"),
        ({"dkimState": ""}, "`dkimState` must be a text"),
        ({"sandpit": True}, "there is no sandpit; there are sandbox, suppressed"),
        ({"activeRuleSet": "none"}, "there is no receipt rule set none"),
    ],
)
def test_what_ses_cannot_be_is_refused_with_a_sentence(aws: Any, document: Any, said: str) -> None:
    status, answer = aws.control("POST", "/_local/ses", document)
    assert status == 400
    assert answer["error"].startswith(said)
