"""A Lambda function of this product, with its own role and log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Acknowledgment, Duration, RemovalPolicy, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.logical_id import fix_logical_id

TIMEOUT_SECONDS = 60
"""Enough to read a list of 9,000 accounts (20 a page, 8 pages a second); each Task waits longer than this."""
_MEMORY_MIB = 512
"""More than the code needs: the share of a processor grows with it, and a cold start is all imports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What functions of one service share."""

    code: lambda_.Code
    environment: Mapping[str, str]
    log_retention: logs.RetentionDays


class Function(Construct):
    """The function of this name; `function` and `role` are what others need."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        shared: Shared,
        *,
        timeout_seconds: int = TIMEOUT_SECONDS,
        memory_mib: int = _MEMORY_MIB,
        dead_letters: sqs.IQueue | None = None,
    ) -> None:
        super().__init__(scope, name)
        log = logs.LogGroup(self, "Log", retention=shared.log_retention, removal_policy=RemovalPolicy.DESTROY)
        # Its own role, without AWS's managed policy, which would let it write every log of the account.
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"handlers.{module_of(name)}.handler",
            code=shared.code,
            role=self.role,
            memory_size=memory_mib,
            timeout=Duration.seconds(timeout_seconds),
            environment=dict(shared.environment),
            log_group=log,
            tracing=lambda_.Tracing.ACTIVE,
            dead_letter_queue=dead_letters,
        )
        # State = file = function: the name is the same everywhere, CloudFormation's list included.
        fix_logical_id(self.function, name)
        Validations.of(self.role).acknowledge(
            Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="X-Ray, and the lists and CreateAccount of Organizations, know no resources.",
            )
        )
        Validations.of(self.function).acknowledge(
            Acknowledgment(
                id="AwsSolutions-L1",
                reason="The libraries are built for 3.13; a newer runtime is a release of its own.",
            )
        )

    def allow(self, *actions: str, on: list[str], conditions: Mapping[str, object] | None = None) -> None:
        """Let the function do these actions on these resources."""
        self.role.add_to_policy(iam.PolicyStatement(actions=[*actions], resources=on, conditions=conditions))


def module_of(name: str) -> str:
    """The module of a function in `handlers`: `check_account` for `CheckAccount`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
