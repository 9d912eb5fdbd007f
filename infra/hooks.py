"""Hooks: what starts executions and changes owners by itself, through event buses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aws_cdk import Aws, CfnResource, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.control_tower_events import lifecycle
from infra.dead_letters import DeadLetters
from infra.function import Function, Shared
from infra.operations_topic import OperationsTopic
from workflows.vending.owner_change import DETAIL_TYPE

FUNCTIONS = ("ChangeOwner", "ReportControlTower")

ACCOUNT_REQUESTED = "Account Requested"
_RETRIES = 185
"""The most that EventBridge tries."""
_AGE = Duration.hours(24)


class Hooks(Construct):
    """The rules, and the function `change_owner`; Control Tower's events only where that is said."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        shared: Shared,
        *,
        machine: stepfunctions.IStateMachine,
        bus: events.EventBus,
        operations: OperationsTopic,
        table_arn: str,
        control_tower: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        self._lost = DeadLetters(
            self,
            "Lost",
            what="An event started nothing: see the messages, which say the rule and the error",
            operations=operations.topic,
        ).queue
        self._shared = shared
        self._machine = machine
        self.change_owner = self._function("ChangeOwner", operations, table_arn)
        # Not the construct of the library, which warns of a property that nobody has set.
        CfnResource(
            self,
            "OwnAccount",
            type="AWS::Events::EventBusPolicy",
            properties={
                "StatementId": "OwnAccount",
                "EventBusName": bus.event_bus_name,
                "Statement": _own_principals(bus.event_bus_arn).to_statement_json(),
            },
        )
        self._start_on(
            "AccountRequested",
            "Requests for accounts, on our bus",
            events.EventPattern(detail_type=[ACCOUNT_REQUESTED]),
            bus,
        )
        self._rule(
            "OwnerChangeRequested",
            "Changes of owners, on our bus",
            events.EventPattern(detail_type=[DETAIL_TYPE]),
            self._invoking(self.change_owner),
            bus,
        )
        if control_tower:
            self._take_in_control_tower(self._function("ReportControlTower", operations, table_arn))

    def _take_in_control_tower(self, report: Function) -> None:
        self._start_on(
            "ControlTowerSucceeded",
            "Accounts that Control Tower has set up, to be adopted",
            lifecycle("SUCCEEDED"),
        )
        self._rule(
            "ControlTowerFailed",
            "Accounts that Control Tower could not set up",
            lifecycle("FAILED"),
            self._invoking(report),
        )

    def _function(self, name: str, operations: OperationsTopic, table_arn: str) -> Function:
        topic_arn = operations.topic.topic_arn
        environment = {**self._shared.environment, "OPERATIONS_TOPIC_ARN": topic_arn}
        function = Function(
            self, name, replace(self._shared, environment=environment), dead_letters=self._lost
        )
        function.allow(
            *(f"dynamodb:{action}" for action in ("GetItem", "PutItem", "UpdateItem")), on=[table_arn]
        )
        function.allow("sns:Publish", on=[topic_arn])
        function.allow("kms:Decrypt", "kms:GenerateDataKey", on=[operations.key.key_arn])
        return function

    def _start_on(
        self, name: str, what: str, pattern: events.EventPattern, bus: events.IEventBus | None = None
    ) -> None:
        target = targets.SfnStateMachine(self._machine, **self._delivery())
        self._rule(name, what, pattern, target, bus)

    def _invoking(self, function: Function) -> targets.LambdaFunction:
        return targets.LambdaFunction(function.function, **self._delivery())

    def _delivery(self) -> dict[str, Any]:
        queue: sqs.IQueue = self._lost
        return {"dead_letter_queue": queue, "retry_attempts": _RETRIES, "max_event_age": _AGE}

    def _rule(
        self,
        name: str,
        what: str,
        pattern: events.EventPattern,
        target: events.IRuleTarget,
        bus: events.IEventBus | None = None,
    ) -> None:
        events.Rule(self, name, description=what, event_pattern=pattern, targets=[target], event_bus=bus)


def _own_principals(bus_arn: str) -> iam.PolicyStatement:
    """Who may put events: principals of this account whose own policies allow it, and nobody else."""
    return iam.PolicyStatement(
        sid="OwnAccount",
        principals=[iam.AccountPrincipal(Aws.ACCOUNT_ID)],
        actions=["events:PutEvents"],
        resources=[bus_arn],
    )
