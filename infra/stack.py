"""The stack: where the parts meet, and where each part is granted what it needs and nothing more."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import Aws, CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.configuration import Configuration
from infra.log_retention import LOG_RETENTION
from infra.operations_topic import OperationsTopic
from infra.organizations_access import grant_organizations
from infra.registry_table import RegistryTable
from infra.vend_account import VendAccount
from infra.vending_functions import VendingFunctions

REGISTRY_ACTIONS = {
    "VendEmail": ("GetItem", "PutItem", "UpdateItem"),
    "CreateAccount": ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    "CheckAccount": ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
    "RegisterOwner": ("GetItem", "PutItem", "UpdateItem"),
    "SendWelcome": ("GetItem", "UpdateItem"),
}
"""What each function does to the table; a transaction needs the actions of its items."""

_FIND_UNIT = ("ListRoots", "ListOrganizationalUnitsForParent", "DescribeOrganizationalUnit")
ORGANIZATIONS_ACTIONS = {
    "ReadRequest": _FIND_UNIT,
    # TagResource: without it CreateAccount with tags is refused.
    "CreateAccount": (
        "CreateAccount",
        "TagResource",
        "ListCreateAccountStatus",
        "ListAccounts",
        "DescribeAccount",
    ),
    "CheckAccount": (
        "DescribeCreateAccountStatus",
        "ListCreateAccountStatus",
        "ListAccounts",
        "DescribeAccount",
    ),
    "PlaceAccount": (*_FIND_UNIT, "ListParents", "MoveAccount"),
}
"""What each function asks of Organizations."""


class AccountVending(Stack):
    """Everything of one deployment, with the outputs by which operators' tools find it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        code: lambda_.Code,
        definition: Path,
    ) -> None:
        super().__init__(scope, construct_id, description="AWS Account Vending: accounts, addresses, owners")
        retention = logs.RetentionDays[LOG_RETENTION[configuration.log_retention_days]]
        table = RegistryTable(self, "RegistryTable").table
        bus = events.EventBus(self, "Bus", description="Account Vended and Root Mail Received")
        operations = OperationsTopic(self, "Operations", notify=configuration.notifications)
        functions = VendingFunctions(
            self,
            "Vending",
            code=code,
            environment={
                **configuration.settings(table_name=table.table_name).to_environment(),
                "POWERTOOLS_SERVICE_NAME": "vending",
                "POWERTOOLS_METRICS_NAMESPACE": "AccountVending",
                "POWERTOOLS_LOG_LEVEL": configuration.log_level,
            },
            log_retention=retention,
        )
        vend_account = VendAccount(
            self,
            "VendAccount",
            definition=definition,
            functions=functions.by_name,
            bus=bus,
            poll_seconds=configuration.poll_seconds,
            log_retention=retention,
        )
        vend_account.role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[function.function_arn for function in functions.by_name.values()],
            )
        )
        vend_account.role.add_to_policy(
            iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus.event_bus_arn])
        )
        self._grant(functions, table.table_arn, configuration)
        self._output("StateMachineArn", vend_account.machine.state_machine_arn)
        self._output("TableName", table.table_name)
        self._output("BusName", bus.event_bus_name)
        self._output("OperationsTopicArn", operations.topic.topic_arn)
        self._output("ReadRequestFunctionName", functions.by_name["ReadRequest"].function_name)

    def _grant(self, functions: VendingFunctions, table_arn: str, configuration: Configuration) -> None:
        for name, actions in REGISTRY_ACTIONS.items():
            functions.roles[name].add_to_policy(
                iam.PolicyStatement(
                    actions=[f"dynamodb:{action}" for action in actions], resources=[table_arn]
                )
            )
        for name, actions in ORGANIZATIONS_ACTIONS.items():
            grant_organizations(functions.roles[name], actions)
        functions.roles["SendWelcome"].add_to_policy(
            iam.PolicyStatement(
                actions=["ses:SendRawEmail"],
                resources=[
                    f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}:identity/{configuration.domain}"
                ],
                conditions={"StringEquals": {"ses:FromAddress": configuration.forward_from}},
            )
        )

    def _output(self, name: str, value: str) -> None:
        CfnOutput(self, name, value=value)
