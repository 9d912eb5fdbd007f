"""What holds data, or is known by its name outside, keeps its logical id: a new one would be a new thing."""

from __future__ import annotations

import json
from pathlib import Path

KNOWN = Path(__file__).with_name("stateful.json")
KINDS = (
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SES::ConfigurationSet",
    "AWS::SES::EmailIdentity",
    "AWS::SES::ReceiptRuleSet",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::StepFunctions::StateMachine",
)
KEPT = {"Registry", "MailBucket", "DataKey"}


def test_logical_ids_of_what_has_state_stay_from_release_to_release(template):
    """A new resource is added to stateful.json; an id that is gone or renamed loses what it holds."""
    known = json.loads(KNOWN.read_text("utf-8"))
    assert {kind: sorted(template.of_type(kind)) for kind in KINDS} == known


def test_addresses_mails_and_their_key_outlive_the_stack(template):
    kept = {name for name, one in template.resources.items() if one.get("DeletionPolicy") == "Retain"}
    assert kept == KEPT
    for name in KEPT:
        assert template.resources[name]["UpdateReplacePolicy"] == "Retain"
