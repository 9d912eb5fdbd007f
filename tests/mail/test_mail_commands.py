"""`vend mail` and `vend local deliver`: what an operator sees of mails and does with them."""

from __future__ import annotations

import json

import pytest
from mail_builders import a_mail
from mail_judge import complaints_about, values


def test_a_rewritten_mail_is_the_very_one_that_its_owner_gets(post):
    raw = a_mail(subject=b"Gr\xfc\xdfe", body=b"\0\xff\r\nx")
    post.outcome(post.receive(raw, mail_from="jane@example.org"))
    rewritten = post.vend("mail", "rewrite", "--for", post.account, "--owner", post.owner, given=raw)
    assert [rewritten] == post.sent()
    assert complaints_about(raw, rewritten) == []


def test_a_rewritten_mail_has_the_verdicts_and_the_sender_it_is_given(post):
    options = ["--verdict", "spam=gray", "--mail-from", ""]
    named = ["--for", post.account, "--owner", post.owner]
    got = post.vend("mail", "rewrite", *named, *options, given=a_mail())
    assert values(got, "x-vended-verdicts") == [b" spam=GRAY virus=PASS spf=PASS dkim=PASS dmarc=PASS\r\n"]
    assert values(got, "x-vended-envelope-from") == []


def test_a_mail_that_would_be_held_is_not_rewritten(post):
    named = ["--for", post.account, "--owner", post.owner]
    said = post.refused("mail", "rewrite", *named, "--verdict", "virus=FAIL", given=a_mail())
    assert said == ("The owner would not get it: it would be held, because Amazon SES found a virus in it.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--for", "x", "--owner", "o@example.com"], "--for 'x' must be a mail address"),
        (["--for", "a@aws.example.com", "--owner", "o"], "--owner 'o' must be a mail address"),
        (
            ["--for", "a@aws.example.com", "--owner", "o@example.com", "--verdict", "ham=FAIL"],
            "--verdict ham=FAIL is not NAME=VALUE with a name of spam, virus, spf, dkim, dmarc",
        ),
    ],
)
def test_wrong_usage_is_one_sentence(post, arguments, said):
    assert post.refused("mail", "rewrite", *arguments, given=a_mail(), code=2).startswith(said)


def test_the_mails_of_an_address_are_listed_with_what_became_of_each(post):
    forwarded, held = post.receive(a_mail()), post.receive(a_mail(), spam="FAIL")
    for arrival in (forwarded, held):
        post.outcome(arrival)
    listed = json.loads(post.vend("mail", "list", post.account.upper(), "--json"))
    assert {one["key"]: (one["outcome"], one.get("reason")) for one in listed} == {
        forwarded["key"]: ("forwarded", None),
        held["key"]: ("held", "spam"),
    }
    assert not {"pk", "sk", "run"} & set(listed[0])
    shown = post.vend("mail", "list", post.account).decode()
    for words in (forwarded["key"], "held (spam)", "Jane Doe (jane at example.org)", "Hello", post.owner):
        assert words in shown


def test_an_address_without_mail_is_said_to_have_none(post):
    assert post.vend("mail", "list", post.account).decode() == f"No mail came for {post.account}.\n"
    assert json.loads(post.vend("mail", "list", post.account, "--json")) == []


def test_all_held_mails_are_listed_those_of_unknown_addresses_too(post):
    unknown, _ = post.address("unknown")
    arrival = post.receive(a_mail(), unknown, spam="GRAY")
    post.outcome(arrival, unknown)
    held = json.loads(post.vend("mail", "held", "--json"))
    [found] = [one for one in held if one["key"] == arrival["key"]]
    assert (found["address"], found["reason"]) == (unknown, "unknown-address")
    assert arrival["key"] in post.vend("mail", "held").decode()


