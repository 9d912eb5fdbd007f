"""An owner who gets no mail: the account is marked, the administrator told, and gets the mail instead."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from mail_builders import a_mail
from mail_judge import text_of, words_of

from workflows.mail.sent_events import EventUnreadable, Fate, read_event


@pytest.fixture
def publish(post):
    """Publishes what SES would tell."""

    def tell(event):
        [topic] = [
            one["TopicArn"]
            for one in post.aws.client("sns").list_topics()["Topics"]
            if "SendingTopic" in one["TopicArn"]
        ]
        post.aws.client("sns").publish(TopicArn=topic, Message=json.dumps(event))

    return tell


def account(post, address=None):
    return post.aws.item(f"ADDRESS#{address or post.account}")


def history(post, address=None):
    items = post.items(f"ADDRESS#{address or post.account}")
    return [item["what"] for item in items if item["sk"].startswith("HISTORY#")]


def unreachable(post):
    """Make the owner's mailbox bounce, and wait until that is known."""
    post.aws.control("ses", {"bounces": [post.owner]})
    arrival = post.receive(a_mail())
    post.outcome(arrival)
    post.aws.eventually(lambda: account(post).get("unreachable"))
    taken_in(post, post.owner)
    return arrival


def taken_in(post, mailbox):
    """Wait until all has followed from the bounce of a mailbox: its own record is the last thing written."""
    post.aws.eventually(lambda: (post.aws.item(f"MAILBOX#{mailbox}") or {}).get("unreachable"))


def about_the_owner(post):
    return post.notices(f"Subject: Owner unreachable: {post.account}")


def test_a_hard_bounce_marks_every_account_of_the_owner_and_tells_the_administrator_once(post):
    second, _ = post.address("second")
    post.own(second, post.owner.upper(), "other@example.com")
    unreachable(post)
    post.aws.eventually(lambda: account(post, second).get("unreachable"))
    for address in (post.account, second):
        assert account(post, address)["unreachableOwners"] == [post.owner]
        assert history(post, address) == ["UNREACHABLE"]
    [notice] = post.aws.eventually(lambda: about_the_owner(post))
    assert second.encode() in notice


def test_where_the_administrator_gets_no_mail_operations_is_told(post):
    post.aws.control("ses", {"sandbox": True, "verifiedIdentities": [post.owner]})
    post.aws.control("ses", {"unverifiedIdentities": [post.admin]})
    unreachable(post)
    about = f"The mailbox {post.owner}"
    [told] = post.aws.eventually(lambda: post.aws.calls("sns", "Publish", containing=about))
    assert told["principal"] == "TrackDelivery"
    assert f"does not send mail to the administrator {post.admin}" in told["request"]["Message"]
    assert about_the_owner(post) == []


def test_the_mail_that_bounced_reaches_the_administrator(post):
    unreachable(post)
    post.aws.eventually(lambda: post.notices(f"X-Vended-Address: {post.account}"))
    assert len(post.sent()) == 1


def test_a_bounce_does_not_come_back_as_a_mail(post):
    unreachable(post)
    stored = post.aws.client("s3").list_objects_v2(Bucket=post.bucket())["Contents"]
    small = [post.stored(one["Key"]) for one in stored if one["Size"] < 10_000]
    assert not [raw for raw in small if b"MAILER-DAEMON" in raw and post.owner.encode() in raw]


def test_from_then_on_mail_goes_to_the_administrator_too(post):
    unreachable(post)
    post.aws.eventually(lambda: post.notices(f"X-Vended-Address: {post.account}"))
    outcome = post.outcome(post.receive(a_mail(message_id=b"<2@example.org>")))
    assert sorted(one["to"] for one in outcome["sent"]) == sorted([post.owner, post.admin])
    assert len(post.notices(f"X-Vended-Address: {post.account}", "<2@example.org>")) == 1


def test_more_bounces_change_nothing_more(post):
    unreachable(post)
    post.aws.eventually(lambda: about_the_owner(post))
    for _ in range(3):
        post.outcome(post.receive(a_mail()))
    post.aws.eventually(lambda: len(post.notices(f"X-Vended-Address: {post.account}")) == 4)
    assert len(about_the_owner(post)) == 1
    assert history(post) == ["UNREACHABLE"]


