"""The daily comparison of the organization with the registry: `reconcile`, its schedule and its grants."""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.dead_letters import DeadLetters
from infra.function import Function, Shared
from infra.operations_topic import OperationsTopic
from infra.organizations_access import grant_organizations

FUNCTIONS = ("Reconcile",)

_TIMEOUT_SECONDS = 900
"""9,000 accounts take some 60 seconds to list (20 a page, 8 pages a second); a run starts 500 executions."""


class Reconciling(Construct):
    """The function, which can be run by hand, and if `daily` the rule that runs it early each morning UTC."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        shared: Shared,
        *,
        machine: stepfunctions.IStateMachine,
        operations: OperationsTopic,
        table_arn: str,
        daily: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        topic_arn = operations.topic.topic_arn
        missed = DeadLetters(
            self,
            "Missed",
            what="The organization was not compared with the registry: see the log of Reconcile",
            operations=operations.topic,
        ).queue
        told = {"OPERATIONS_TOPIC_ARN": topic_arn, "STATE_MACHINE_ARN": machine.state_machine_arn}
        self.reconcile = Function(
            self,
            "Reconcile",
            replace(shared, environment={**shared.environment, **told}),
            timeout_seconds=_TIMEOUT_SECONDS,
            dead_letters=missed,
        )
        registry = ("GetItem", "PutItem", "Scan", "UpdateItem")
        self.reconcile.allow(*(f"dynamodb:{action}" for action in registry), on=[table_arn])
        self.reconcile.allow("states:StartExecution", on=[machine.state_machine_arn])
        self.reconcile.allow("sns:Publish", on=[topic_arn])
        self.reconcile.allow("kms:Decrypt", "kms:GenerateDataKey", on=[operations.key.key_arn])
        grant_organizations(
            self.reconcile.role, ("ListAccounts",), through=shared.environment["ORGANIZATIONS_ROLE_ARN"]
        )
        if daily:
            self._schedule(missed)

    def _schedule(self, missed: sqs.IQueue) -> None:
        events.Rule(
            self,
            "Daily",
            description="Compares the organization with the registry",
            schedule=events.Schedule.cron(hour="4", minute="20"),
            targets=[
                targets.LambdaFunction(
                    self.reconcile.function,
                    dead_letter_queue=missed,
                    retry_attempts=24,
                    max_event_age=Duration.hours(12),
                )
            ],
        )
