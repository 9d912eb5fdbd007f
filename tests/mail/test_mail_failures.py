"""Nothing is lost: whatever fails, a mail is delivered, held, or a dead letter to be delivered later."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from mail_builders import a_mail, in_sns
from mail_judge import text_of

SEND = {"service": "sesv2", "operation": "SendEmail"}
OUTAGE = 1_000
"""Calls that fail until the test ends the outage."""


@pytest.fixture
def post(hasty_post):
    """Everything here fails, so it is done where failures are soon over."""
    return hasty_post


def test_a_throttled_ses_is_tried_again(post):
    with post.aws.fault(**SEND, when="before", error="TooManyRequestsException", match=post.owner, times=3):
        outcome = post.outcome(post.receive(a_mail()))
    assert outcome["outcome"] == "forwarded"
    assert len(post.sent()) == 1


@pytest.mark.parametrize(
    "error",
    [
        "LimitExceededException",
        "SendingPausedException",
        "InternalFailure",
        "RequestTimeout",
        "ExpiredTokenException",
        "SomethingNew",
    ],
)
def test_what_passes_or_is_unknown_is_tried_again(post, error):
    with post.aws.fault(**SEND, when="before", error=error, match=post.owner):
        outcome = post.outcome(post.receive(a_mail()))
    assert [one["kind"] for one in outcome["sent"]] == ["forward"]
    assert len(post.sent()) == 1


def test_one_mailbox_that_cannot_be_served_yet_does_not_keep_the_others_waiting(post):
    address, ann = post.address("first")
    _, bob = post.address("second")
    post.own(address, ann, bob)
    with post.aws.fault(**SEND, when="before", error="TooManyRequestsException", match=ann, times=OUTAGE):
        arrival = post.receive(a_mail(), address)
        post.aws.eventually(lambda: post.sent(bob))
        assert post.recorded(arrival, address) is None
    post.outcome(arrival, address)
    assert [len(post.sent(one)) for one in (ann, bob)] == [1, 1]


@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "PutItem"])
def test_a_registry_that_fails_delays_a_mail_and_repeats_none(post, operation):
    with post.aws.fault(
        service="dynamodb",
        operation=operation,
        when="before",
        error="InternalServerError",
        principal="ForwardInbound",
        times=6,
    ):
        post.outcome(post.receive(a_mail()))
    assert len(post.sent()) == 1
    assert len(post.events()) <= 2


def test_a_registry_that_fails_after_the_sending_repeats_a_mail_once_at_most(post):
    with post.aws.fault(
        service="dynamodb",
        operation="UpdateItem",
        when="before",
        error="InternalServerError",
        principal="ForwardInbound",
        match="sesMessageId",
        times=6,
    ):
        post.outcome(post.receive(a_mail()))
    assert 1 <= len(post.sent()) <= 2


def test_a_lost_answer_of_ses_repeats_a_mail_once_at_most(post):
    with post.aws.fault(**SEND, when="after", error="Timeout", match=post.owner):
        assert post.outcome(post.receive(a_mail()))["outcome"] == "forwarded"
    assert 1 <= len(post.sent()) <= 2


@pytest.mark.parametrize(
    ("service", "operation", "when", "match", "most"),
    [
        ("s3", "GetObject", "before", None, 1),
        ("dynamodb", "UpdateItem", "after", "claim", 1),
        ("sesv2", "SendEmail", "after", None, 2),
        ("dynamodb", "UpdateItem", "before", "sesMessageId", 2),
        ("events", "PutEvents", "after", None, 1),
        ("dynamodb", "PutItem", "after", "outcome", 1),
    ],
)
def test_a_function_killed_at_any_moment_repeats_a_mail_once_at_most(
    post, service, operation, when, match, most
):
    fault = {"service": service, "operation": operation, "when": when, "error": "Kill"}
    with post.aws.fault(**fault, principal="ForwardInbound", **({"match": match} if match else {})):
        arrival = post.receive(a_mail())
        post.outcome(arrival)
        settled(post)
    # A call may be repeated by boto3 before the kill arrives: fewer copies than the most are fine.
    assert 1 <= len(post.sent()) <= most
    assert post.recorded(arrival)["outcome"] == "forwarded"


def settled(post):
    """Wait until the queue is empty and nothing in it is being worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def empty():
        answer = post.aws.client("sqs").get_queue_attributes(
            QueueUrl=post.aws.outputs["InboundQueueUrl"], AttributeNames=names
        )
        return all(answer["Attributes"][name] == "0" for name in names)

    post.aws.eventually(empty)


