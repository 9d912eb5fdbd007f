"""SendWelcome: welcomes the owner, once."""

from __future__ import annotations

from typing import Any

import boto3

from handlers.runtime import execution, logger, now, registry, settings
from workflows.vending.mailer import Mailer
from workflows.vending.one_attempt import ONE_ATTEMPT
from workflows.vending.welcoming import welcome

table = registry()
mailer = Mailer(boto3.client("sesv2", config=ONE_ATTEMPT), settings.configuration_set)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: object) -> dict[str, str | None]:
    """Answer when the welcome was sent, and under which SES message id; null where nobody is to be told."""
    item = welcome(
        table,
        mailer,
        settings,
        address=event["address"],
        execution=execution(event).arn,
        now=now(),
    )
    sent = {"welcomedAt": item.get("welcomedAt"), "messageId": item.get("welcomeMessageId")}
    logger.info("welcomed", address=event["address"], message_id=sent["messageId"])
    return sent
