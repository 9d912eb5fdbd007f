"""An owner who gets no mail: the account is marked, the administrator told, and gets the mail instead."""

from __future__ import annotations

from mail_builders import a_mail
from mail_judge import text_of
from sent_mail_for_tests import about_the_owner, account, an_event, history, taken_in, unreachable


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


def test_the_welcome_that_bounces_marks_the_account_too(post):
    owner = f"gone-{post.unique}@example.com"
    post.aws.control("ses", {"bounces": [owner]})
    name = f"welcome-{post.unique}"
    vended = post.aws.vend({"owner": {"email": owner}, "account": {"name": name}})
    address = vended.output["account"]["address"]
    post.aws.eventually(lambda: account(post, address).get("unreachable"))
    [notice] = post.aws.eventually(lambda: post.notices(f"Owner unreachable: {address}"))
    assert text_of(notice, "to") == post.admin
