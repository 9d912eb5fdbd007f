"""Sending: the configuration set of every mail we send, and the topic where SES tells what became of it."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.receiving import publishing_by_ses

EVENTS = ("bounce", "complaint", "delivery", "reject")
"""What SES tells of: delivery, because it ends what a bounce began."""


class Sending(Construct):
    """The configuration set's name and the topic of its events: `configuration_set` and `topic`."""

    def __init__(self, scope: Construct, construct_id: str, *, topic_key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.configuration_set = ses.CfnConfigurationSet(self, "ConfigurationSet").ref
        self.topic = sns.Topic(self, "Topic", master_key=topic_key, enforce_ssl=True)
        source = f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        published = self.topic.add_to_resource_policy(
            publishing_by_ses(self.topic, f"{source}:configuration-set/{self.configuration_set}")
        )
        destination = ses.CfnConfigurationSetEventDestination(
            self,
            "Events",
            configuration_set_name=self.configuration_set,
            event_destination=ses.CfnConfigurationSetEventDestination.EventDestinationProperty(
                enabled=True,
                matching_event_types=list(EVENTS),
                sns_destination=ses.CfnConfigurationSetEventDestination.SnsDestinationProperty(
                    topic_arn=self.topic.topic_arn
                ),
            ),
        )
        if published.policy_dependable is not None:
            destination.node.add_dependency(published.policy_dependable)
