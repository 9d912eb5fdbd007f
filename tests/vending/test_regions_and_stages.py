"""The richest configuration is deployed, in two regions and with a stage beside it, and all of it works."""

from __future__ import annotations

import base64
import json

import pytest
from aws_for_tests import serving
from organizations_for_tests import an_account_made_elsewhere
from requests_for_tests import (
    ADOPTED_PATH,
    CLEAN_PATH,
    a_lifecycle_event,
    an_account_request,
    without_repeated_polls,
)
from typer.testing import CliRunner

from infra.app import read_context
from infra.configuration import ROOT
from workflows.operate.command_line import app

HOME, MAIL, FAR = "eu-central-1", "eu-west-1", "ap-northeast-1"
ROLE = "arn:aws:iam::210987654321:role/vending"
READ_ROLE = "arn:aws:iam::210987654321:role/reading"
RICHEST = {
    "mailRegion": MAIL,
    "homeRegion": HOME,
    "hostedZone": "create",
    "parentHostedZoneId": "Z0PARENT",
    "ownerDomains": ["example.com"],
    "addressPattern": "aws+{token}",
    "catchAll": "hold",
    "copies": {"other": ["security@example.com"]},
    "notifications": ["ops@example.com"],
    "dashboard": True,
    "templateFolder": "tests/vending/own_templates",
    "stages": {
        "test": {
            "domain": "aws-test.example.com",
            "forwardFrom": "forwarder@aws-test.example.com",
            "hostedZone": "existing",
            "hostedZoneId": "Z0EXISTING",
            "addressPattern": "{account_name}",
            "receiptRuleSet": "the-active-one",
            # In the richest configuration only here: with it there is no home region.
            "organizationsRole": ROLE,
            "organizationsReadRole": READ_ROLE,
        },
        "far": {
            "domain": "aws-far.example.com",
            "forwardFrom": "forwarder@aws-far.example.com",
            "mailRegion": FAR,
            "notifications": [],
            "addressPattern": "{account_name}",
        },
    },
}


@pytest.fixture(scope="module")
def richest(tmp_path_factory):
    """A local AWS of its own with the richest configuration."""
    context = read_context(ROOT / "cdk.json")
    context["vending"] |= RICHEST
    log = tmp_path_factory.mktemp("richest") / "log.txt"
    with serving(log, speed=50, CDK_CONTEXT_JSON=json.dumps(context)) as aws:
        yield aws


@pytest.fixture(scope="module")
def stage(richest):
    """The stage `test`, in the same local AWS."""
    return richest.beside("AccountVending-test")


def doctor(aws, check):
    """What `vend doctor` finds, as one check sees it."""
    result = CliRunner(env=aws.environment).invoke(app, ["doctor", "--json"], prog_name="vend")
    [found] = [one for one in json.loads(result.stdout)["findings"] if one["check"] == check]
    return found


def test_an_import_asks_the_organization_through_the_role_that_only_reads(stage, unique):
    account_id = an_account_made_elsewhere(stage, unique)
    command = ["import", "--from", "organization", "--dry-run", "--json"]
    result = CliRunner(env=stage.environment).invoke(app, command, prog_name="vend")
    assert result.exit_code == 0, result.output
    [row] = [one for one in json.loads(result.stdout) if one["accountId"] == account_id]
    assert (row["accountName"], row["status"]) == (unique, "TO_ADOPT")
    assert "operator" not in {one["principal"] for one in stage.calls("organizations", "ListAccounts")[-1:]}
    assumed = [one for one in stage.calls("sts", "AssumeRole") if one["principal"] == "operator"]
    assert {one["request"]["RoleArn"] for one in assumed} == {READ_ROLE}


def test_a_role_that_cannot_be_assumed_is_named_with_the_template_that_makes_it(stage):
    fault = {"service": "sts", "operation": "AssumeRole", "when": "before", "error": "AccessDenied"}
    with stage.fault(**fault, times=20):
        found = doctor(stage, "Organizations")
    assert READ_ROLE in found["what"]
    assert "organizations_role.yaml" in found["remedy"]


def test_a_role_outside_the_management_account_is_wrong(stage):
    assert "210987654321 is not the management account" in doctor(stage, "Organizations")["what"]


def test_alarms_that_reach_nobody_are_wrong(richest, stage):
    found = doctor(richest.beside("AccountVending-far", FAR), "operations topic")
    assert found["state"] == "WRONG"
    assert "Alarms reach nobody: the operations topic has no subscription" in found["what"]
    assert doctor(stage, "operations topic")["state"] == "OK"