def test_a_replay_sends_nothing_to_those_who_got_the_mail(post):
    arrival = post.receive(a_mail())
    before = post.outcome(arrival)
    post.replay(arrival["key"])
    post.aws.eventually(lambda: post.recorded(arrival)["recordedAt"] > before["recordedAt"])
    assert len(post.sent()) == 1


def test_a_replay_again_sends_the_mail_once_more(post):
    arrival = post.receive(a_mail())
    post.outcome(arrival)
    [document] = json.loads(post.vend("mail", "replay", arrival["key"], "--again", "--json"))
    assert (document["key"], document["again"]) == (arrival["key"], True)
    post.aws.eventually(lambda: len(post.sent()) == 2)
    first, second = post.sent()
    assert first == second


def test_a_replay_delivers_what_was_held(post):
    arrival = post.receive(a_mail(), spam="FAIL")
    assert post.outcome(arrival)["reason"] == "spam"
    post.replay(f"s3://{arrival['bucket']}/{arrival['key']}")
    post.aws.eventually(lambda: post.recorded(arrival)["outcome"] == "forwarded")
    assert len(post.sent()) == 1


def test_a_replay_after_vending_the_address_reaches_the_new_owner(post):
    unknown, owner = post.address("late")
    arrival = post.receive(a_mail(), unknown, virus="GRAY")
    assert post.outcome(arrival, unknown)["reason"] == "unknown-address"
    post.own(unknown, owner)
    post.replay(arrival["key"])
    post.aws.eventually(lambda: post.sent(owner))


def test_a_virus_stays_held_in_a_replay(post):
    arrival = post.receive(a_mail(), virus="FAIL")
    before = post.outcome(arrival)
    post.replay(arrival["key"], "--again")
    post.aws.eventually(lambda: post.recorded(arrival)["recordedAt"] > before["recordedAt"])
    assert post.recorded(arrival)["reason"] == "virus"


def test_a_key_that_nobody_knows_is_named(post):
    said = post.refused("mail", "replay", "inbound/nothing")
    assert "keeps no notification for 'inbound/nothing'" in said
    assert "vend mail held" in said


def test_a_key_that_nobody_knows_stops_no_other(post):
    arrival = post.receive(a_mail(), spam="FAIL")
    post.outcome(arrival)
    result = post.run("mail", "replay", "inbound/nothing", arrival["key"], "--json")
    assert result.returncode == 1
    unknown, replayed = json.loads(result.stdout)
    assert (unknown["key"], unknown["error"]["name"]) == ("inbound/nothing", "MailNotFound")
    assert replayed["key"] == arrival["key"]
    post.aws.eventually(post.sent)


def test_a_redrive_of_nothing_says_so(hasty_post):
    hasty_post.redrive()
    assert hasty_post.redrive() == b"0 mails sent round again.\n"


def test_a_mail_is_delivered_from_a_file(post, tmp_path):
    file = tmp_path / "mail.eml"
    file.write_bytes(a_mail(body=b"from a file\xff\n"))
    to = ["--to", post.account, "--to", f"x@{post.account.split('@')[1]}"]
    stored = json.loads(post.vend("local", "deliver", str(file), *to, "--verdict", "spam=GRAY", "--json"))
    outcome = post.outcome(stored)
    assert outcome["verdicts"]["spam"] == "GRAY"
    [got] = post.sent()
    assert got.endswith(b"from a file\xff\n")
    assert values(got, "x-vended-envelope-from") == [b" jane@example.org\r\n"]


def test_a_mail_that_no_rule_takes_is_refused(post, tmp_path):
    file = tmp_path / "mail.eml"
    file.write_bytes(a_mail())
    said = post.refused("local", "deliver", str(file), "--to", "someone@sub.aws.example.com")
    assert "takes mail for someone@sub.aws.example.com" in said


def test_a_file_that_is_not_there_is_named(post):
    assert post.refused("local", "deliver", "/nowhere.eml", "--to", post.account) == (
        "/nowhere.eml: cannot be read: No such file or directory.\n"
    )
