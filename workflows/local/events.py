"""EventBridge: carries events to the targets of the rules they match, as AWS does and moto does not."""

from __future__ import annotations

import datetime as dt
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.events.models import EventsBackend, Rule, events_backends

from workflows.local import seams
from workflows.local.agenda import Agenda
from workflows.local.asynchronous import send_to
from workflows.local.clients import client
from workflows.local.event_input import target_input

ACCESS_KEY = "AKIAEVENTBRIDGEXXXXX"
"""The key with which targets are called."""

_log = logging.getLogger(__name__)
_PASSING = ("Throttl", "TooManyRequests", "Internal", "ServiceException", "ServiceUnavailable", "Timeout")
_MOST_RETRIES = 185
_LONGEST_DELAY = 60.0


class EventBridge:
    """The way from an event to its targets.

    Args:
        endpoint_url: where the targets are called.
        account: whose events these are.
        region: of the bus that an event goes to unless something else is said.
        speed: divides the delays between tries of a delivery.
    """

    def __init__(
        self,
        endpoint_url: str,
        *,
        account: str = "123456789012",
        region: str = "us-east-1",
        speed: float = 20,
    ) -> None:
        self._endpoint_url = endpoint_url
        self._account = account
        self._region = region
        self._speed = speed
        self._agenda = Agenda("eventbridge", 16)

    def install(self) -> None:
        """Let moto hand every event of a bus over to here."""

        def send_to_targets(rule: Any, original_event: Any, transform_input: bool = True) -> None:
            del transform_input
            self._offer(rule, _as_seen(original_event))

        seams.replace(Rule, "send_to_targets", send_to_targets)
        seams.original(EventsBackend, "put_events")

    def publish(self, event: Mapping[str, Any], *, bus: str = "default", region: str | None = None) -> str:
        """Put an event on a bus, from any source, also from AWS itself.

        Args:
            event: `source`, `detail-type` and `detail`; `id`, `time`, `account`, `region`, `resources` are
                filled in unless given.
            bus: name of the event bus.
            region: of the bus.

        Returns:
            the event's id.
        """
        whole = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "account": self._account,
            "time": _iso(dt.datetime.now(tz=dt.UTC)),
            "region": region or self._region,
            "resources": [],
            **event,
        }
        buses = events_backends[self._account][region or self._region]
        for rule in list(buses.describe_event_bus(bus).rules.values()):
            self._offer(rule, whole)
        return str(whole["id"])

    def status_changed(self, detail: Mapping[str, Any]) -> None:
        """Publish that an execution's status changed.

        Args:
            detail: as `execution_facts.event_detail` gives it.
        """
        self.publish(
            {
                "source": "aws.states",
                "detail-type": "Step Functions Execution Status Change",
                "resources": [detail["executionArn"]],
                "detail": detail,
            },
            region=_region_of(detail["executionArn"]),
        )

    def close(self) -> None:
        """Deliver nothing any more."""
        self._agenda.close()

    def _offer(self, rule: Any, event: Mapping[str, Any]) -> None:
        """Deliver to a rule's targets if it is enabled and its pattern (not a schedule) fits."""
        if rule.state == "DISABLED" or not rule.event_pattern.get_pattern():
            return
        if not rule.event_pattern.matches_event(event):
            return
        for target in list(rule.targets):
            delivery = partial(self._deliver, target, event, rule.arn, 0)
            self._agenda.add(delivery)

    def _deliver(self, target: Mapping[str, Any], event: Mapping[str, Any], rule: str, tries: int) -> None:
        arn = target["Arn"]
        try:
            self._sender(arn)(target, event, target_input(target, event, rule))
        except (ClientError, BotoCoreError, ValueError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else "SDK_CLIENT_ERROR"
            retries = (target.get("RetryPolicy") or {}).get("MaximumRetryAttempts", _MOST_RETRIES)
            passing = isinstance(error, BotoCoreError) or any(part in code for part in _PASSING)
            if passing and tries < int(retries):
                again = partial(self._deliver, target, event, rule, tries + 1)
                self._agenda.add(again, seconds=min(2.0**tries, _LONGEST_DELAY) / self._speed)
                return
            _log.warning("the event %s did not reach %s: %s", event["id"], arn, error)
            self._bury(target, event, {"RULE_ARN": rule, "TARGET_ARN": arn, "ERROR_CODE": code})

    def _bury(self, target: Mapping[str, Any], event: Mapping[str, Any], why: Mapping[str, str]) -> None:
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if queue:
            send_to(self._endpoint_url, queue, json.dumps(event), attributes=why)

    def _sender(self, arn: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], str], None]:
        senders = {
            "lambda": self._to_function,
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "states": self._to_state_machine,
            "events": self._to_bus,
        }
        service = arn.split(":")[2]
        if service not in senders:
            raise ValueError(f"the local EventBridge has no targets of {service}")
        return senders[service]

    def _client(self, service: str, arn: str) -> Any:
        return client(service, self._endpoint_url, _region_of(arn), ACCESS_KEY)

    def _to_function(self, target: Mapping[str, Any], _: Mapping[str, Any], text: str) -> None:
        self._client("lambda", target["Arn"]).invoke(
            FunctionName=target["Arn"], InvocationType="Event", Payload=text.encode()
        )

    def _to_queue(self, target: Mapping[str, Any], _: Mapping[str, Any], text: str) -> None:
        queues = self._client("sqs", target["Arn"])
        url = queues.get_queue_url(QueueName=target["Arn"].rpartition(":")[2])["QueueUrl"]
        group = (target.get("SqsParameters") or {}).get("MessageGroupId")
        given = {"MessageGroupId": group} if group else {}
        queues.send_message(QueueUrl=url, MessageBody=text, **given)

    def _to_topic(self, target: Mapping[str, Any], _: Mapping[str, Any], text: str) -> None:
        self._client("sns", target["Arn"]).publish(TopicArn=target["Arn"], Message=text)

    def _to_state_machine(self, target: Mapping[str, Any], event: Mapping[str, Any], text: str) -> None:
        name = f"{event['id']}_{uuid.uuid4()}"
        self._client("stepfunctions", target["Arn"]).start_execution(
            stateMachineArn=target["Arn"], name=name, input=text
        )

    def _to_bus(self, target: Mapping[str, Any], event: Mapping[str, Any], _: str) -> None:
        arn = target["Arn"]
        self.publish(event, bus=arn.rpartition("/")[2], region=_region_of(arn))


def _region_of(arn: str) -> str:
    return arn.split(":")[3]


def _as_seen(event: Mapping[str, Any]) -> dict[str, Any]:
    """moto's event as rules on AWS see it: its time is a text, and it has no time of ingestion."""
    time = event["time"]
    if isinstance(time, int | float | str) and not str(time).count("-"):
        time = _iso(dt.datetime.fromtimestamp(float(time), tz=dt.UTC))
    return {name: value for name, value in event.items() if name != "ingestion-time"} | {"time": str(time)}


def _iso(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
