"""In the SES sandbox, where only verified mailboxes get mail."""

from __future__ import annotations

from mail_builders import a_mail


def test_in_the_sandbox_an_unverified_owner_is_asked_once_and_the_administrator_gets_the_mail(post):
    post.aws.control("ses", {"sandbox": True, "verifiedIdentities": [post.admin]})
    raw = a_mail()
    for _ in range(3):
        assert post.outcome(post.receive(raw))["outcome"] == "forwarded"
    assert post.sent() == []
    assert len(post.notices(f"X-Vended-Address: {post.account}")) == 3
    assert len(post.notices(f"Owner not verified: {post.account}")) == 1
    asked = post.aws.calls("sesv2", "CreateEmailIdentity", containing=post.owner)
    assert [(one["status"], one["error"]) for one in asked] == [(200, None)] + [
        (400, "AlreadyExistsException")
    ] * 2


def test_in_the_sandbox_a_verified_owner_gets_the_mail(post):
    post.aws.control("ses", {"sandbox": True, "verifiedIdentities": [post.owner]})
    post.outcome(post.receive(a_mail()))
    assert len(post.sent()) == 1


def test_where_nobody_is_verified_the_mail_is_held_and_operations_told(post):
    post.aws.control("ses", {"sandbox": True, "unverifiedIdentities": [post.admin]})
    outcome = post.outcome(post.receive(a_mail()))
    assert (outcome["outcome"], outcome["reason"]) == ("held", "unverified")
    told = post.aws.calls("sns", "Publish", containing=post.account)
    assert [
        one for one in told if one["principal"] == "ForwardInbound" and "is held" in one["request"]["Message"]
    ]


def test_a_mail_held_for_its_unverified_owner_is_delivered_by_a_replay(post):
    post.aws.control("ses", {"sandbox": True, "verifiedIdentities": [post.admin]})
    arrival = post.receive(a_mail())
    post.outcome(arrival)
    post.aws.control("ses", {"sandbox": False})
    post.replay(arrival["key"])
    post.aws.eventually(post.sent)
    assert len(post.notices(f"X-Vended-Address: {post.account}")) == 1
