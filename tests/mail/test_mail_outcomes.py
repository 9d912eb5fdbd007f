"""What is counted of a mail: its fate for the dashboard, and what needs a person for the alarm."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from mail_builders import VENDED, an_account, rules

from workflows.mail.category import Category
from workflows.mail.outcomes import Outcome, metrics_of
from workflows.mail.plan import HeldReason
from workflows.mail.routing import Addressee
from workflows.mail.settings import MailSettings

KNOWN = Addressee(VENDED, VENDED, an_account("ann@example.com"))
UNKNOWN = Addressee("x@aws.example.com", "x@aws.example.com")
RINGS = ("MailHeld", {})
"""The metric that the alarm watches: with no further dimension."""


def counted(held, addressee=KNOWN):
    return metrics_of(Outcome(addressee=addressee, category=Category.BILLING, held=held))


def test_a_forwarded_mail_is_counted_by_category():
    assert counted(None) == [("MailForwarded", {"Category": "billing"})]


@pytest.mark.parametrize("reason", HeldReason)
def test_a_held_mail_is_counted_by_reason_and_rings_unless_anybody_could_have_sent_it(reason):
    by_reason, *more = counted(reason)
    assert by_reason == ("MailHeld", {"Reason": reason})
    assert more == ([] if reason in ("spam", "unknown-address") else [RINGS])


def test_a_virus_for_an_address_that_was_never_vended_rings_nobody():
    assert RINGS not in counted(HeldReason.VIRUS, UNKNOWN)
    assert RINGS in counted(HeldReason.LOOP, UNKNOWN)


def run(code):
    """Run a bit of a function's code where no AWS is; the metrics it writes, as (name, dimensions)."""
    settings = MailSettings(
        table_name="table",
        domain="aws.example.com",
        forward_from=rules().forward_from,
        administrator="a@b.org",
    )
    environment = {
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_MAX_ATTEMPTS": "1",
        "POWERTOOLS_SERVICE_NAME": "mail",
        "POWERTOOLS_METRICS_NAMESPACE": "AccountVending",
        "PATH": os.environ["PATH"],
        **settings.to_environment(),
    }
    finished = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    written = [one for one in map(json.loads, finished.stdout.splitlines()) if "_aws" in one]
    return [
        (metric["Name"], *one["Dimensions"])
        for document in written
        for one in document["_aws"]["CloudWatchMetrics"]
        for metric in one["Metrics"]
    ]


def test_a_metric_is_written_with_its_service_and_its_dimensions_alone():
    code = "from handlers.runtime import count; count('MailHeld'); count('MailHeld', Reason='spam')"
    assert run(code) == [("MailHeld", ["service"]), ("MailHeld", ["service", "Reason"])]


COMES_AGAIN = """
from types import SimpleNamespace
from handlers.forward_inbound import handler
record = {"messageId": "m-1", "receiptHandle": "r-1", "body": "nonsense"}
record["attributes"] = {"ApproximateReceiveCount": "1"}
context = SimpleNamespace(
    function_name="f", memory_limit_in_mb=1, invoked_function_arn="arn", aws_request_id="id",
    get_remaining_time_in_millis=lambda: 90_000,
)
answer = handler({"Records": [{**record, "eventSource": "aws:sqs"}]}, context)
assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}, answer
"""


def test_a_mail_that_has_to_come_again_is_counted():
    assert run(COMES_AGAIN) == [("MailComesAgain", ["service"])]
