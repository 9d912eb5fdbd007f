"""A claim keeps two attempts from sending the same mail, and never keeps a mail from being sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from mail_builders import a_mail, an_inbound_mail

from workflows.mail.courier import Courier, OutOfTime
from workflows.mail.envelope import Replay
from workflows.mail.header_block import read_original
from workflows.mail.losses import Losses
from workflows.mail.records import Attempt, MailRecords, copy_key
from workflows.mail.routing import Addressee, Delivery, Role
from workflows.mail.sent_events import Fate, SentEvent
from workflows.vending.errors import MailBusy
from workflows.vending.registry import Registry

NOW = datetime(2025, 4, 1, 10, 0, tzinfo=UTC)
SENT = {"to": "ann@example.com", "kind": "forward", "sesMessageId": "0100", "reason": ""}


@pytest.fixture
def records(aws):
    return MailRecords(Registry(aws.client("dynamodb"), aws.outputs["TableName"]), keep_days=400)


@pytest.fixture
def key(unique):
    return copy_key(an_inbound_mail(message_id=unique), "Ann@example.com")


def attempt(name="first", *, message="m-1", receive=1):
    return Attempt(id=name, message=message, receive=receive)


def test_a_first_claim_holds(records, key):
    assert records.claim(key, attempt(), NOW) is None


def test_a_claim_whose_answer_was_lost_is_still_mine(records, key):
    records.claim(key, attempt(), NOW)
    assert records.claim(key, attempt(), NOW) is None


@pytest.mark.parametrize(
    "other",
    [
        attempt("other", message="m-2"),
        attempt("other"),
        attempt("other", receive=1, message="m-1"),
        attempt("other", message="m-2", receive=7),
    ],
)
def test_nobody_else_may_send_meanwhile(records, key, other):
    records.claim(key, attempt(), NOW)
    with pytest.raises(MailBusy):
        records.claim(key, other, NOW + timedelta(seconds=119))


def test_the_next_receive_of_the_same_message_takes_over(records, key):
    records.claim(key, attempt(), NOW)
    assert records.claim(key, attempt("second", receive=2), NOW) is None
    with pytest.raises(MailBusy):
        records.claim(key, attempt(), NOW)


def test_a_claim_that_was_left_behind_is_free_after_two_minutes(records, key):
    records.claim(key, attempt(), NOW)
    later = NOW + timedelta(seconds=121)
    assert records.claim(key, attempt("other", message="m-2"), later) is None


def test_what_was_sent_is_never_claimed_again(records, key):
    records.claim(key, attempt(), NOW)
    records.sent(key, NOW, SENT)
    for other in (attempt(), attempt("other", message="m-2"), attempt("third", receive=3)):
        assert records.claim(key, other, NOW + timedelta(days=300))["sesMessageId"] == "0100"


def test_a_released_or_refused_claim_is_free_at_once(records, key):
    records.claim(key, attempt(), NOW)
    records.release(key, attempt())
    assert records.claim(key, attempt("other", message="m-2"), NOW) is None
    records.refused(key, "not this one")
    assert records.claim(key, attempt("third", message="m-3"), NOW) is None


def test_a_claim_that_another_attempt_took_over_is_not_released(records, key):
    records.claim(key, attempt(), NOW)
    records.claim(key, attempt("second", receive=2), NOW)
    records.release(key, attempt())
    with pytest.raises(MailBusy):
        records.claim(key, attempt("other", message="m-2"), NOW)


def test_a_replay_has_records_of_its_own_only_when_it_sends_again():
    mail = an_inbound_mail()
    assert copy_key(an_inbound_mail(replay=Replay("r")), "a@b.c") == copy_key(mail, "a@b.c")
    assert copy_key(an_inbound_mail(replay=Replay("r", again=True)), "a@b.c") != copy_key(mail, "a@b.c")


def test_no_copy_is_begun_when_there_is_no_time_to_end_it():
    courier = Courier(
        mail=an_inbound_mail(),
        original=read_original(a_mail()),
        plan=None,
        rules=None,
        sender=None,
        seconds_left=lambda: 29.9,
    )
    with pytest.raises(OutOfTime):
        courier.deliver(Delivery("ann@example.com", Role.OWNER, (Addressee("x", "x"),)))


@pytest.fixture
def losses(records):
    return Losses(records=records, administrator="cloud-team@example.com", held=lambda: None)


def a_bounce(mail, message_id="0100"):
    return SentEvent(
        fate=Fate.BOUNCED,
        mailbox="ann@example.com",
        what="answered with a hard bounce",
        at=NOW,
        sent_at=NOW,
        message_id=message_id,
        mail=mail,
    )


def test_what_follows_from_a_copy_waits_until_it_is_known_whether_it_was_sent(records, losses, key, unique):
    event = a_bounce(unique)
    assert losses.copy_of(event) is None
    records.claim(key, attempt(), NOW)
    with pytest.raises(MailBusy):
        losses.copy_of(event)
    records.sent(key, NOW, SENT)
    assert losses.copy_of(event).sent_at


def test_an_event_about_a_copy_whose_answer_was_lost_is_not_about_the_one_on_record(
    records, losses, key, unique
):
    records.claim(key, attempt(), NOW)
    records.sent(key, NOW, SENT)
    assert losses.copy_of(a_bounce(unique, "0099")) is None


def test_a_copy_that_was_sent_once_more_is_not_lost_by_what_became_of_the_first(records, losses, key, unique):
    records.claim(key, attempt(), NOW)
    records.sent(key, NOW, SENT)
    first = losses.copy_of(a_bounce(unique))
    records.forget(key)
    records.claim(key, attempt("again", message="m-2"), NOW)
    records.sent(key, NOW, SENT | {"sesMessageId": "0200"})
    losses.mark(first, a_bounce(unique))
    assert losses.copy_of(a_bounce(unique, "0200")).stands
