"""What every function shares: logger, metrics, settings and the rooms of `workflows` with their clients."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from workflows.vending.one_attempt import ONE_ATTEMPT
from workflows.vending.registry import Registry
from workflows.vending.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

    from workflows.vending.creation import AccountCreation, Execution
    from workflows.vending.organizations import Organizations

_TIMES = ("startTime", "redriveTime")

logger = Logger()
metrics = Metrics()
settings = Settings.from_environment(os.environ)


def registry() -> Registry:
    """The registry of this deployment."""
    return Registry(boto3.client("dynamodb"), settings.table_name)


def organizations_client(*, one_attempt: bool = False) -> OrganizationsClient:
    """A client of Organizations, whose endpoint is global; through the role, where there is one.

    Args:
        one_attempt: for calls without client token, which boto3 must not repeat.
    """
    config = ONE_ATTEMPT if one_attempt else None
    if not settings.organizations_role_arn:
        return boto3.client("organizations", config=config)
    from workflows.vending.assumed_role import session_of

    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "vending")[:64]
    session = session_of(settings.organizations_role_arn, session_name=name)
    return session.client("organizations", config=config)


def execution(event: dict[str, Any]) -> Execution:
    """The execution a step runs in, from the part of the context object that the state machine passes on."""
    # The functions of mail need none of it, and their mails wait for a cold start.
    from workflows.vending.creation import Execution

    told = event["execution"]
    logger.append_keys(execution=told["arn"])
    times = {name: datetime.fromisoformat(told[name]) for name in _TIMES if told.get(name)}
    return Execution(
        arn=told["arn"],
        redrive_count=told.get("redriveCount") or 0,
        started_at=times.get("startTime"),
        redriven_at=times.get("redriveTime"),
    )


def account_creation(
    event: dict[str, Any], *, registry: Registry, organizations: Organizations
) -> AccountCreation:
    """What a step sees of the creation of the account that has the event's address."""
    from workflows.vending.creation import AccountCreation

    return AccountCreation(
        address=event["address"],
        request_id=event["requestId"],
        registry=registry,
        organizations=organizations,
        settings=settings,
        execution=execution(event),
        now=now(),
    )


def count(name: str, **dimensions: str) -> None:
    """Count one; a metric with further dimensions is another one to an alarm."""
    service = {"service": metrics.service or "mail"}
    with single_metric(name, MetricUnit.Count, 1, default_dimensions=service) as metric:
        for dimension, value in dimensions.items():
            metric.add_dimension(dimension, value)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
