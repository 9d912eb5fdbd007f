"""What a stage says in cdk.json, what it inherits, and each mistake in it, named with its place."""

from __future__ import annotations

import pytest
from mistakes_for_tests import MISSING, mistakes_of

from infra.stages import read_deployments

STAGE = {
    "domain": "aws-test.example.com",
    "forwardFrom": "forwarder@aws-test.example.com",
    "receiptRuleSet": "inbound",
}


def a_stage(**changes):
    """The keys of a good stage, some of them changed or, where MISSING, left out."""
    return {key: value for key, value in {**STAGE, **changes}.items() if value is not MISSING}


@pytest.mark.parametrize(
    ("changes", "key", "sentence"),
    [
        ({"polSeconds": 5}, "polSeconds", "is unknown; did you mean pollSeconds?"),
        ({"pollSeconds": 0}, "pollSeconds", "must be at least 3, not 0"),
        ({"forwardFrom": MISSING}, "forwardFrom", "must end in @aws-test.example.com"),
        (
            {"domain": MISSING, "forwardFrom": MISSING},
            "domain",
            "must be another than vending.domain: mail to aws.example.com goes to one of them",
        ),
        ({"receiptRuleSet": MISSING}, "receiptRuleSet", "take its output ReceiptRuleSetName"),
        ({"homeRegion": "eu-central-1"}, "homeRegion", "must be empty where watchOrganization is false"),
    ],
)
def test_a_mistake_of_a_stage_is_named_with_its_place(vending, changes, key, sentence):
    vending |= {"mailRegion": "eu-west-1", "stages": {"test": a_stage(**changes)}}
    (mistake,) = mistakes_of(vending)
    assert mistake.startswith(f"cdk.json: vending.stages.test.{key} ")
    assert sentence in mistake


def test_two_stages_cannot_have_one_domain(vending):
    vending["stages"] = {"first": a_stage(), "second": a_stage()}
    (mistake,) = mistakes_of(vending)
    assert mistake.startswith(
        "cdk.json: vending.stages.second.domain must be another than vending.stages.first"
    )


def test_a_stage_inherits_what_it_does_not_say_but_not_what_belongs_to_what_it_says(vending):
    vending |= {
        "mailRegion": "eu-west-1",
        "homeRegion": "eu-central-1",
        "pollSeconds": 7,
        "takeOverReceiving": True,
        "hostedZone": "existing",
        "hostedZoneId": "Z0EXISTING",
        "stages": {"test": a_stage(hostedZone="external")},
    }
    main, test = (one.configuration for one in read_deployments({"vending": vending}))
    assert (test.poll_seconds, test.mail_region) == (7, "eu-west-1")
    assert (test.hosted_zone_id, test.take_over_receiving, test.home_region) == ("", False, "")
    assert (main.watch_organization, test.watch_organization) == (True, False)


def test_a_stage_that_watches_the_organization_hears_of_it_as_the_first_does(vending):
    vending |= {"mailRegion": "eu-west-1", "homeRegion": "eu-central-1"}
    vending["stages"] = {"test": a_stage(watchOrganization=True)}
    _, test = read_deployments({"vending": vending})
    assert test.configuration.forwards_from_home
    assert (test.stack_name, test.home_stack_name) == ("AccountVending-test", "AccountVendingHome-test")


def test_a_stage_in_another_region_has_a_rule_set_of_its_own(vending):
    vending["stages"] = {"test": a_stage(receiptRuleSet=MISSING, mailRegion="eu-west-1")}
    assert [one.stage for one in read_deployments({"vending": vending})] == ["", "test"]
