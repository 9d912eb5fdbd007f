"""The registry's table: every vended address, account and owner, kept whatever happens to the stack."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.logical_id import fix_logical_id


class RegistryTable(Construct):
    """One table with keys `pk` and `sk`; `table` is what others need."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            # Records of mails go when the mails do; addresses, accounts and owners have no such attribute.
            time_to_live_attribute="expiresAt",
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        # Fixed, so that no move of this construct can ever replace the table.
        fix_logical_id(self.table, "Registry")
