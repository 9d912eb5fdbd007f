"""The alarms that tell operations what needs a person; docs/operate.md has a runbook for each."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

_MINUTES = Duration.minutes(5)
_OLD_SECONDS = 15 * 60
"""A mail is received within seconds, whatever becomes of it then."""


class Alarms(Construct):
    """One alarm for each thing that may go wrong; those of dead-letter queues stand beside their queues."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        machine: stepfunctions.IStateMachine,
        forward_inbound: lambda_.IFunction,
        inbound: sqs.IQueue,
        namespace: str,
        operations: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._operations = operations
        self._namespace = namespace
        total: Any = {"period": _MINUTES, "statistic": "Sum"}
        self._alarm(
            "ExecutionsFailed", "Vends failed: vend list --status failed", machine.metric_failed(**total)
        )
        self._alarm(
            "ExecutionsTimedOut",
            "Vends took days and were ended: vend redrive --all-failed",
            machine.metric_timed_out(**total),
        )
        self._alarm(
            "MailHeld",
            "Mails are held that somebody has to look at: vend mail held",
            self._counted("MailHeld"),
        )
        self._alarm(
            "OwnerUnreachable",
            "Mail to an owner bounced: vend list, then name another owner",
            self._counted("OwnerUnreachable"),
        )
        self._alarm(
            "ForwarderErrors",
            "ForwardInbound failed as a whole: see its log",
            forward_inbound.metric_errors(**total),
        )
        self._alarm(
            "ForwarderThrottled",
            "Lambda throttles ForwardInbound: the account's concurrency is used up",
            forward_inbound.metric_throttles(**total),
            # Mail waits meanwhile, and a few throttles are nothing.
            periods=3,
        )
        self._alarm(
            "MailComesAgain",
            "Mails cannot be forwarded yet and come again: see the log of ForwardInbound",
            self._counted("MailComesAgain"),
            # One that is throttled once is nothing.
            periods=2,
        )
        # It does not see mails that come again: SQS leaves out what was received three times or more
        # (SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS").
        self._alarm(
            "OldestMail",
            "Nobody reads the queue of mails: see ForwardInbound and its event source",
            inbound.metric_approximate_age_of_oldest_message(period=_MINUTES, statistic="Maximum"),
            above=_OLD_SECONDS,
        )

    def _counted(self, name: str) -> cloudwatch.Metric:
        """What the functions of mail count themselves."""
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"service": "mail"},
            period=_MINUTES,
            statistic="Sum",
        )

    def _alarm(
        self, name: str, what: str, metric: cloudwatch.Metric, *, above: float = 0, periods: int = 1
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_description=what,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._operations))
