"""`vend transfer`: another owner, told to everybody concerned, with its history."""

from __future__ import annotations

import base64
import json

import pytest


@pytest.fixture
def account(vend, unique):
    """A vended account, as its outcome."""
    owner = {"email": f"old-{unique}@example.com", "name": "Old team"}
    return vend.json("request", vend.request("moving", owner=owner), "--watch")["account"]


def reports(aws, containing):
    """What operations was told, as machines read it."""
    calls = aws.calls("sns", "Publish", containing=containing)
    return [json.loads(json.loads(one["request"]["Message"])["sqs"]) for one in calls]


def test_a_transfer_changes_the_owner_and_tells_everybody(vend, aws, unique, account):
    new = f"new-{unique}@example.com"
    why = f"Reorganisation {unique}"
    changed = vend.json("transfer", account["id"], "--to", new, "--reason", why, "--name", "New team")
    assert changed["outcome"] == "changed"
    assert changed["owner"] == {"email": [new], "name": "New team"}
    assert changed["before"] == [f"old-{unique}@example.com"]
    item = aws.item(f"ADDRESS#{account['address']}")
    assert (item["ownerEmails"], item["ownerName"], "ownerChange" in item) == ([new], "New team", False)
    for address in (new, f"old-{unique}@example.com"):
        mail = aws.mails(to=address, about=account["address"])[-1]
        assert why in mail.get_content()
        assert new in mail.get_content()
    [told] = reports(aws, why)
    assert (told["event"], told["accountId"], told["before"]) == (
        "ownerChanged",
        account["id"],
        [f"old-{unique}@example.com"],
    )


def test_show_prints_who_changed_the_owner_and_why(vend, account, unique):
    vend("transfer", account["address"], "--to", f"new-{unique}@example.com", "--reason", "because of that")
    entry = vend.json("show", account["address"])["history"][-1]
    assert entry["what"] == "OWNER_CHANGED"
    assert entry["who"].startswith("arn:aws:")
    for told in ("because of that", f"old-{unique}@", f"new-{unique}@"):
        assert told in entry["why"]
    assert "OWNER_CHANGED" in vend("show", account["address"]).stdout


def test_a_repeated_transfer_changes_and_tells_nothing(vend, aws, unique, account):
    words = ("transfer", account["name"], "--to", f"new-{unique}@example.com", "--reason", f"why {unique}")
    assert vend(*words).exit_code == 0
    again = vend.json(*words)
    assert again["outcome"] == "unchanged"
    assert len(reports(aws, f"why {unique}")) == 1
    assert len(aws.mails(to=f"new-{unique}@example.com")) == 1
    assert "already" in vend(*words).stderr


def test_an_owner_who_was_needed_or_unreachable_is_known_and_reachable_again(vend, aws, unique, account):
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["TableName"],
        Key={"pk": {"S": f"ADDRESS#{account['address']}"}, "sk": {"S": "STATE"}},
        UpdateExpression="SET needsOwner = :yes, unreachable = :yes, unreachableOwners = :who",
        ExpressionAttributeValues={":yes": {"BOOL": True}, ":who": {"L": [{"S": "x@example.com"}]}},
    )
    vend("transfer", account["id"], "--to", f"new-{unique}@example.com", "--reason", "found one")
    item = aws.item(f"ADDRESS#{account['address']}")
    assert not {"needsOwner", "unreachable", "unreachableOwners"} & item.keys()
    assert len(aws.mails(to=f"old-{unique}@example.com", about=account["address"])) == 1


@pytest.mark.parametrize(
    ("to", "why"), [("nobody", "must be a mail address"), ("x@aws.example.com", "go round for ever")]
)
def test_an_address_that_may_not_own_is_refused(vend, aws, account, to, why):
    before = aws.item(f"ADDRESS#{account['address']}")
    refused = vend("transfer", account["id"], "--to", to, "--reason", "x")
    assert refused.exit_code == 1
    assert why in refused.stderr
    assert aws.item(f"ADDRESS#{account['address']}") == before


def test_an_account_nobody_knows_is_refused(vend):
    refused = vend("transfer", "999999999999", "--to", "a@example.com", "--reason", "x")
    assert refused.exit_code == 1
    assert "999999999999" in refused.stderr


def test_a_transfer_needs_one_account_or_an_owner(vend):
    for words in ((), ("a@aws.example.com", "--owner", "a@example.com")):
        assert vend("transfer", *words, "--to", "b@example.com", "--reason", "x").exit_code == 2


