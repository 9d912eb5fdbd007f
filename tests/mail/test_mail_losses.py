"""A mail that SES accepted and that reached nobody: it is held, told of, and a replay sends it again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from mail_builders import a_mail
from mail_judge import words_of
from sent_mail_for_tests import about_the_owner, account, an_event, becomes_held, not_through, unreachable


def test_a_copy_that_ses_throws_away_is_told_of_and_the_mail_is_held(post):
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    arrival = post.receive(a_mail(body=eicar + b"\r\n"))
    outcome = becomes_held(post, arrival)
    assert outcome["explanation"].startswith(f"{post.owner} did not get it: Amazon SES rejected the mail")
    [notice] = post.aws.eventually(lambda: not_through(post))
    assert f"vend mail list {post.account}" in words_of(notice)
    assert f"vend mail replay s3://{post.bucket()}/{arrival['key']}" in words_of(notice)
    assert "unreachable" not in account(post)
    assert post.notices(f"X-Vended-Address: {post.account}") == []


def test_a_mail_to_a_full_mailbox_is_held_and_a_replay_delivers_it(post):
    post.aws.control("ses", {"full": [post.owner]})
    arrival = post.receive(a_mail())
    becomes_held(post, arrival)
    held = json.loads(post.vend("mail", "held", "--json"))
    assert arrival["key"] in [one["key"] for one in held]
    assert "unreachable" not in account(post)
    post.aws.control("ses", {"full": []})
    post.replay(arrival["key"])
    post.aws.eventually(lambda: post.recorded(arrival)["outcome"] == "forwarded")
    assert len(post.sent()) == 2


def test_a_mail_that_one_of_two_owners_got_is_forwarded(post):
    address, ann = post.address("one-of-two")
    _, bob = post.address("full")
    post.own(address, ann, bob)
    post.aws.control("ses", {"full": [bob]})
    arrival = post.receive(a_mail(), address)
    post.aws.eventually(lambda: not_through(post, address))
    assert post.recorded(arrival, address)["outcome"] == "forwarded"
    post.replay(arrival["key"])
    post.aws.eventually(lambda: "run" in post.recorded(arrival, address))
    assert [len(post.sent(one)) for one in (ann, bob)] == [1, 1]


def test_a_mail_that_neither_of_two_owners_got_is_held(post):
    address, ann = post.address("neither")
    _, bob = post.address("full")
    post.own(address, ann, bob)
    post.aws.control("ses", {"full": [ann, bob]})
    becomes_held(post, post.receive(a_mail(), address), address)


def test_where_the_administrators_mailbox_bounces_mail_is_held_later_mail_too(post):
    unknown, _ = post.address("unknown")
    post.aws.control("ses", {"bounces": [post.admin]})
    first = post.receive(a_mail(), unknown)
    becomes_held(post, first, unknown)
    second = post.receive(a_mail(), unknown)
    becomes_held(post, second, unknown)
    post.aws.control("ses", {"bounces": [], "suppressed": []})
    post.replay(second["key"])
    post.aws.eventually(lambda: post.recorded(second, unknown)["outcome"] == "forwarded")
    post.aws.eventually(lambda: not post.aws.item(f"MAILBOX#{post.admin}")["unreachable"])


def test_a_mail_that_neither_the_owner_nor_the_administrator_got_is_held_until_a_replay_reaches_both(post):
    post.aws.control("ses", {"bounces": [post.owner, post.admin]})
    arrival = post.receive(a_mail())
    becomes_held(post, arrival)
    post.aws.control("ses", {"bounces": [], "suppressed": []})
    before = len(post.sent())
    post.replay(arrival["key"])
    post.aws.eventually(lambda: post.recorded(arrival)["outcome"] == "forwarded")
    assert len(post.sent()) == before + 1
    assert post.notices(f"X-Vended-Address: {post.account}")
    post.aws.eventually(lambda: not post.aws.item(f"MAILBOX#{post.admin}")["unreachable"])


def test_a_copy_that_bounced_does_not_count_where_the_administrator_cannot_be_sent_to(post):
    refused = {"service": "sesv2", "operation": "SendEmail", "when": "before", "error": "MessageRejected"}
    with post.aws.fault(**refused, match=f'"{post.admin}"', times=1_000):
        arrival = unreachable(post)
        post.aws.eventually(lambda: post.recorded(arrival).get("reason") == "refused")
    assert post.recorded(arrival)["outcome"] == "held"


def test_an_answer_of_a_machine_makes_nothing_held(post, publish):
    arrival = post.receive(a_mail())
    outcome = post.outcome(arrival)
    event = an_event("Bounce", post.owner, address=post.account)
    event["bounce"]["bounceType"] = "Transient"
    event["mail"] |= {
        "messageId": outcome["sent"][0]["sesMessageId"],
        "tags": {"mail": [arrival["messageId"]]},
    }
    publish(event)
    post.aws.eventually(lambda: not_through(post))
    assert post.recorded(arrival)["outcome"] == "forwarded"


def test_what_was_sent_is_known_from_its_record_where_ses_cuts_the_headers_of_its_event(post, publish):
    arrival = post.receive(a_mail())
    outcome = post.outcome(arrival)
    event = an_event("Bounce", post.owner, address="")
    event["mail"] |= {
        "headers": [],
        "messageId": outcome["sent"][0]["sesMessageId"],
        "tags": {"mail": [arrival["messageId"]]},
    }
    with post.aws.fault(
        service="dynamodb",
        operation="Scan",
        when="before",
        error="Timeout",
        principal="TrackDelivery",
        times=9,
    ):
        publish(event)
        post.aws.eventually(lambda: account(post).get("unreachable"))
        post.aws.eventually(lambda: post.notices(f"X-Vended-Address: {post.account}"))
    post.aws.eventually(lambda: about_the_owner(post))


def test_an_event_that_comes_before_its_mail_is_done_with_waits(hasty_post):
    post = hasty_post
    post.aws.control("ses", {"full": [post.owner]})
    fault = {"service": "dynamodb", "operation": "PutItem", "when": "before", "error": "ValidationException"}
    with post.aws.fault(**fault, principal="ForwardInbound", match=post.account, times=2):
        arrival = post.receive(a_mail())
        becomes_held(post, arrival)
    assert len(post.sent()) == 1


def test_of_many_mails_that_do_not_get_through_to_a_mailbox_only_some_are_told_of(post, publish):
    for hours in (0, 1):
        hour = datetime.now(UTC) + timedelta(hours=hours)
        post.put_item(pk=f"NOTICES#{post.owner}", sk=f"{hour:%Y-%m-%dT%H}#undelivered", count=9)
    for number in range(3):
        event = an_event("Bounce", post.owner, address=post.account)
        event["bounce"] |= {"bounceType": "Transient", "bounceSubType": "MailboxFull"}
        event["mail"]["messageId"] = f"full-{number}"
        publish(event)
    post.aws.eventually(lambda: sum("sentAt" in one for one in post.items(f"MAILBOX#{post.owner}")) == 3)
    assert len(post.notices(f"Subject: Very many mails do not get through: {post.owner}")) == 1
    assert len(not_through(post)) == 1
