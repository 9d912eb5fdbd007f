"""The custom resource that makes our receipt rule set the active one, and gives back what was active."""

from __future__ import annotations

from aws_cdk import CustomResource, Duration
from constructs import Construct

from infra.function import Function, Shared
from infra.receiving import Receiving

FUNCTIONS = ("ActivateRuleSet",)

_TIMEOUT = Duration.minutes(5)
"""Lambda tries twice within that. A function that cannot even start never answers, and CloudFormation would
wait for it for an hour."""


class RuleSetActivation(Construct):
    """ActivateRuleSet, and the resource that CloudFormation creates, updates and deletes through it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        shared: Shared,
        *,
        receiving: Receiving,
        take_over: bool,
        table_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        function = Function(self, "ActivateRuleSet", shared)
        function.allow(
            *(f"dynamodb:{action}" for action in ("GetItem", "PutItem", "DeleteItem")), on=[table_arn]
        )
        # Which rule set is active is a matter of the whole account: IAM knows no resource for it.
        function.allow("ses:DescribeActiveReceiptRuleSet", "ses:SetActiveReceiptRuleSet", on=["*"])
        activation = CustomResource(
            self,
            "Activation",
            resource_type="Custom::ActiveReceiptRuleSet",
            service_token=function.function.function_arn,
            properties={
                "RuleSetName": receiving.rule_set_name,
                "RuleName": receiving.rule_name,
                "TakeOver": take_over,
            },
            service_timeout=_TIMEOUT,
        )
        # Active only once its rule is there, and released before the rule goes.
        activation.node.add_dependency(receiving.rule)