def test_all_accounts_of_an_owner_are_transferred_and_other_owners_stay(vend, aws, unique):
    old, new, other = (f"{one}-{unique}@example.com" for one in ("old", "new", "other"))
    first = vend.json("request", vend.request("one", owner={"email": old}), "--watch")["account"]
    both = vend.json("request", vend.request("two", owner={"email": [other, old]}), "--watch")["account"]
    words = ("transfer", "--owner", old.upper(), "--to", new, "--reason", "the team was split")
    results = vend.json(*words)
    assert {one["address"]: one["outcome"] for one in results} == {
        first["address"]: "changed",
        both["address"]: "changed",
    }
    assert aws.item(f"ADDRESS#{first['address']}")["ownerEmails"] == [new]
    assert aws.item(f"ADDRESS#{both['address']}")["ownerEmails"] == [other, new]
    assert vend.json(*words) == []
    assert "owns no account" in vend(*words).stderr


def test_accounts_of_an_owner_whose_transfer_was_not_told_are_found_again(vend, aws, unique, account):
    words = ("transfer", "--owner", f"old-{unique}@example.com", "--to", f"new-{unique}@example.com")
    with aws.fault(service="sesv2", operation="SendEmail", when="before", error="TooManyRequestsException"):
        assert vend(*words, "--reason", f"why {unique}").exit_code == 1
    assert aws.item(f"ADDRESS#{account['address']}")["ownerEmails"] == [f"new-{unique}@example.com"]
    [told] = vend.json(*words, "--reason", f"why {unique}")
    assert (told["address"], told["outcome"]) == (account["address"], "changed")
    assert len(aws.mails(to=f"new-{unique}@example.com")) == 1
    assert len(reports(aws, f"why {unique}")) == 1


def test_what_aws_denies_loses_no_word_of_what_was_done(vend, aws, unique):
    old, new = f"old-{unique}@example.com", f"new-{unique}@example.com"
    for name in ("one", "two"):
        vend.json("request", vend.request(name, owner={"email": old}), "--watch")
    denied = {"service": "lambda", "operation": "Invoke", "when": "before", "error": "AccessDeniedException"}
    with aws.fault(**denied, match=f"two-{unique}"):
        [done] = vend.json("transfer", "--owner", old, "--to", new, "--reason", "x", exit_code=1)
    assert (done["accountName"], done["outcome"]) == (f"one-{unique}", "changed")


def test_a_letter_that_ses_refuses_does_not_stop_the_transfer(vend, aws, unique, account):
    with aws.fault(service="sesv2", operation="SendEmail", when="before", error="MessageRejected", times=2):
        shown = vend("transfer", account["id"], "--to", f"new-{unique}@example.com", "--reason", "x")
    assert shown.exit_code == 0
    assert "SES would not tell" in shown.stderr
    assert aws.item(f"ADDRESS#{account['address']}")["ownerEmails"] == [f"new-{unique}@example.com"]


def test_what_could_not_be_told_is_told_by_the_next_try(vend, aws, unique, account):
    words = ("transfer", account["id"], "--to", f"new-{unique}@example.com", "--reason", f"why {unique}")
    with aws.fault(service="sesv2", operation="SendEmail", when="before", error="TooManyRequestsException"):
        assert vend(*words).exit_code == 1
    assert vend(*words).exit_code == 0
    assert len(aws.mails(to=f"new-{unique}@example.com")) == 1
    assert len(reports(aws, f"why {unique}")) == 1


def test_a_mail_in_the_queue_goes_to_the_new_owner(vend, aws, unique, account):
    new, old = f"new-{unique}@example.com", f"old-{unique}@example.com"
    raw = f"From: AWS <no-reply@amazon.com>\r\nSubject: Code {unique}\r\n\r\n123456\r\n".encode()

    def subjects(owner):
        return [mail["Subject"] for mail in aws.mails(to=owner)]

    with aws.fault(
        service="sesv2",
        operation="SendEmail",
        when="before",
        error="TooManyRequestsException",
        principal="ForwardInbound",
        times=10_000,
    ):
        mail = {"raw": base64.b64encode(raw).decode(), "recipients": [account["address"]]}
        aws.control("ses/receive", {**mail, "mailFrom": "no-reply@amazon.com", "verdicts": {"dmarc": "PASS"}})
        aws.eventually(lambda: aws.calls("sesv2", "SendEmail", containing=old)[1:])
        assert vend("transfer", account["id"], "--to", new, "--reason", "urgent").exit_code == 0
    aws.eventually(lambda: f"Code {unique}" in subjects(new))
    assert f"Code {unique}" not in subjects(old)
