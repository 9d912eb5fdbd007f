"""Receiving: SES stores each mail in the bucket and tells a topic, whose queue starts ForwardInbound."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.dead_letters import RETENTION, DeadLetters
from infra.mail_bucket import PREFIX, MailBucket

RULE = "forward-to-owners"
"""Name of the rule in its rule set: the bucket's policy names it before it exists."""

TIMEOUT_SECONDS = 90
"""ForwardInbound's; enough for several copies of 40 MB, and what is left the next invocation does."""
RECEIVES = 8
"""With ForwardInbound's delays, a third of an hour before a mail is a dead letter."""


class Receiving(Construct):
    """From SES to the queue.

    Others need `rule_set_name`, `rule_name`, `rule`, `queue` and `dead_letters`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        domain: str,
        existing_rule_set: str,
        mails: MailBucket,
        topic_key: kms.IKey,
        operations: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self.rule_set_name = existing_rule_set or ses.CfnReceiptRuleSet(self, "RuleSet").ref
        # Among the rules of others only the domain is sure to be ours alone.
        self.rule_name = domain if existing_rule_set else RULE
        rule_arn = (
            f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}:"
            f"receipt-rule-set/{self.rule_set_name}:receipt-rule/{self.rule_name}"
        )
        mails.let_ses_store(rule_arn=rule_arn)
        topic = sns.Topic(self, "Topic", master_key=topic_key, enforce_ssl=True)
        published = topic.add_to_resource_policy(publishing_by_ses(topic, rule_arn))
        self.dead_letters = DeadLetters(
            self,
            "DeadLetters",
            what="A mail could not be forwarded: vend mail redrive, once its cause is mended",
            operations=operations,
        ).queue
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            # AWS wants six times the function's timeout, so that throttled batches come again in time.
            visibility_timeout=Duration.seconds(6 * TIMEOUT_SECONDS),
            retention_period=RETENTION,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=RECEIVES),
        )
        topic.add_subscription(subscriptions.SqsSubscription(self.queue, dead_letter_queue=self.dead_letters))
        self.rule = self._rule(domain, mails, topic)
        for needed in (mails.bucket.policy, published.policy_dependable):
            if needed is not None:
                self.rule.node.add_dependency(needed)

    def _rule(self, domain: str, mails: MailBucket, topic: sns.Topic) -> ses.CfnReceiptRule:
        # No KMS key here: with one, SES encrypts on its own side, and nobody else could read the mail.
        store = ses.CfnReceiptRule.S3ActionProperty(
            bucket_name=mails.bucket.bucket_name, object_key_prefix=PREFIX, topic_arn=topic.topic_arn
        )
        return ses.CfnReceiptRule(
            self,
            "Rule",
            rule_set_name=self.rule_set_name,
            rule=ses.CfnReceiptRule.RuleProperty(
                name=self.rule_name,
                enabled=True,
                scan_enabled=True,
                tls_policy="Require",
                recipients=[domain],
                actions=[ses.CfnReceiptRule.ActionProperty(s3_action=store)],
            ),
        )


def publishing_by_ses(topic: sns.Topic, source_arn: str) -> iam.PolicyStatement:
    """What lets SES publish to a topic on behalf of one rule or configuration set of this account."""
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("ses.amazonaws.com")],
        actions=["sns:Publish"],
        resources=[topic.topic_arn],
        conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": source_arn}},
    )
