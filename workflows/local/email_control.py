"""The control endpoints of mail: what was sent, how SES behaves, and mails that arrive."""

from __future__ import annotations

from typing import Any

from workflows.local.control import Control
from workflows.local.email_behaviour import InvalidEmailBehaviour, read_order
from workflows.local.email_service import EmailService
from workflows.local.receiving import MailNotTaken, Receiving, read_arrival


def add_email(control: Control, email: EmailService, receiving: Receiving) -> None:
    """`/_local/outbox` (`?to=ADDRESS` for one recipient), `/_local/ses` and `/_local/ses/receive`."""

    def outbox(query: dict[str, str], _: Any) -> Any:
        to = query.get("to")
        return [mail.as_document() for mail in email.outbox if to is None or to in mail.destinations]

    def state(_query: dict[str, str], _: Any) -> Any:
        behaviour = email.behaviour
        return {
            "sandbox": behaviour.sandbox,
            "suppressed": behaviour.suppressed,
            "bounces": behaviour.bounces,
            "full": behaviour.full,
            "complaints": behaviour.complaints,
            "dailyQuota": behaviour.daily_quota,
            "identities": email.identities.states(),
            "activeRuleSet": receiving.active_rule_set,
        }

    def behave(query: dict[str, str], document: Any) -> Any:
        order = read_order(document, email.behaviour)
        if order.active_rule_set is not None:
            receiving.activate(order.active_rule_set or None)
        email.obey(order)
        return state(query, None)

    def receive(_query: dict[str, str], document: Any) -> Any:
        return receiving.receive(read_arrival(document))

    control.add("GET", "/_local/outbox", outbox)
    control.add("GET", "/_local/ses", state)
    control.add("POST", "/_local/ses", behave, InvalidEmailBehaviour)
    control.add("POST", "/_local/ses/receive", receive, MailNotTaken)
