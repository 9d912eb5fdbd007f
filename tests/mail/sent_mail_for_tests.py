"""What SES tells of mails that were sent, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mail_builders import a_mail


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


def becomes_held(post, arrival, address=None):
    """Wait until a mail is held because nobody got it; what is recorded then."""
    post.aws.eventually(lambda: (post.recorded(arrival, address) or {}).get("reason") == "undelivered")
    outcome = post.recorded(arrival, address)
    assert outcome["outcome"] == "held"
    return outcome


def not_through(post, address=None):
    return post.notices(f"Mail did not get through: {address or post.account}")
