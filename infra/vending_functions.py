"""The Lambda functions of vending: one per Task of the state machine, each with a role and a log of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.logical_id import fix_logical_id

TIMEOUTS = {
    "ReadRequest": Duration.seconds(60),
    "VendEmail": Duration.seconds(60),
    # These two may have to read the list of all accounts: 20 a page, 8 pages a second.
    "CreateAccount": Duration.minutes(5),
    "CheckAccount": Duration.minutes(5),
    "PlaceAccount": Duration.seconds(60),
    "RegisterOwner": Duration.seconds(60),
    "SendWelcome": Duration.seconds(60),
}
"""Every function by the name of its state, and how long it may run."""

MEMORY_MIB = 512
"""More than the code needs: a function's share of a processor grows with its memory, and cold starts are imports."""


class VendingFunctions(Construct):
    """The functions: `by_name` and `roles` map the name of a state to its function and that function's role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        environment: Mapping[str, str],
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        self.roles: dict[str, iam.Role] = {}
        self.by_name = {
            name: self._function(name, timeout, code, environment, log_retention)
            for name, timeout in TIMEOUTS.items()
        }

    def _function(
        self,
        name: str,
        timeout: Duration,
        code: lambda_.Code,
        environment: Mapping[str, str],
        log_retention: logs.RetentionDays,
    ) -> lambda_.Function:
        log = logs.LogGroup(
            self, f"{name}Log", retention=log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        # Its own role, without AWS's managed policy, which would let it write every log of the account.
        role = iam.Role(self, f"{name}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(role)
        self.roles[name] = role
        function = lambda_.Function(
            self,
            name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"handlers.{module_of(name)}.handler",
            code=code,
            role=role,
            memory_size=MEMORY_MIB,
            timeout=timeout,
            environment=dict(environment),
            log_group=log,
            tracing=lambda_.Tracing.ACTIVE,
        )
        # State = file = function: the name is the same everywhere, CloudFormation's list included.
        fix_logical_id(function, name)
        Validations.of(role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="X-Ray, and the lists and CreateAccount of Organizations, know no resources.",
            )
        )
        Validations.of(function).acknowledge(
            Acknowledgment(
                id="AwsSolutions-L1",
                reason="3.13 is what the libraries are built for and what every test runs on.",
            )
        )
        return function


def module_of(name: str) -> str:
    """The module of a function in `handlers`: `check_account` for `CheckAccount`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
