"""The key of everything encrypted here: mails at rest and messages in flight; one, for each has its price."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.logical_id import fix_logical_id


class DataKey(Construct):
    """The key, as `key`, kept whatever happens to the stack: without it no kept mail can be read."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description="Mails and messages of AWS Account Vending",
            # The longest there is: each of the first two rotations adds a dollar a month (docs/cost.md).
            rotation_period=Duration.days(2560),
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        fix_logical_id(self.key, "DataKey")
