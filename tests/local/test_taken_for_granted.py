"""What a template names without making it is there before it is deployed, as it is on AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from moto.route53.models import route53_backends
from moto.ses.models import ses_backends

from workflows.local.assembly import StackTemplate, stacks_of
from workflows.local.services import ACCOUNT_ID
from workflows.local.taken_for_granted import provide

pytestmark = pytest.mark.usefixtures("aws")


def a_stack(folder: Path, kind: str, **properties: Any) -> StackTemplate:
    template = {"Resources": {"One": {"Type": kind, "Properties": properties}}}
    (folder / "AccountVending.template.json").write_text(json.dumps(template))
    [stack] = stacks_of(folder)
    return stack


def test_a_hosted_zone_that_is_named_is_there(tmp_path: Path) -> None:
    for _ in range(2):
        provide(a_stack(tmp_path, "AWS::Route53::RecordSet", HostedZoneId="Z0EXISTING"), ACCOUNT_ID)
    assert list(route53_backends[ACCOUNT_ID]["aws"].zones) == ["Z0EXISTING"]


def test_a_rule_set_that_is_named_is_there_and_active(tmp_path: Path) -> None:
    provide(a_stack(tmp_path, "AWS::SES::ReceiptRule", RuleSetName="inbound-mail"), ACCOUNT_ID)
    active: Any = ses_backends[ACCOUNT_ID]["us-east-1"].describe_active_receipt_rule_set()
    assert active.name == "inbound-mail"


def test_a_rule_set_that_is_named_is_the_one_that_is_active_already(tmp_path: Path) -> None:
    emails = ses_backends[ACCOUNT_ID]["us-east-1"]
    emails.create_receipt_rule_set("ours")
    emails.set_active_receipt_rule_set("ours")
    provide(a_stack(tmp_path, "AWS::SES::ReceiptRule", RuleSetName="its-name-on-aws"), ACCOUNT_ID)
    assert emails.receipt_rule_set["its-name-on-aws"] is emails.receipt_rule_set["ours"]


@pytest.mark.parametrize("kind", ["AWS::Route53::RecordSet", "AWS::SES::ReceiptRule"])
def test_what_the_template_makes_itself_is_left_to_it(tmp_path: Path, kind: str) -> None:
    provide(a_stack(tmp_path, kind, HostedZoneId={"Ref": "Zone"}, RuleSetName={"Ref": "RuleSet"}), ACCOUNT_ID)
    assert not route53_backends[ACCOUNT_ID]["aws"].zones
    assert not ses_backends[ACCOUNT_ID]["us-east-1"].receipt_rule_set
