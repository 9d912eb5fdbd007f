"""Whatever is configured, CloudFormation takes the templates, and they keep to the rules of cdk-nag."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs

from infra.app import checked_app
from infra.configuration import ROOT

VARIANTS = {
    "defaults": {},
    "created zone": {"hostedZone": "create", "parentHostedZoneId": "Z0PARENT", "takeOverReceiving": True},
    "existing zone": {"hostedZone": "existing", "hostedZoneId": "Z0EXISTING"},
    "external zone": {"emailIdentity": "existing", "receiptRuleSet": "inbound-mail"},
    "two regions": {"mailRegion": "eu-west-1", "homeRegion": "eu-central-1"},
    "organizations role": {"organizationsRole": "arn:aws:iam::210987654321:role/vending"},
    "both organizations roles": {
        "organizationsRole": "arn:aws:iam::210987654321:role/vending",
        "organizationsReadRole": "arn:aws:iam::210987654321:role/reading",
    },
    "hold policy": {
        "catchAll": "hold",
        "copies": {"abuse": ["security@example.com"]},
        "notifications": ["ops@example.com"],
        "ownerDomains": ["example.com"],
        "addressPattern": "aws+{token}",
    },
    "two stages": {
        "stages": {
            "test": {
                "domain": "aws-test.example.com",
                "forwardFrom": "forwarder@aws-test.example.com",
                "receiptRuleSet": "the-active-one",
                "dashboard": True,
            },
            "tokyo": {
                "domain": "aws-tokyo.example.com",
                "forwardFrom": "forwarder@aws-tokyo.example.com",
                "mailRegion": "ap-northeast-1",
            },
        }
    },
}


@pytest.fixture(scope="module")
def complaints(assembled):
    """What cfn-lint says, by file: of the templates of all variants in one run, because it starts slowly."""
    templates = [
        path for changes in VARIANTS.values() for path in assembled(**changes).glob("*.template.json")
    ]
    linted = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--format", "json", *templates],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(linted.stdout)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_keeps_to_the_rules_and_passes_the_linter(assembled, complaints, variant):
    """Synthesis itself fails where cdk-nag finds something; the test below shows that it does."""
    folder = str(assembled(**VARIANTS[variant]))
    assert [one for one in complaints if one["Filename"].startswith(folder)] == []


def test_a_finding_without_a_written_reason_fails_the_synthesis(cdk_context, tmp_path):
    app = checked_app(cdk_context, tmp_path)
    sqs.Queue(Stack(app, "Careless"), "OpenToPlainHttp")
    with pytest.raises(RuntimeError, match="AwsSolutions-SQS4"):
        app.synth()


def test_the_second_region_has_one_rule_that_may_put_events_on_one_bus(synthesized):
    home = synthesized(stack="AccountVendingHome", **VARIANTS["two regions"])
    rule = home.only("AWS::Events::Rule")["Properties"]
    [target] = rule["Targets"]
    [statement] = home.only("AWS::IAM::Policy")["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "events:PutEvents"
    assert statement["Resource"] == target["Arn"]
    assert ":events:eu-west-1:" in target["Arn"]["Fn::Join"][1]
    assert target["DeadLetterConfig"]


def test_one_region_needs_one_stack(assembled):
    same = assembled(mailRegion="eu-west-1", homeRegion="eu-west-1")
    assert [path.name for path in same.glob("*.template.json")] == ["AccountVending.template.json"]


def test_a_stage_counts_apart_and_leaves_the_organization_to_the_first(synthesized):
    main = synthesized(**VARIANTS["two stages"])
    stage = synthesized(stack="AccountVending-test", **VARIANTS["two stages"])
    assert namespaces(main) == {"AccountVending"}
    assert namespaces(stage) == {"AccountVending/test"}
    body = json.dumps(stage.only("AWS::CloudWatch::Dashboard")["Properties"]["DashboardBody"])
    assert "AccountVending/test" in body
    assert '\\"AccountVending\\' not in body
    rules = {one["Properties"]["Description"] for one in stage.of_type("AWS::Events::Rule").values()}
    assert len(rules) == len(main.of_type("AWS::Events::Rule")) - 3
    assert not [rule for rule in rules if "Control Tower" in rule or "Compares" in rule]
    assert "Reconcile" in stage.resources


def test_stages_change_nothing_about_the_deployment_beside_them(template, synthesized):
    assert synthesized(**VARIANTS["two stages"]).document == template.document


def test_a_stage_has_a_rule_of_its_own_in_the_rule_set_it_shares(synthesized):
    stage = synthesized(stack="AccountVending-test", **VARIANTS["two stages"])
    rule = stage.only("AWS::SES::ReceiptRule")["Properties"]
    assert (rule["RuleSetName"], rule["Rule"]["Name"]) == ("the-active-one", "aws-test.example.com")
    assert stage.of_type("AWS::SES::ReceiptRuleSet") == {}


def namespaces(template):
    """Where the functions of a template count, and its alarms look."""
    told = {
        one["Properties"]["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        for one in template.of_type("AWS::Lambda::Function").values()
    }
    watched = {one["Properties"]["Namespace"] for one in template.of_type("AWS::CloudWatch::Alarm").values()}
    return told | {one for one in watched if not one.startswith("AWS/")}
