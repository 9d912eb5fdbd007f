"""Failure reports: executions that end badly, or recover, are told to the registry and to operations."""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.dead_letters import DeadLetters
from infra.function import Function, Shared
from infra.operations_topic import OperationsTopic

FUNCTIONS = ("ReportFailure",)


class FailureReports(Construct):
    """The rule on executions' ends and `report_failure`, its function; what neither could tell is kept."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        shared: Shared,
        *,
        machine: stepfunctions.IStateMachine,
        operations: OperationsTopic,
        table_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        topic_arn = operations.topic.topic_arn
        untold = DeadLetters(
            self,
            "Untold",
            what="The end of an execution was not reported: see the log of ReportFailure, and vend list",
            operations=operations.topic,
        ).queue
        self.report_failure = Function(
            self,
            "ReportFailure",
            replace(shared, environment={**shared.environment, "OPERATIONS_TOPIC_ARN": topic_arn}),
            dead_letters=untold,
        )
        registry = ("GetItem", "PutItem", "Query", "UpdateItem")
        self.report_failure.allow(*(f"dynamodb:{action}" for action in registry), on=[table_arn])
        self.report_failure.allow("sns:Publish", on=[topic_arn])
        self.report_failure.allow("kms:Decrypt", "kms:GenerateDataKey", on=[operations.key.key_arn])
        events.Rule(
            self,
            "Rule",
            description="Executions that failed, timed out or were stopped, and redriven ones that succeeded",
            event_pattern=_ends_to_report(machine.state_machine_arn),
            targets=[
                targets.LambdaFunction(
                    self.report_failure.function,
                    dead_letter_queue=untold,
                    # The most that EventBridge tries.
                    retry_attempts=185,
                    max_event_age=Duration.hours(24),
                )
            ],
        )


def _ends_to_report(state_machine_arn: str) -> events.EventPattern:
    """AWS tells how often an execution was redriven in the event about its end."""
    return events.EventPattern(
        source=["aws.states"],
        detail_type=["Step Functions Execution Status Change"],
        detail={
            "stateMachineArn": [state_machine_arn],
            "$or": [
                {"status": ["FAILED", "TIMED_OUT", "ABORTED"]},
                {"status": ["SUCCEEDED"], "redriveCount": [{"numeric": [">", 0]}]},
            ],
        },
    )
