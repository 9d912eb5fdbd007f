"""The bucket of inbound mails, encrypted with a key of ours, kept whatever happens to the stack."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Aws, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.logical_id import fix_logical_id

BUCKET = "MailBucket"
"""Its logical id."""
PREFIX = "inbound/"
"""What the keys of mails begin with."""

_DAYS_OF_OLD_VERSIONS = 30


class MailBucket(Construct):
    """The bucket and its key; `bucket` and `key` are what others need."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.Key, retention_days: int) -> None:
        super().__init__(scope, construct_id)
        self.key = key
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(retention_days),
                    noncurrent_version_expiration=Duration.days(_DAYS_OF_OLD_VERSIONS),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        # Fixed, so that no move of this construct can ever replace the bucket.
        fix_logical_id(self.bucket, BUCKET)
        Validations.of(self.bucket).acknowledge(
            Acknowledgment(
                id="AwsSolutions-S1",
                reason="Only SES and two functions reach it, and CloudTrail's data events tell more.",
            )
        )

    def let_ses_store(self, *, rule_arn: str) -> None:
        """Let SES store what one receipt rule takes in (Amazon SES Developer Guide, "Giving permissions").

        Args:
            rule_arn: the rule's ARN.
        """
        principal = iam.ServicePrincipal("ses.amazonaws.com")
        conditions = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": rule_arn}}
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[principal],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"{PREFIX}*")],
                conditions=conditions,
            )
        )
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[principal],
                actions=["kms:GenerateDataKey*", "kms:Decrypt"],
                resources=["*"],  # in a key's policy that is the key itself
                conditions=conditions,
            )
        )