def test_a_notice_that_is_tried_again_counts_once_among_those_of_the_hour(post):
    for hours in (0, 1):
        hour = datetime.now(UTC) + timedelta(hours=hours)
        post.put_item(pk=f"NOTICES#{post.owner}", sk=f"{hour:%Y-%m-%dT%H}#virus", count=98)
    with post.aws.fault(**SEND, when="before", error="TooManyRequestsException", match=post.owner, times=4):
        post.outcome(post.receive(a_mail(), virus="FAIL"))
    for _ in range(3):
        post.outcome(post.receive(a_mail(), virus="FAIL"))
    subjects = [text_of(raw, "subject") for raw in post.sent()]
    ordinary = f"Mail with a virus held for {post.account}"
    assert subjects == [ordinary, ordinary, "Very many mails held (virus)"]


def test_the_same_message_twice_sends_nothing_twice(post):
    arrival = post.receive(a_mail())
    post.outcome(arrival)
    notification = post.stored(f"{arrival['key']}.json").decode()
    queue = {"QueueUrl": post.aws.outputs["InboundQueueUrl"]}
    for _ in range(3):
        post.aws.client("sqs").send_message(**queue, MessageBody=in_sns(notification))
    settled(post)
    assert len(post.sent()) == 1
    assert len(post.events()) == 1


def test_a_mail_that_cannot_be_sent_becomes_a_dead_letter_and_is_delivered_by_a_redrive(post):
    with post.aws.fault(
        **SEND, when="before", error="SendingPausedException", match=post.owner, times=OUTAGE
    ):
        arrival = post.receive(a_mail())
        post.aws.eventually(lambda: dead_letter(post, arrival["messageId"]))
    assert post.recorded(arrival) is None
    post.redrive()
    assert post.outcome(arrival)["outcome"] == "forwarded"
    assert len(post.sent()) == 1
    assert not dead_letter(post, arrival["messageId"])


def dead_letter(post, text):
    """The dead letters that hold a text."""
    return [body for body in post.dead_letters() if text in body]


def test_a_message_that_nobody_can_read_becomes_a_dead_letter_and_harms_no_other(post):
    queue = {"QueueUrl": post.aws.outputs["InboundQueueUrl"]}
    post.aws.client("sqs").send_message(**queue, MessageBody=f"{post.unique} is no notification")
    assert post.outcome(post.receive(a_mail()))["outcome"] == "forwarded"
    post.aws.eventually(lambda: dead_letter(post, post.unique))


def test_a_mail_that_is_missing_becomes_a_dead_letter(post):
    arrival = post.receive(a_mail())
    post.outcome(arrival)
    gone = json.loads(post.stored(f"{arrival['key']}.json"))
    gone["receipt"]["action"]["objectKey"] = f"inbound/gone-{post.unique}"
    queue = {"QueueUrl": post.aws.outputs["InboundQueueUrl"]}
    post.aws.client("sqs").send_message(**queue, MessageBody=json.dumps(gone))
    post.aws.eventually(lambda: dead_letter(post, f"gone-{post.unique}"))


def test_what_ses_says_when_a_rule_is_made_is_ignored(post):
    queue = {"QueueUrl": post.aws.outputs["InboundQueueUrl"]}
    text = f"Successfully validated SNS topic for Amazon SES {post.unique}"
    post.aws.client("sqs").send_message(**queue, MessageBody=in_sns(text))
    settled(post)
    assert not dead_letter(post, post.unique)


@pytest.mark.parametrize("error", ["MailFromDomainNotVerifiedException", "AccessDenied"])
def test_when_ses_takes_no_mail_of_ours_at_all_it_waits_among_the_dead_letters(post, error):
    with post.aws.fault(**SEND, when="before", error=error, match=post.owner, times=OUTAGE):
        arrival = post.receive(a_mail())
        post.aws.eventually(lambda: dead_letter(post, arrival["messageId"]))
    post.redrive()
    assert post.outcome(arrival)["outcome"] == "forwarded"
