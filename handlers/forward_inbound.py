"""ForwardInbound: forwards the mails that the queue brings, each on its own."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from handlers.runtime import count, logger, now, registry
from workflows.mail.announcing import Bus
from workflows.mail.forwarding import Office, forward
from workflows.mail.inbound_queue import InboundQueue
from workflows.mail.mail_store import MailStore
from workflows.mail.outcomes import Outcome, metrics_of
from workflows.mail.records import Attempt, MailRecords
from workflows.mail.settings import MailSettings
from workflows.vending.errors import VendingError
from workflows.vending.mailer import Mailer
from workflows.vending.one_attempt import ONE_ATTEMPT
from workflows.vending.operations import Operations

settings = MailSettings.from_environment(os.environ)
table = registry()
queue = InboundQueue(boto3.client("sqs"), settings.inbound_queue_url)


def count_outcome(outcome: Outcome) -> None:
    """Count what became of a mail."""
    for name, dimensions in metrics_of(outcome):
        count(name, **dimensions)


office = Office(
    registry=table,
    records=MailRecords(table, keep_days=settings.mail_retention_days),
    store=MailStore(boto3.client("s3")),
    mailer=Mailer(boto3.client("sesv2", config=ONE_ATTEMPT), settings.configuration_set),
    bus=Bus(boto3.client("events"), settings.bus_name),
    operations=Operations(boto3.client("sns"), settings.operations_topic_arn),
    rules=settings.rules(),
    settled=count_outcome,
)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer which messages have to come again; AWS calls it a partial batch response."""
    failed = [record["messageId"] for record in event["Records"] if not is_done(record, context)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def is_done(record: dict[str, Any], context: LambdaContext) -> bool:
    """Forward the mail of one message; False where the queue has to bring it again."""
    message = record["messageId"]
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    attempt = Attempt(id=f"{context.aws_request_id}/{message}", message=message, receive=receives)
    logger.append_keys(queue_message=message, receives=receives)
    try:
        mail = forward(
            record["body"],
            office,
            attempt=attempt,
            now=now(),
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
        )
    except VendingError as error:
        logger.warning("the mail comes again", error=type(error).__name__, reason=str(error))
    except Exception as error:  # noqa: BLE001 - nothing that goes wrong with one mail may lose another
        logger.exception("the mail comes again", error=type(error).__name__)
    else:
        logger.info("done", mail=mail)
        return True
    count("MailComesAgain")
    with suppress(ClientError, BotoCoreError):  # it then comes after the visibility timeout
        queue.bring_again(record["receiptHandle"], receives)
    return False
