"""The operations topic: where AWS and this product tell operators what needs them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

_KEY_USERS = ("cloudwatch", "ses")
"""Services that publish to our topics by themselves: alarms, and SES what came in and what became of mails.

Without the key their messages vanish without an error (SNS Developer Guide, "Key management"). Nobody else
needs it: functions publish with the key in their roles, no rule of EventBridge has a topic as target, and SNS
itself needs a key only for subscribed queues that are encrypted with one; ours are with SQS's own.
"""


class OperationsTopic(Construct):
    """An encrypted topic that people subscribe to; `topic` and `key` are what others need."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.Key, notify: Sequence[str]) -> None:
        super().__init__(scope, construct_id)
        self.key = key
        # In a key's policy `*` is the key itself.
        self.key.add_to_resource_policy(
            _of_services(_KEY_USERS, ["kms:GenerateDataKey*", "kms:Decrypt"], resource="*")
        )
        self.topic = sns.Topic(self, "Topic", master_key=self.key, enforce_ssl=True)
        self.topic.add_to_resource_policy(
            _of_services(["cloudwatch"], ["sns:Publish"], resource=self.topic.topic_arn)
        )
        for address in notify:
            self.topic.add_subscription(subscriptions.EmailSubscription(address))


def _of_services(services: Sequence[str], actions: list[str], *, resource: str) -> iam.PolicyStatement:
    """What services may do by themselves, on behalf of this account only."""
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(f"{service}.amazonaws.com") for service in services],
        actions=actions,
        resources=[resource],
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )
