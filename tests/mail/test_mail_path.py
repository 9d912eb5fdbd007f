"""A mail from SES to its owner, through bucket, topic, queue, function and SES, on the local AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from mail_builders import a_mail
from mail_judge import attachment_of, complaints_about, parts, text_of, values, words_of

PASSED = dict.fromkeys(("spam", "virus", "spf", "dkim", "dmarc"), "PASS")
FROM_AWS = {"from": b"AWS <no-reply@signin.aws>", "subject": b"Reset your root password"}


def test_a_mail_reaches_the_owner_of_its_address(post):
    raw = a_mail(body=b"Ein Gru\xdf\0\r\n")
    outcome = post.outcome(post.receive(raw))
    [got] = post.sent()
    assert complaints_about(raw, got) == []
    assert parts(got)[1] == b"Ein Gru\xdf\0\r\n"
    assert values(got, "x-vended-address") == [f" {post.account}\r\n".encode()]
    assert text_of(got, "from") == '"Jane Doe (jane at example.org)" <forwarder@aws.example.com>'
    assert text_of(got, "reply-to") == '"Jane Doe" <jane@example.org>'
    assert (outcome["outcome"], outcome["category"]) == ("forwarded", "other")


def test_what_became_of_a_mail_is_on_record_for_its_address(post):
    arrival = post.receive(a_mail(subject=b"=?utf-8?q?Gr=C3=BC=C3=9Fe?="), spam="GRAY")
    outcome = post.outcome(arrival)
    assert outcome["subject"] == "Grüße"
    assert outcome["from"] == "Jane Doe (jane at example.org)"
    assert outcome["verdicts"] == {**PASSED, "spam": "GRAY"}
    assert (outcome["bucket"], outcome["key"]) == (arrival["bucket"], arrival["key"])
    assert [(one["to"], one["kind"]) for one in outcome["sent"]] == [(post.owner, "forward")]
    assert outcome["accountId"] == "111122223333"
    assert outcome["expiresAt"] > 0


def test_a_mail_is_announced_without_its_text(post):
    arrival = post.receive(a_mail(**FROM_AWS, body=b"code 123456\r\n"))
    post.outcome(arrival)
    [event] = post.events()
    assert event["messageId"] == arrival["messageId"]
    assert event["account"] == {
        "id": "111122223333",
        "name": post.account.split("@")[0],
        "address": post.account,
    }
    assert event["owner"] == {"email": [post.owner], "name": "Payments team"}
    assert (event["category"], event["outcome"], event["reason"]) == ("password-reset", "forwarded", "")
    assert event["verdicts"] == PASSED
    assert event["key"] == arrival["key"]
    assert "123456" not in json.dumps(event)
    assert "Reset your" not in json.dumps(event)


def test_the_notification_is_kept_beside_the_mail(post):
    arrival = post.receive(a_mail(), spf="GRAY")
    post.outcome(arrival)
    kept = json.loads(post.stored(f"{arrival['key']}.json"))
    assert kept["mail"]["messageId"] == arrival["messageId"]
    assert kept["receipt"]["spfVerdict"] == {"status": "GRAY"}
    assert kept["receipt"]["recipients"] == [post.account]
    assert post.stored(arrival["key"]) == a_mail()


def test_three_owners_get_a_mail_once_each_and_see_which_address_it_was_for(post):
    first, ann = post.address("a")
    second, bob = post.address("b")
    third, eve = post.address("c")
    fourth, _ = post.address("d")
    post.own(first, ann)
    post.own(second, bob)
    post.own(third, eve)
    post.own(fourth, eve)
    to = [first.upper(), second.replace("@", "+tag@"), third, fourth.replace("@", "+a+b@").upper()]
    arrival = post.receive(a_mail(to=b"undisclosed-recipients:;"), *to)
    for address in (first, second, third, fourth):
        assert post.outcome(arrival, address)["outcome"] == "forwarded"
    shown = [[text_of(raw, "x-vended-address") for raw in post.sent(owner)] for owner in (ann, bob, eve)]
    assert shown == [[first], [second], [f"{third}, {fourth}"]]


def test_every_address_of_an_owner_gets_the_mail(post):
    address, ann = post.address("both")
    _, bob = post.address("second")
    post.own(address, ann, bob)
    post.outcome(post.receive(a_mail(), address), address)
    assert [len(post.sent(one)) for one in (ann, bob)] == [1, 1]


def test_an_account_without_owner_is_the_administrators(post):
    address, _ = post.address("nobody")
    post.own(address, needsOwner=True)
    assert post.outcome(post.receive(a_mail(), address), address)["outcome"] == "forwarded"
    assert len(post.notices(f"X-Vended-Address: {address}")) == 1


def test_mail_for_an_unknown_address_goes_to_the_administrator_when_verdicts_vouch_for_it(post):
    unknown, _ = post.address("unknown")
    outcome = post.outcome(post.receive(a_mail(), unknown), unknown)
    assert outcome["outcome"] == "forwarded"
    assert len(post.notices(f"X-Vended-Address: {unknown}")) == 1
    [event] = post.events(unknown)
    assert (event["known"], event["account"]) == (False, {"address": unknown})


@pytest.mark.parametrize("gray", ["virus", "spam"])
def test_other_mail_for_an_unknown_address_is_held_and_the_administrator_told(post, gray):
    unknown, _ = post.address("unknown")
    outcome = post.outcome(post.receive(a_mail(), unknown, **{gray: "GRAY"}), unknown)
    assert (outcome["outcome"], outcome["reason"]) == ("held", "unknown-address")
    assert len(post.notices(f"Subject: Mail held for {unknown}")) == 1
    assert not post.notices(f"X-Vended-Address: {unknown}")


def test_without_any_authentication_mail_for_an_unknown_address_is_held(post):
    unknown, _ = post.address("unknown")
    arrival = post.receive(a_mail(), unknown, spf="GRAY", dkim="GRAY", dmarc="GRAY")
    assert post.outcome(arrival, unknown)["reason"] == "unknown-address"


def test_a_virus_is_held_and_the_owner_told(post):
    outcome = post.outcome(post.receive(a_mail(body=b"EVIL\r\n"), virus="FAIL"))
    assert (outcome["outcome"], outcome["reason"]) == ("held", "virus")
    [notice] = post.sent()
    assert text_of(notice, "subject") == f"Mail with a virus held for {post.account}"
    assert b"EVIL" not in notice
    [event] = post.events()
    assert (event["outcome"], event["reason"]) == ("held", "virus")


def test_spam_is_held_and_the_administrator_told(post):
    outcome = post.outcome(post.receive(a_mail(), spam="FAIL"))
    assert (outcome["outcome"], outcome["reason"]) == ("held", "spam")
    assert post.sent() == []
    [notice] = post.notices(f"Mail held for {post.account}")
    assert f"vend mail replay s3://{post.bucket()}/{outcome['key']}" in words_of(notice).split("    ")[-1]


def test_what_aws_provably_sent_is_no_spam(post):
    outcome = post.outcome(post.receive(a_mail(**FROM_AWS), spam="FAIL"))
    assert (outcome["outcome"], outcome["category"]) == ("forwarded", "password-reset")
    assert len(post.sent()) == 1


def test_what_only_claims_to_be_aws_is_not_categorised_as_aws(post):
    outcome = post.outcome(post.receive(a_mail(**FROM_AWS), dkim="FAIL", dmarc="FAIL"))
    assert (outcome["outcome"], outcome["category"]) == ("forwarded", "other")


@pytest.mark.parametrize("verdict", ["GRAY", "PROCESSING_FAILED", "DISABLED", "SOMETHING_NEW"])
def test_no_verdict_but_fail_ever_stops_a_mail(post, verdict):
    arrival = post.receive(a_mail(), **dict.fromkeys(PASSED, verdict))
    assert post.outcome(arrival)["outcome"] == "forwarded"
    assert len(post.sent()) == 1


def test_a_mail_that_comes_back_is_held(post):
    post.outcome(post.receive(a_mail()))
    [ours] = post.sent()
    again = post.receive(ours)
    assert post.outcome(again)["reason"] == "loop"
    assert len(post.sent()) == 1


def test_mail_to_the_forwarder_itself_is_held(post):
    forwarder = "forwarder@aws.example.com"
    arrival = post.receive(a_mail(), forwarder, post.account)
    assert post.outcome(arrival, forwarder)["reason"] == "loop"
    assert post.outcome(arrival)["outcome"] == "forwarded"


@pytest.mark.parametrize(
    "headers",
    [
        {"auto_submitted": b"auto-replied", "precedence": b"bulk"},
        {"list_id": b"<x.example.org>"},
        {"content_type": b"multipart/report; report-type=delivery-status; boundary=x"},
    ],
)
def test_a_bounce_or_automatic_mail_is_forwarded_and_never_answered(post, headers):
    assert post.outcome(post.receive(a_mail(**headers), mail_from=""))["outcome"] == "forwarded"
    assert len(post.sent()) == 1


def test_a_line_that_ses_refuses_brings_the_mail_as_an_attachment(post):
    raw = a_mail(body=b"x" * 1200 + b"\r\n")
    outcome = post.outcome(post.receive(raw))
    [got] = post.sent()
    assert attachment_of(got) == raw
    assert (outcome["outcome"], outcome["sent"][0]["kind"]) == ("forwarded", "attachment")


@pytest.mark.parametrize("to", [b"undisclosed-recipients:;", b"root, Doe, Jane <j@example.org>", b""])
def test_recipients_that_ses_cannot_read_do_not_keep_a_mail_from_being_forwarded(post, to):
    outcome = post.outcome(post.receive(a_mail(to=to)))
    assert [one["kind"] for one in outcome["sent"]] == ["forward"]
    [got] = post.sent()
    assert values(got, "x-original-to") == [b" " + to + b"\r\n"]


def test_a_name_that_ses_would_refuse_is_shortened_and_the_mail_forwarded(post):
    name = "Bücher und Zeitschriften für Ökonomie, Öffentlichkeit und Übersetzung " * 3
    outcome = post.outcome(post.receive(a_mail(**{"from": f'"{name}" <jane@example.org>'.encode()})))
    assert [one["kind"] for one in outcome["sent"]] == ["forward"]
    [got] = post.sent()
    assert text_of(got, "from").endswith("(jane at example.org) <forwarder@aws.example.com>")
    assert text_of(got, "from").startswith("Bücher und Zeitschriften")


def test_headers_that_a_stranger_hid_behind_a_bare_cr_stay_in_the_body(post):
    hidden = b"x:\r\nFrom: Mallory <m@evil.example>\r\nX-SES-CONFIGURATION-SET: theirs\r\n\r\nbody"
    arrival = post.receive(b"Subject: hi\r\nFrom: AWS <no-reply@signin.aws>\r\r" + hidden)
    outcome = post.outcome(arrival)
    assert [one["kind"] for one in outcome["sent"]] == ["forward"]
    assert outcome["category"] == "other"
    [got] = post.sent()
    assert got.endswith(b"\r\n\r\n" + hidden)
    assert b"\r" not in got.removesuffix(hidden).replace(b"\r\n", b"")


def a_mail_of(size):
    """A mail of so many bytes, in lines."""
    line = b"0123456789abcdef" * 4 + b"\r\n"
    head = a_mail(body=b"")
    body = line * ((size - len(head)) // len(line) + 1)
    return head + body[: size - len(head) - 2] + b"\r\n"


def test_a_mail_of_39_mb_arrives(post):
    raw = a_mail_of(39 * 1024 * 1024)
    assert post.outcome(post.receive(raw))["outcome"] == "forwarded"
    [got] = post.sent()
    assert parts_end_alike(raw, got)


def parts_end_alike(raw, got):
    """Whether both have the same body, without splitting 40 MB into lines."""
    return raw.partition(b"\r\n\r\n")[2] == got.partition(b"\r\n\r\n")[2]


def test_a_mail_of_40_mb_ends_as_a_notice_that_names_the_way_to_it(post):
    outcome = post.outcome(post.receive(a_mail_of(40 * 1024 * 1024)))
    [notice] = post.sent()
    assert text_of(notice, "subject") == "Mail not forwarded: Hello"
    assert f"aws s3 cp s3://{post.bucket()}/{outcome['key']} mail.eml" in words_of(notice)
    assert b"41,943,040 bytes" in notice
    assert (outcome["outcome"], outcome["reason"]) == ("held", "too-large")
    assert len(post.stored(outcome["key"])) == 40 * 1024 * 1024


def test_too_many_held_mails_are_told_of_in_one_last_word(post):
    for hours in (0, 1):
        post.put_item(
            pk=f"NOTICES#{post.owner}",
            sk=f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H}#virus",
            count=100,
        )
    for _ in range(3):
        assert post.outcome(post.receive(a_mail(), virus="FAIL"))["reason"] == "virus"
    [last] = post.sent()
    assert text_of(last, "subject") == "Very many mails held (virus)"