def receive(aws, address):
    """Let SES receive a mail for an address."""
    raw = f"From: Jane <jane@example.org>\r\nTo: {address}\r\nSubject: Hello\r\n\r\nBody\r\n".encode()
    aws.control(
        "ses/receive",
        {
            "raw": base64.b64encode(raw).decode(),
            "recipients": [address],
            "mailFrom": "jane@example.org",
            "verdicts": {},
        },
    )


def test_it_is_deployed_in_the_mail_region_and_vends_there(richest, unique):
    assert richest.environment["AWS_REGION"] == MAIL
    assert f":{MAIL}:" in richest.outputs["StateMachineArn"]
    vended = richest.vend(an_account_request(unique))
    assert without_repeated_polls(vended.path) == CLEAN_PATH
    address = vended.output["account"]["address"]
    assert address.startswith("aws+")
    [welcome] = richest.mails(to=f"{unique}@example.com")
    assert welcome["Subject"] == f"Welcome from our own folder: {unique}"
    receive(richest, address)
    for mailbox in (f"{unique}@example.com", "security@example.com"):
        richest.eventually(
            lambda to=mailbox: [one for one in richest.mails(to=to) if one["Subject"] == "Hello"]
        )


def test_an_event_of_the_home_region_reaches_the_mail_region_once_and_by_that_rule(richest, unique):
    account_id = an_account_made_elsewhere(richest, unique, tags={"owner": f"{unique}@example.com"})
    event = {**a_lifecycle_event("CreateManagedAccount", account_id), "region": HOME}
    at_home = richest.client("events", HOME)
    [rule] = at_home.list_rules()["Rules"]
    at_home.disable_rule(Name=rule["Name"])
    richest.control("events", {**event, "id": f"lost-{unique}"})
    at_home.enable_rule(Name=rule["Name"])
    richest.control("events", {**event, "id": f"home-{unique}"})
    [adopting] = richest.eventually(lambda: richest.executions(f"home-{unique}"))
    assert adopting.wait().path == ADOPTED_PATH
    forwarded = richest.calls("stepfunctions", "StartExecution", containing=f"home-{unique}")
    assert [call["principal"] for call in forwarded] == ["EventBridge"]
    assert HOME in forwarded[0]["request"]["input"]
    assert richest.executions(f"lost-{unique}") == []


def test_a_stage_vends_and_forwards_with_its_own_domain_registry_and_rights(richest, stage, unique):
    assert stage.outputs["TableName"] != richest.outputs["TableName"]
    vended = stage.vend(an_account_request(unique))
    assert without_repeated_polls(vended.path) == CLEAN_PATH
    assert vended.output["account"]["address"] == f"{unique}@aws-test.example.com"
    assert stage.item(f"ADDRESS#{unique}@aws-test.example.com")["status"] == "ACTIVE"
    assert richest.item(f"ADDRESS#{unique}@aws-test.example.com") is None
    assumed = richest.calls("sts", "AssumeRole", containing=ROLE)
    assert {"CreateAccount", "CheckAccount"} <= {call["principal"] for call in assumed}
    receive(stage, f"{unique}@aws-test.example.com")
    [forwarded] = stage.eventually(
        lambda: [one for one in stage.mails(to=f"{unique}@example.com") if one["Subject"] == "Hello"]
    )
    assert "forwarder@aws-test.example.com" in forwarded["From"]


def test_a_stage_in_another_region_vends_there(richest, unique):
    far = richest.beside("AccountVending-far", FAR)
    vended = far.vend(an_account_request(unique))
    assert without_repeated_polls(vended.path) == CLEAN_PATH
    assert f":{FAR}:" in vended.arn
    [welcome] = far.mails(to=f"{unique}@example.com")
    assert "forwarder@aws-far.example.com" in welcome["From"]


def test_a_stage_does_not_adopt_what_the_first_deployment_does(richest, stage, unique):
    account_id = an_account_made_elsewhere(richest, unique)
    event = a_lifecycle_event("UpdateManagedAccount", account_id, event_id=f"both-{unique}")
    richest.control("events", event)
    [adopting] = richest.eventually(lambda: richest.executions(f"both-{unique}"))
    adopting.wait()
    assert stage.executions(f"both-{unique}") == []
