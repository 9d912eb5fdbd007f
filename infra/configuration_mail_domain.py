"""The keys of the configuration about the mail domain: its identity, its DNS and its receipt rules."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import ValidationInfo, field_validator

from infra.configuration_keys import Keys
from workflows.mail.dns_records import DMARC_POLICY

HostedZone = Literal["create", "existing", "external"]


class MailDomainKeys(Keys):
    """How the receiving domain is set up in SES and DNS."""

    hosted_zone: HostedZone = "external"
    """Who publishes the records: this stack in a zone it creates, or in one that exists, or somebody else."""
    hosted_zone_id: str = ""
    parent_hosted_zone_id: str = ""
    """A zone of this account that delegates to the created one."""
    email_identity: Literal["create", "existing"] = "create"
    """`existing` leaves alone a domain that was verified in SES by other means."""
    dmarc_policy: Literal["none", "quarantine", "reject"] = DMARC_POLICY  # type: ignore[assignment]
    receipt_rule_set: str = ""
    """A rule set that exists, in which our rule is put; empty makes one of our own."""
    take_over_receiving: bool = False
    """Activate our own rule set although another one is active."""

    @field_validator("hosted_zone_id", "parent_hosted_zone_id")
    @classmethod
    def _zone_id(cls, zone_id: str, info: ValidationInfo) -> str:
        wanted = "existing" if info.field_name == "hosted_zone_id" else "create"
        kind = info.data.get("hosted_zone")
        if zone_id and not re.fullmatch(r"Z[A-Z0-9]{3,31}", zone_id):
            raise ValueError("must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ")
        if zone_id and kind not in (wanted, None):
            raise ValueError(f"has a meaning only where hostedZone is {wanted}; it is {kind}")
        if not zone_id and wanted == kind == "existing":
            raise ValueError("must be the id of the hosted zone, because hostedZone is existing")
        return zone_id

    @field_validator("email_identity")
    @classmethod
    def _with_external_records(cls, identity: str, info: ValidationInfo) -> str:
        kind = info.data.get("hosted_zone")
        if identity == "existing" and kind in ("create", "existing"):
            raise ValueError(
                "must be create where this stack publishes the records: it does not know those of an "
                f"identity it did not make, and hostedZone is {kind}"
            )
        return identity

    @field_validator("receipt_rule_set")
    @classmethod
    def _rule_set_name(cls, name: str) -> str:
        if name and not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?", name):
            raise ValueError("must be the name of a receipt rule set, such as inbound-mail, or empty")
        return name

    @field_validator("take_over_receiving")
    @classmethod
    def _with_our_own(cls, take_over: bool, info: ValidationInfo) -> bool:
        if take_over and info.data.get("receipt_rule_set"):
            raise ValueError("must be false where receiptRuleSet names a rule set: that one is used as it is")
        return take_over
