"""What SES says of a sent mail is read as it is meant, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from sent_mail_for_tests import an_event

from workflows.mail.sent_events import EventUnreadable, Fate, read_event


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
