"""TrackDelivery: takes in what SES tells of the mails that were sent."""

from __future__ import annotations

import os
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.runtime import count, logger, metrics, now, registry
from workflows.mail.administrator import Administrator
from workflows.mail.inbound_queue import InboundQueue
from workflows.mail.losses import Losses
from workflows.mail.mail_store import MailStore
from workflows.mail.mailboxes import Mailboxes
from workflows.mail.outcomes import metrics_of_held
from workflows.mail.plan import HeldReason
from workflows.mail.records import Attempt, MailRecords
from workflows.mail.sending import Sender
from workflows.mail.sent_events import Fate, read_event
from workflows.mail.settings import MailSettings
from workflows.mail.tracking import Tracking
from workflows.vending.mailer import Mailer
from workflows.vending.one_attempt import ONE_ATTEMPT
from workflows.vending.operations import Operations

settings = MailSettings.from_environment(os.environ)
table = registry()
records = MailRecords(table, keep_days=settings.mail_retention_days)
mailer = Mailer(boto3.client("sesv2", config=ONE_ATTEMPT), settings.configuration_set)
operations = Operations(boto3.client("sns"), settings.operations_topic_arn)
store = MailStore(boto3.client("s3"))
queue = InboundQueue(boto3.client("sqs"), settings.inbound_queue_url)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Take in the events of one notification."""
    for record in event["Records"]:
        notification = record["Sns"]
        tracking = _tracking(notification["MessageId"], context.aws_request_id)
        for told in read_event(notification["Message"]):
            followed = tracking.take(told)
            if told.fate is not Fate.DELIVERED:
                metrics.add_metric(f"Mail{told.fate.capitalize()}", MetricUnit.Count, 1)
            if followed == "unreachable":
                metrics.add_metric("OwnerUnreachable", MetricUnit.Count, 1)
            logger.info(followed, fate=told.fate, mailbox=told.mailbox, message_id=told.message_id)


def count_held() -> None:
    """Count a mail that is held because nobody got it."""
    for name, dimensions in metrics_of_held(HeldReason.UNDELIVERED, known=True):
        count(name, **dimensions)


def _tracking(message: str, invocation: str) -> Tracking:
    moment = now()
    sender = Sender(
        mailer=mailer,
        records=records,
        forward_from=settings.forward_from,
        attempt=Attempt(id=invocation, message=message),
        now=moment,
    )
    return Tracking(
        mailboxes=Mailboxes(table, moment),
        records=records,
        losses=Losses(records=records, administrator=settings.administrator, held=count_held),
        administrator=Administrator(mailbox=settings.administrator, sender=sender, operations=operations),
        store=store,
        queue=queue,
    )
