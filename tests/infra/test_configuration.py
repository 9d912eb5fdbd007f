"""Every mistake in cdk.json is named in one sentence, before anything is deployed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from mistakes_for_tests import MISSING, mistakes_of

from infra.app import read_context
from infra.configuration import ROOT, read_configuration
from infra.configuration_mistakes import ConfigurationMistakes
from infra.stages import read_deployments

ROLE = "arn:aws:iam::210987654321:role/vending"

MISTAKES = [
    ("domain", MISSING, "is missing: it is the receiving domain, such as aws.example.com"),
    ("forwardFrom", MISSING, "is missing: it is the From address of every mail, inside the receiving domain"),
    ("administrator", MISSING, "is missing: it is the mail address of the team that runs this"),
    ("domain", 5, "must be a text, not 5"),
    ("domain", "AWS.example.com", "must be in lower case"),
    ("domain", "example", "must be a domain such as aws.example.com"),
    (
        "forwardFrom",
        "forwarder@example.com",
        "must end in @aws.example.com, because SES sends for verified domains",
    ),
    ("forwardFrom", "forwarder", "must be a mail address, such as team@example.com"),
    (
        "administrator",
        "admin@aws.example.com",
        "is inside aws.example.com, whose mail is forwarded to owners",
    ),
    ("ownerDomains", "example.com", "must be a list"),
    ("ownerDomains", ["aws.example.com"], "has the receiving domain in it"),
    ("namePattern", "{BusinessUnit", "is not a pattern"),
    ("namePattern", "", "names no tag"),
    ("addressPattern", "{name}", "must have either {account_name} or {token}, once"),
    ("environments", ["prod"], "must be an object"),
    ("environments", {"Production": "prod"}, "has 'Production', which must be in upper case"),
    ("environments", {"PRODUCTION": ""}, "has no short form for 'PRODUCTION'"),
    ("environments", {"PRODUCTION": 1}, "must be a text, not 1"),
    ("defaultEnvironment", "", "must be one word of printable ASCII characters"),
    ("creationsInFlight", 0, "must be at least 1, not 0"),
    ("creationsInFlight", 6, "must be at most 5, not 6"),
    ("creationTimeoutMinutes", 1.5, "must be a whole number, not 1.5"),
    ("creationTimeoutMinutes", 4, "must be at least 5, not 4"),
    ("pollSeconds", "20", 'must be a whole number, not "20"'),
    ("pollSeconds", True, "must be a whole number, not true"),
    ("pollSeconds", 2, "must be at least 3, not 2"),
    ("pollSeconds", 241, "must be at most 240, not 241"),
    ("signInUrl", "http://example.awsapps.com/start", "must be an https:// address, or empty"),
    ("templateFolder", "/etc", "must be a folder inside this repository, relative to it"),
    ("templateFolder", "no-such-folder", "is not a folder"),
    ("catchAll", "drop", 'must be admin or hold, not "drop"'),
    ("copies", ["security@example.com"], "must be an object"),
    ("copies", {"bilings": []}, "has no category 'bilings'; did you mean billing?"),
    ("copies", {"billing": "finance@example.com"}, "must be a list"),
    ("copies", {"billing": ["finance"]}, "must be a mail address, such as team@example.com"),
    ("copies", {"abuse": ["x@aws.example.com"]}, "has 'x@aws.example.com', which is inside aws.example.com"),
    ("awsDomains", ["AMAZON.com"], "must be in lower case"),
    ("mailRetentionDays", 29, "must be at least 30, not 29"),
    ("notifications", ["ops@aws.example.com"], "is inside aws.example.com"),
    ("logRetentionDays", 8, "must be one of 1, 3, 5, 7"),
    ("hostedZone", "public", 'must be create, existing or external, not "public"'),
    ("hostedZone", "existing", "must be the id of the hosted zone, because hostedZone is existing"),
    ("hostedZoneId", "Z0EXISTING", "has a meaning only where hostedZone is existing; it is external"),
    ("hostedZoneId", "example.com", "must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ"),
    ("parentHostedZoneId", "Z0PARENT", "has a meaning only where hostedZone is create; it is external"),
    ("emailIdentity", "none", 'must be create or existing, not "none"'),
    ("dmarcPolicy", "strict", 'must be none, quarantine or reject, not "strict"'),
    ("receiptRuleSet", "no set", "must be the name of a receipt rule set, such as inbound-mail, or empty"),
    ("takeOverReceiving", "yes", 'must be true or false, not "yes"'),
    ("organizationsRole", "vending", "must be the ARN of a role, such as arn:aws:iam::123456789012:role/"),
    ("organizationsReadRole", ROLE, "has a meaning only beside organizationsRole"),
    ("mailRegion", "Frankfurt", "must be the name of a region, such as eu-central-1, or empty"),
    ("homeRegion", "eu-central", "must be the name of a region, such as eu-central-1, or empty"),
    ("homeRegion", "eu-central-1", "has a meaning only beside mailRegion"),
    ("watchOrganization", "no", 'must be true or false, not "no"'),
    ("stages", ["test"], "must be an object"),
    ("stages", {"test": "aws-test.example.com"}, "must be an object, not"),
    ("stages", {"Test": {}}, "has 'Test', which must be at most 30 lower-case letters, digits and hyphens"),
    ("stages", {"test": {"stages": {}}}, "has stages in 'test': they all stand in vending"),
    ("logLevel", "debug", 'must be DEBUG, INFO, WARNING or ERROR, not "debug"'),
    ("polSeconds", 20, "is unknown; did you mean pollSeconds?"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), MISTAKES)
def test_a_mistake_is_named_in_one_sentence_with_its_key(vending, key, value, sentence):
    vending.pop(key, None)
    if value is not MISSING:
        vending[key] = value
    (mistake,) = mistakes_of(vending)
    assert mistake.startswith(f"cdk.json: vending.{key}")
    assert sentence in mistake
    assert "\n" not in mistake


@pytest.mark.parametrize(
    ("changes", "key", "sentence"),
    [
        ({"hostedZone": "create", "emailIdentity": "existing"}, "emailIdentity", "hostedZone is create"),
        ({"receiptRuleSet": "mail", "takeOverReceiving": True}, "takeOverReceiving", "must be false where"),
        (
            {"creationTimeoutMinutes": 1440, "pollSeconds": 20},
            "pollSeconds",
            "at least 65 where creationTimeoutMinutes is 1440, or that at most 444 where pollSeconds is 20",
        ),
        (
            {"organizationsRole": ROLE, "organizationsReadRole": ROLE},
            "organizationsReadRole",
            "must be another role than organizationsRole",
        ),
        (
            {"mailRegion": "eu-west-1", "homeRegion": "eu-central-1", "organizationsRole": ROLE},
            "homeRegion",
            "docs/examples/control_tower_events.yaml",
        ),
        (
            {"mailRegion": "eu-west-1", "homeRegion": "eu-central-1", "watchOrganization": False},
            "homeRegion",
            "must be empty where watchOrganization is false",
        ),
    ],
)
def test_keys_that_contradict_each_other_are_a_mistake(vending, changes, key, sentence):
    vending |= changes
    (mistake,) = mistakes_of(vending)
    assert mistake.startswith(f"cdk.json: vending.{key} ")
    assert sentence in mistake


@pytest.mark.parametrize(("minutes", "seconds"), [(1440, 65), (444, 20), (66, 3)])
def test_the_longest_waiting_that_fits_into_a_history_is_accepted(vending, minutes, seconds):
    vending |= {"creationTimeoutMinutes": minutes, "pollSeconds": seconds}
    (main,) = read_deployments({"vending": vending})
    assert main.configuration.poll_seconds == seconds


def test_a_domain_too_long_for_unguessable_addresses_is_a_mistake(vending):
    domain = f"{'a' * 40}.example.com"
    vending |= {"domain": domain, "forwardFrom": f"forwarder@{domain}", "addressPattern": "aws+{token}"}
    (mistake,) = mistakes_of(vending)
    assert mistake.startswith("cdk.json: vending.addressPattern")
    assert "at most 64 characters" in mistake


def test_all_mistakes_are_named_at_once(vending):
    del vending["domain"]
    vending |= {"pollSeconds": 0, "colour": "blue"}
    assert [mistake.split()[1] for mistake in mistakes_of(vending)] == [
        "vending.domain",
        "vending.pollSeconds",
        "vending.colour",
    ]


@pytest.mark.parametrize("vending", [None, [], "aws.example.com"])
def test_a_configuration_that_is_no_object_is_said_to_be_none(vending):
    (mistake,) = mistakes_of(vending)
    assert mistake.startswith("cdk.json: vending must be an object, not")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cdk.json is not JSON: Expecting property name"),
        ("[]", "cdk.json has no context"),
        ('{"context": []}', "cdk.json has no context"),
        (None, "cdk.json is missing"),
    ],
)
def test_a_cdk_json_that_cannot_be_read_is_named(tmp_path, monkeypatch, text, sentence):
    monkeypatch.delenv("CDK_CONTEXT_JSON", raising=False)
    if text is not None:
        (tmp_path / "cdk.json").write_text(text)
    with pytest.raises(ConfigurationMistakes) as raised:
        read_context(tmp_path / "cdk.json")
    assert str(raised.value).startswith(sentence)


def test_a_context_without_vending_is_named():
    with pytest.raises(ConfigurationMistakes, match='has no "vending" key'):
        read_configuration({})


def test_defaults_fill_what_is_left_out(vending):
    needed = {key: vending[key] for key in ("domain", "forwardFrom", "administrator")}
    configuration = read_configuration({"vending": needed})
    assert configuration.creations_in_flight == 5
    assert configuration.log_retention_days == 365


def test_synthesis_ends_with_one_sentence_and_exit_code_1(vending, tmp_path):
    vending["polSeconds"] = 20
    finished = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_CONTEXT_JSON": json.dumps({"vending": vending}),
            "VENDING_ASSEMBLY": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr == "cdk.json: vending.polSeconds is unknown; did you mean pollSeconds?\n"
