"""The stack in Control Tower's home region: it forwards the lifecycle events to where everything else is."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Aws, CfnOutput, Environment, Stack, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.control_tower_events import lifecycle
from infra.dead_letters import RETENTION


class HomeRegion(Stack):
    """A rule, the role by which it puts events on the other bus, and a queue for what it could not put."""

    def __init__(self, scope: Construct, construct_id: str, *, home_region: str, mail_region: str) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"AWS Account Vending: forwards Control Tower's events to {mail_region}",
            env=Environment(region=home_region),
        )
        bus = f"arn:{Aws.PARTITION}:events:{mail_region}:{Aws.ACCOUNT_ID}:event-bus/default"
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "events.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
        )
        role.add_to_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus]))
        # Without an alarm: the operations topic is in the other region, and the daily comparison there
        # adopts every account whose event got lost.
        kept = sqs.Queue(
            self,
            "NotForwarded",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=RETENTION,
        )
        Validations.of(kept).acknowledge(
            Acknowledgment(id="AwsSolutions-SQS3", reason="It is the dead-letter queue, of the rule below.")
        )
        events.Rule(
            self,
            "LifecycleEvents",
            description=f"Control Tower's lifecycle events, forwarded to {mail_region}",
            event_pattern=lifecycle("SUCCEEDED", "FAILED"),
            # EventBridge tries for 24 hours before it puts the event into the queue.
            targets=[
                targets.EventBus(
                    events.EventBus.from_event_bus_arn(self, "MailRegion", bus),
                    role=role,
                    dead_letter_queue=kept,
                )
            ],
        )
        CfnOutput(self, "NotForwardedQueueUrl", value=kept.queue_url)