def test_the_same_event_again_and_again_changes_nothing(post, publish):
    event = an_event("Bounce", post.owner, address=post.account)
    for _ in range(4):
        publish(event)
    post.aws.eventually(lambda: about_the_owner(post))
    publish(an_event("Bounce", post.owner, address=post.account, minutes=1))
    publish(an_event("Bounce", f"x{post.owner}", address=""))
    post.aws.eventually(lambda: post.aws.item(f"MAILBOX#x{post.owner}"))
    assert len(about_the_owner(post)) == 1
    assert history(post) == ["UNREACHABLE"]


def test_a_complaint_counts_like_a_bounce(post):
    post.aws.control("ses", {"complaints": [post.owner]})
    post.outcome(post.receive(a_mail()))
    post.aws.eventually(lambda: account(post).get("unreachable"))
    [notice] = post.aws.eventually(lambda: about_the_owner(post))
    assert b"complained about our mail" in notice


def test_mail_that_gets_through_later_takes_the_mark_away(post):
    unreachable(post)
    post.aws.eventually(lambda: about_the_owner(post))
    post.aws.control("ses", {"bounces": [], "suppressed": []})
    post.outcome(post.receive(a_mail()))
    post.aws.eventually(lambda: "unreachable" not in account(post))
    assert "unreachableOwners" not in account(post)
    assert history(post) == ["UNREACHABLE", "REACHABLE"]
    outcome = post.outcome(post.receive(a_mail()))
    assert [one["to"] for one in outcome["sent"]] == [post.owner]


def test_a_new_failure_after_that_is_told_again(post):
    unreachable(post)
    post.aws.eventually(lambda: about_the_owner(post))
    post.aws.control("ses", {"bounces": [], "suppressed": []})
    post.outcome(post.receive(a_mail()))
    post.aws.eventually(lambda: "unreachable" not in account(post))
    unreachable(post)
    post.aws.eventually(lambda: len(about_the_owner(post)) == 2)


def test_one_of_two_owners_coming_back_leaves_the_other_marked(post, publish):
    address, ann = post.address("two")
    _, bob = post.address("bob")
    post.own(address, ann, bob)
    for one in (ann, bob):
        publish(an_event("Bounce", one, address=address))
    post.aws.eventually(lambda: account(post, address).get("unreachableOwners") in ([ann, bob], [bob, ann]))
    taken_in(post, ann)
    publish(an_event("Delivery", ann, address=address, minutes=5))
    post.aws.eventually(lambda: account(post, address)["unreachableOwners"] == [bob])
    assert account(post, address)["unreachable"] is True


def test_a_delivery_that_was_under_way_proves_nothing(post, publish):
    publish(an_event("Bounce", post.owner, address=post.account, minutes=5))
    post.aws.eventually(lambda: account(post).get("unreachable"))
    publish(an_event("Delivery", post.owner, address=post.account, minutes=4))
    publish(an_event("Bounce", f"x{post.owner}", address="", minutes=4))
    post.aws.eventually(lambda: post.aws.item(f"MAILBOX#x{post.owner}"))
    assert account(post)["unreachable"] is True


def test_an_account_vended_after_the_bounce_is_marked_by_the_next_one(post, publish):
    publish(an_event("Bounce", post.owner, address=post.account))
    post.aws.eventually(lambda: account(post).get("unreachable"))
    late, _ = post.address("late")
    post.own(late, post.owner)
    publish(an_event("Bounce", post.owner, address=late, minutes=1))
    post.aws.eventually(lambda: account(post, late).get("unreachable"))


def test_a_mail_that_was_given_up_for_now_is_told_of_and_marks_nothing(post, publish):
    event = an_event("Bounce", post.owner, address=post.account)
    event["bounce"]["bounceType"] = "Transient"
    publish(event)
    [notice] = post.aws.eventually(lambda: post.notices(f"Mail did not get through: {post.account}"))
    assert b"may not have got it" in notice.replace(b"=\r\n", b"").replace(b"\r\n", b" ")
    assert f"vend mail list {post.account}".encode() in notice
    publish(an_event("Bounce", f"x{post.owner}", address=""))
    post.aws.eventually(lambda: post.aws.item(f"MAILBOX#x{post.owner}"))
    assert "unreachable" not in account(post)


