"""The state machine `VendAccount`: the definition in `state_machines/`, its log, its traces and its role."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Acknowledgment, Aws, RemovalPolicy, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.logical_id import fix_logical_id


class VendAccount(Construct):
    """The machine and its role; `machine` and `role` are what others need."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: Path,
        functions: Mapping[str, lambda_.IFunction],
        bus: events.IEventBus,
        poll_seconds: int,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        log = self._log(log_retention)
        self.machine = stepfunctions.StateMachine(
            self,
            "Machine",
            state_machine_type=stepfunctions.StateMachineType.STANDARD,
            # As text, not as a file: the definition then stands in the template for everyone to read.
            definition_body=stepfunctions.DefinitionBody.from_string(definition.read_text("utf-8")),
            definition_substitutions={
                **{name: function.function_arn for name, function in functions.items()},
                "BusName": bus.event_bus_name,
                "PollSeconds": str(poll_seconds),
            },
            role=self.role,
            # With the data: names and addresses of accounts and owners, as the console shows for 90 days,
            # so that an old failure can still be understood. No mail and no secret passes this machine.
            logs=stepfunctions.LogOptions(
                destination=log, level=stepfunctions.LogLevel.ALL, include_execution_data=True
            ),
            tracing_enabled=True,
        )
        fix_logical_id(self.machine, "VendAccount")
        Validations.of(self.role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="X-Ray and the delivery of logs know no resources.",
            )
        )

    def _log(self, retention: logs.RetentionDays) -> logs.LogGroup:
        """The log group: by exception with a name of its own (docs/decisions/0013-one-log-has-a-name.md).

        Others are added one by one to a resource policy of CloudWatch Logs, which is full where many machines
        are logged; those below /aws/vendedlogs/ are not (Step Functions Developer Guide, "Avoiding Amazon
        CloudWatch Logs resource policy size restrictions").
        """
        log = logs.LogGroup(
            self,
            "Log",
            # Names of stacks are distinct in a region, and so are therefore those of stages.
            log_group_name=f"/aws/vendedlogs/states/{Aws.STACK_NAME}-VendAccount",
            retention=retention,
            # A kept one would be in the way of the stack's next deployment under the same name.
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Fixed: under another id CloudFormation would make one of the same name before it deletes this.
        fix_logical_id(log, "VendAccountLog")
        return log
