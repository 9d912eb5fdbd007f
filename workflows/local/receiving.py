"""SES receiving: plays a mail through the active receipt rules, into the bucket and onto the topic."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.ses.models import ses_backends

from workflows.local.clients import client
from workflows.local.mail_facts import addressed_to, headers_of, iso

ACCESS_KEY = "AKIAEMAILRECEIVINGXX"
"""The key with which SES stores and tells."""

_MAIL_AT_MOST = 40 * 1024 * 1024
_VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")
_ID_CHARACTERS = string.ascii_lowercase + string.digits


class MailNotTaken(Exception):
    """SES would not take the mail, or was not given one; the message says why."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as a sending server hands it over, and what SES finds out about it."""

    raw: bytes
    recipients: list[str]
    mail_from: str = ""
    verdicts: Mapping[str, str] = field(default_factory=dict)


class Receiving:
    """The receiving side of SES.

    Args:
        endpoint_url: the local AWS.
        account_id: whose rules these are.
        region: theirs.
    """

    def __init__(self, endpoint_url: str, account_id: str, region: str) -> None:
        self._endpoint_url = endpoint_url
        self._account_id = account_id
        self._region = region

    @property
    def active_rule_set(self) -> str | None:
        """The name of the active rule set."""
        active = self._moto.describe_active_receipt_rule_set()
        return active.name if active else None

    def activate(self, name: str | None) -> None:
        """Make a rule set the active one, or none.

        Raises:
            MailNotTaken: there is no such rule set.
        """
        known = sorted(self._moto.receipt_rule_set)
        if name is not None and name not in known:
            raise MailNotTaken(f"there is no receipt rule set {name}; there are {', '.join(known) or 'none'}")
        self._moto.set_active_receipt_rule_set(name)

    def activate_only(self) -> None:
        """Make the only rule set the active one, as its operator would; more than one are left alone."""
        names = list(self._moto.receipt_rule_set)
        if len(names) == 1 and self.active_rule_set is None:
            self.activate(names[0])

    def receive(self, arrival: Arrival) -> dict[str, str]:
        """Take a mail in.

        Returns:
            `messageId`, and `bucket` and `key` of where it was stored.

        Raises:
            MailNotTaken: no rule takes it, or it is too large.
        """
        if len(arrival.raw) > _MAIL_AT_MOST:
            raise MailNotTaken(f"552 5.3.4 the mail has more than {_MAIL_AT_MOST} bytes")
        rule, recipients = self._rule_for(arrival.recipients)
        message_id = "".join(secrets.choice(_ID_CHARACTERS) for _ in range(40))
        stored = {"messageId": message_id, "bucket": "", "key": ""}
        for action in rule["Actions"]:
            store = action.get("S3Action")
            if store is None:
                raise MailNotTaken(
                    f"the rule {rule['Name']} has an action that is not emulated: {list(action)}"
                )
            key = f"{store.get('ObjectKeyPrefix', '')}{message_id}"
            self._client("s3").put_object(Bucket=store["BucketName"], Key=key, Body=arrival.raw)
            stored |= {"bucket": store["BucketName"], "key": key}
            if topic := store.get("TopicArn"):
                told = self._notification(arrival, recipients, rule, stored, store)
                self._client("sns").publish(
                    TopicArn=topic,
                    Subject="Amazon SES Email Receipt Notification",
                    Message=json.dumps(told),
                )
        return stored

    @property
    def _moto(self) -> Any:
        return ses_backends[self._account_id][self._region]

    def _client(self, service: str) -> Any:
        return client(service, self._endpoint_url, self._region, ACCESS_KEY)

    def _rule_for(self, recipients: list[str]) -> tuple[dict[str, Any], list[str]]:
        """The first enabled rule that takes any of the recipients, and those it takes."""
        active = self._moto.describe_active_receipt_rule_set()
        if active is None:
            raise MailNotTaken("550 5.1.1 no receipt rule set is active")
        for rule in active.rules:
            taken = [one for one in recipients if _takes(rule, one)]
            if str(rule.get("Enabled")).lower() == "true" and taken:
                return rule, taken
        to = ", ".join(recipients)
        raise MailNotTaken(f"550 5.1.1 no enabled rule of {active.name} takes mail for {to}")

    def _notification(
        self,
        arrival: Arrival,
        recipients: list[str],
        rule: Mapping[str, Any],
        stored: Mapping[str, str],
        action: Mapping[str, Any],
    ) -> dict[str, Any]:
        now = iso(dt.datetime.now(tz=dt.UTC))
        scanned = str(rule.get("ScanEnabled")).lower() == "true"
        verdicts = dict.fromkeys(_VERDICTS, "PASS")
        if not scanned:
            verdicts |= {"spam": "DISABLED", "virus": "DISABLED"}
        verdicts |= arrival.verdicts
        return {
            "notificationType": "Received",
            "mail": {
                "timestamp": now,
                "source": arrival.mail_from,
                "messageId": stored["messageId"],
                "destination": addressed_to(arrival.raw),
                **headers_of(arrival.raw),
            },
            "receipt": {
                "timestamp": now,
                "processingTimeMillis": 500,
                "recipients": recipients,
                **{f"{name}Verdict": {"status": status} for name, status in verdicts.items()},
                **({"dmarcPolicy": "reject"} if verdicts["dmarc"] == "FAIL" else {}),
                "action": {
                    "type": "S3",
                    "topicArn": action["TopicArn"],
                    "bucketName": stored["bucket"],
                    "objectKeyPrefix": action.get("ObjectKeyPrefix", ""),
                    "objectKey": stored["key"],
                },
            },
        }


def read_arrival(document: Any) -> Arrival:
    """The mail in the body of `POST /_local/ses/receive`.

    Raises:
        MailNotTaken: the body is not `{raw, recipients, mailFrom?, verdicts?}`.
    """
    if not isinstance(document, dict):
        raise MailNotTaken("the body must be a JSON object: {raw, recipients, mailFrom, verdicts}")
    unknown = sorted(set(document) - {"raw", "recipients", "mailFrom", "verdicts"})
    if unknown:
        raise MailNotTaken(
            f"there is no {', '.join(unknown)}; there are raw, recipients, mailFrom and verdicts"
        )
    recipients, mail_from = document.get("recipients"), document.get("mailFrom") or ""
    if not isinstance(recipients, list) or not recipients or not all(isinstance(x, str) for x in recipients):
        raise MailNotTaken("`recipients` must be a list of addresses")
    if not isinstance(mail_from, str):
        raise MailNotTaken("`mailFrom` must be an address, or empty as for a bounce")
    return Arrival(
        _raw(document.get("raw")), recipients, mail_from, _verdicts(document.get("verdicts") or {})
    )


def _raw(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise MailNotTaken("`raw` must be the mail in base64") from None


def _verdicts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(status, str) for status in value.values()):
        raise MailNotTaken("`verdicts` must be an object of texts, such as {spam: FAIL}")
    unknown = sorted(set(value) - set(_VERDICTS))
    if unknown:
        raise MailNotTaken(f"there is no verdict {', '.join(unknown)}; there are {', '.join(_VERDICTS)}")
    return value


def _takes(rule: Mapping[str, Any], recipient: str) -> bool:
    """Whether a rule's conditions fit: a domain, `.domain` for its subdomains, or an address.

    A domain does not stand for its subdomains (Amazon SES Developer Guide, "Receipt rules").
    """
    address = recipient.lower()
    local, _, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    wanted = [one.lower() for one in rule.get("Recipients") or []]
    return not wanted or any(
        domain.endswith(one) if one.startswith(".") else one in (address, plain, domain) for one in wanted
    )
