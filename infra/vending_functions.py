"""The Lambda functions of vending: one per Task of the state machine, each with its own role and log."""

from __future__ import annotations

import re
from collections.abc import Mapping

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.logical_id import fix_logical_id

FUNCTIONS = (
    "ReadRequest",
    "VendEmail",
    "CreateAccount",
    "CheckAccount",
    "PlaceAccount",
    "RegisterOwner",
    "SendWelcome",
)
"""Every function, by the name of its state."""

TIMEOUT = Duration.seconds(60)
"""Enough to read a list of 9,000 accounts (20 a page, 8 pages a second); each Task waits longer than this."""

MEMORY_MIB = 512
"""More than the code needs: the share of a processor grows with it, and a cold start is all imports."""


class VendingFunctions(Construct):
    """The functions; `by_name` and `roles` map the name of a state to its function and its role."""

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
        self.by_name = {name: self._function(name, code, environment, log_retention) for name in FUNCTIONS}

    def _function(
        self,
        name: str,
        code: lambda_.Code,
        environment: Mapping[str, str],
        log_retention: logs.RetentionDays,
    ) -> lambda_.Function:
        log = logs.LogGroup(self, f"{name}Log", retention=log_retention, removal_policy=RemovalPolicy.DESTROY)
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
            timeout=TIMEOUT,
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
                reason="The libraries are built for 3.13; a newer runtime is a release of its own.",
            )
        )
        return function


def module_of(name: str) -> str:
    """The module of a function in `handlers`: `check_account` for `CheckAccount`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
