"""Reconcile: compares the organization with the registry, daily, for what no event told."""

from __future__ import annotations

import os
from typing import Any

import boto3

from handlers.runtime import logger, now, organizations_client, registry, settings
from workflows.vending.operations import Operations
from workflows.vending.organizations import Organizations
from workflows.vending.reconciling import Reconciler

table = registry()
organizations = Organizations(organizations_client())
executions = boto3.client("stepfunctions")
operations = Operations(boto3.client("sns"), settings.operations_topic_arn)


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: object) -> dict[str, int]:
    """Answer how many accounts were adopted, closed, and so on."""
    reconciler = Reconciler(
        registry=table,
        organizations=organizations,
        executions=executions,
        state_machine_arn=os.environ["STATE_MACHINE_ARN"],
        operations=operations,
        now=now(),
    )
    counts = reconciler.run().counts()
    logger.info("reconciled", counts=counts)
    return counts