def test_a_mailbox_that_is_forwarded_to_another_is_known_by_its_own_name(post, publish):
    event = an_event("Bounce", post.owner, address=post.account)
    event["bounce"]["bouncedRecipients"][0]["emailAddress"] = f"elsewhere-{post.unique}@mailhost.example"
    publish(event)
    post.aws.eventually(lambda: account(post).get("unreachable"))
    assert account(post)["unreachableOwners"] == [post.owner]


def test_a_mailbox_that_owns_nothing_is_told_of_too(post, publish):
    mailbox = f"copies-{post.unique}@example.com"
    publish(an_event("Bounce", mailbox, address=post.account))
    post.aws.eventually(lambda: post.notices(f"Mailbox unreachable: {mailbox}"))
    assert "unreachable" not in account(post)


def becomes_held(post, arrival, address=None):
    """Wait until a mail is held because nobody got it; what is recorded then."""
    post.aws.eventually(lambda: (post.recorded(arrival, address) or {}).get("reason") == "undelivered")
    outcome = post.recorded(arrival, address)
    assert outcome["outcome"] == "held"
    return outcome


def not_through(post, address=None):
    return post.notices(f"Mail did not get through: {address or post.account}")


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


def test_the_welcome_that_bounces_marks_the_account_too(post):
    owner = f"gone-{post.unique}@example.com"
    post.aws.control("ses", {"bounces": [owner]})
    name = f"welcome-{post.unique}"
    vended = post.aws.vend({"owner": {"email": owner}, "account": {"name": name}})
    address = vended.output["account"]["address"]
    post.aws.eventually(lambda: account(post, address).get("unreachable"))
    [notice] = post.aws.eventually(lambda: post.notices(f"Owner unreachable: {address}"))
    assert text_of(notice, "to") == post.admin


def an_event(kind, mailbox, *, address, minutes=0):
    """An event of SES about a mail to a mailbox, that many minutes from now."""
    at = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    at = at.replace("+00:00", "Z")
    details = {
        "Bounce": {
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": mailbox, "diagnosticCode": "smtp; 550 unknown"}],
                "timestamp": at,
            }
        },
        "Delivery": {"delivery": {"recipients": [mailbox], "timestamp": at}},
        "Complaint": {
            "complaint": {
                "complainedRecipients": [{"emailAddress": mailbox}],
                "complaintFeedbackType": "abuse",
                "timestamp": at,
            }
        },
        "Reject": {"reject": {"reason": "Bad content"}},
    }
    return {
        "eventType": kind,
        "mail": {
            "timestamp": at,
            "messageId": "0100-ses",
            "destination": [mailbox],
            "headers": [{"name": "X-Vended-Address", "value": address}],
            "tags": {},
        },
        **details.get(kind, {}),
    }


def test_an_event_is_read():
    [told] = read_event(json.dumps(an_event("Bounce", "Ann <ANN@Example.com>", address="a@x.org, b@x.org")))
    assert (told.fate, told.mailbox) == (Fate.BOUNCED, "ann@example.com")
    assert told.what == "answered with a hard bounce: smtp; 550 unknown"
    assert told.addresses == ("a@x.org", "b@x.org")


@pytest.mark.parametrize("kind", ["Send", "DeliveryDelay", "Open", "Something New"])
def test_an_event_of_another_kind_says_nothing(kind):
    assert read_event(json.dumps(an_event(kind, "ann@example.com", address=""))) == []


def test_what_is_no_spam_is_no_complaint():
    event = an_event("Complaint", "ann@example.com", address="")
    event["complaint"]["complaintFeedbackType"] = "not-spam"
    assert read_event(json.dumps(event)) == []


def test_what_ses_says_when_the_destination_is_made_says_nothing():
    text = "Successfully validated SNS topic for Amazon SES event publishing."
    assert read_event(text) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"eventType": "Bounce", "mail": {}}', "null"])
def test_what_is_no_event_is_named(text):
    with pytest.raises(EventUnreadable, match="is not SES's event"):
        read_event(text)
