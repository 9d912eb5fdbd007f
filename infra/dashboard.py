"""The dashboard: vends, time to ready, failures by reason, mail by outcome, and how long mail waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

_HALF, _THIRD, _HEIGHT = 12, 8, 6
_HOUR = Duration.hours(1)


class Dashboard(Construct):
    """One page for people, in the console of CloudWatch."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        machine: stepfunctions.IStateMachine,
        queues: Sequence[tuple[str, sqs.IQueue]],
        namespace: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._namespace = namespace
        total: Any = {"period": _HOUR, "statistic": "Sum"}
        ends = [
            machine.metric_succeeded(label="vended", **total),
            machine.metric_failed(label="failed", **total),
            machine.metric_timed_out(label="timed out", **total),
        ]
        ready = [
            self._metric("SecondsToReady", statistic, label)
            for statistic, label in (("p50", "half within"), ("p90", "nine of ten within"))
        ]
        age = [
            queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5), label=name)
            for name, queue in queues
        ]
        cloudwatch.Dashboard(
            self,
            "Page",
            default_interval=Duration.days(7),
            widgets=[
                [_graph("Vends", ends, _HALF), _graph("Seconds from request to account", ready, _HALF)],
                [
                    _graph("Creations that AWS failed, by reason", [self._by("CreationFailed")], _THIRD),
                    _graph("Mail forwarded, by category", [self._by("MailForwarded")], _THIRD),
                    _graph("Mail held, by reason", [self._by("MailHeld")], _THIRD),
                ],
                [
                    _graph("Seconds the oldest mail waits", age, _HALF),
                    _graph("Waiting for one of five creations", [self._metric("WaitingForSlot")], _HALF),
                ],
            ],
        )

    def _metric(self, name: str, statistic: str = "Sum", label: str | None = None) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"service": "vending"},
            statistic=statistic,
            label=label,
            period=_HOUR,
        )

    def _by(self, name: str) -> cloudwatch.MathExpression:
        """A line for each value of the metric's last dimension."""
        dimension = {"CreationFailed": "Reason", "MailForwarded": "Category", "MailHeld": "Reason"}[name]
        found = f'{{"{self._namespace}",service,{dimension}}} MetricName="{name}"'
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{found}', 'Sum', {_HOUR.to_seconds():.0f})",
            label="",
            using_metrics={},
            period=_HOUR,
        )


def _graph(title: str, lines: Sequence[cloudwatch.IMetric], width: int) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(lines), width=width, height=_HEIGHT)
