"""The Lambda functions of mail, what starts them, and what each is granted."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.dead_letters import DeadLetters
from infra.function import Function, Shared
from infra.mail_bucket import BUCKET, PREFIX, MailBucket
from infra.operations_topic import OperationsTopic
from infra.receiving import TIMEOUT_SECONDS, Receiving
from infra.sending import Sending

FUNCTIONS = ("ForwardInbound", "TrackDelivery")

BATCH = 5
"""Mails of one invocation: few, because when it is stopped they all come again."""
CONCURRENCY = 5
"""Invocations at once: more than SES's usual 14 mails a second, and no flood for anybody's concurrency."""
MEMORY_MIB = 1024
"""A mail of 39 MB takes 300 MiB (`make bench` measures it); the share of a processor grows with it, too."""


class MailFunctions(Construct):
    """ForwardInbound and TrackDelivery: `forward_inbound` and `track_delivery`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        shared: Shared,
        *,
        receiving: Receiving,
        sending: Sending,
        operations: OperationsTopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self.forward_inbound = Function(
            self, "ForwardInbound", shared, timeout_seconds=TIMEOUT_SECONDS, memory_mib=MEMORY_MIB
        )
        # No concurrency is reserved for it: that fails in accounts with few, and uses up receives.
        self.forward_inbound.function.add_event_source(
            event_sources.SqsEventSource(
                receiving.queue,
                batch_size=BATCH,
                max_concurrency=CONCURRENCY,
                report_batch_item_failures=True,
            )
        )
        untracked = DeadLetters(
            self,
            "Untracked",
            what="What SES told of a sent mail was not taken in: see the log of TrackDelivery",
            operations=operations.topic,
        ).queue
        self.track_delivery = Function(
            self, "TrackDelivery", shared, timeout_seconds=TIMEOUT_SECONDS, dead_letters=untracked
        )
        sending.topic.add_subscription(
            subscriptions.LambdaSubscription(self.track_delivery.function, dead_letter_queue=untracked)
        )


def grant_registry(functions: MailFunctions, table_arn: str) -> None:
    """Grant the two what they do to the table.

    TrackDelivery looks for all accounts of an owner, and for all copies of a mail.
    """
    items = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
    functions.forward_inbound.allow(*items, on=[table_arn])
    functions.track_delivery.allow(*items, "dynamodb:Query", "dynamodb:Scan", on=[table_arn])


def grant_mails(functions: MailFunctions, mails: MailBucket) -> None:
    """Grant reading mails, and keeping and reading the notification beside each."""
    bucket, key_arn = mails.bucket, mails.key.key_arn
    notifications = bucket.arn_for_objects(f"{PREFIX}*.json")
    forward, track = functions.forward_inbound, functions.track_delivery
    forward.allow("s3:GetObject", on=[bucket.arn_for_objects(f"{PREFIX}*")])
    forward.allow("s3:PutObject", on=[notifications])
    forward.allow("kms:Decrypt", "kms:GenerateDataKey", on=[key_arn])
    track.allow("s3:GetObject", on=[notifications])
    track.allow("kms:Decrypt", on=[key_arn])
    for function in (forward, track):
        # Without it a mail that is missing is answered with AccessDenied.
        function.allow("s3:ListBucket", on=[bucket.bucket_arn])
        _acknowledge(function, f"{PREFIX}*.json")
    _acknowledge(forward, f"{PREFIX}*")


def grant_telling(
    functions: MailFunctions, *, bus: events.IEventBus, operations: OperationsTopic, receiving: Receiving
) -> None:
    """Grant announcing mails, telling operations, and sending a mail round once more."""
    functions.forward_inbound.allow("events:PutEvents", on=[bus.event_bus_arn])
    functions.track_delivery.allow("sqs:SendMessage", on=[receiving.queue.queue_arn])
    for function in (functions.forward_inbound, functions.track_delivery):
        function.allow("sns:Publish", on=[operations.topic.topic_arn])
        function.allow("kms:Decrypt", "kms:GenerateDataKey", on=[operations.key.key_arn])


def _acknowledge(function: Function, which: str) -> None:
    Validations.of(function.role).acknowledge(
        Acknowledgment(
            id=f"AwsSolutions-IAM5[Resource::<{BUCKET}.Arn>/{which}]",
            reason="Mails that have not arrived yet; the bucket is ours.",
        )
    )
