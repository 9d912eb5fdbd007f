"""The custom resource of the active receipt rule set: nobody else's rules are ever left broken."""

from __future__ import annotations

import itertools
import json
import uuid

import pytest

OTHERS = "theirs"
OURS = "forward-to-owners"
"""The name of our rule in our rule set."""
GUEST = "a-stage.example.com"


class Activation:
    """Sends ActivateRuleSet what CloudFormation sends, and reads its answer."""

    def __init__(self, aws):
        self.aws = aws
        self.ses = aws.client("ses")
        resource = aws.client("cloudformation").describe_stack_resource(
            StackName=aws.environment["VENDING_STACK"], LogicalResourceId="ActivateRuleSet"
        )
        self._function = resource["StackResourceDetail"]["PhysicalResourceId"]
        self.ours = aws.outputs["ReceiptRuleSetName"]

    def send(self, kind, *, take_over=False, ours=None, **more):
        """Send a request and return the answer that CloudFormation would get."""
        store = self.aws.client("s3")
        place = {"Bucket": "custom-resource-answers", "Key": uuid.uuid4().hex}
        store.create_bucket(Bucket=place["Bucket"])
        event = {
            "RequestType": kind,
            "ResponseURL": store.generate_presigned_url("put_object", Params=place),
            "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/AccountVending/1",
            "RequestId": place["Key"],
            "LogicalResourceId": "Activation",
            "ResourceProperties": {
                "RuleSetName": ours or self.ours,
                "RuleName": OURS,
                "TakeOver": str(take_over).lower(),
            },
            **more,
        }
        self.aws.client("lambda").invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
        return json.loads(store.get_object(**place)["Body"].read())

    def outcome(self, kind, **properties):
        """What a request that succeeds has done."""
        answer = self.send(kind, **properties)
        assert answer["Status"] == "SUCCESS", answer
        assert answer["PhysicalResourceId"] == "active-receipt-rule-set"
        return answer["Data"]["Outcome"]

    @property
    def active(self):
        """The name of the active rule set, or None."""
        return self.ses.describe_active_receipt_rule_set().get("Metadata", {}).get("Name")

    @active.setter
    def active(self, name):
        self.ses.set_active_receipt_rule_set(**({"RuleSetName": name} if name else {}))


@pytest.fixture
def activation(aws):
    """The function, with nothing remembered and nothing active; afterwards ours is active again."""
    found = Activation(aws)
    found.outcome("Delete")
    found.active = None
    found.ses.create_receipt_rule_set(RuleSetName=OTHERS)
    yield found
    found.active = None
    found.outcome("Delete")
    for one in found.ses.list_receipt_rule_sets()["RuleSets"]:
        if one["Name"] != found.ours:
            found.ses.delete_receipt_rule_set(RuleSetName=one["Name"])
    assert found.outcome("Create") == "ACTIVATED"


def test_ours_is_activated_where_none_is_active_and_released_at_the_end(activation):
    assert activation.outcome("Create") == "ACTIVATED"
    assert activation.active == activation.ours
    assert activation.outcome("Delete") == "NONE_ACTIVE"
    assert activation.active is None


def test_another_active_rule_set_stays_active_unless_told_otherwise(activation):
    activation.active = OTHERS
    assert activation.outcome("Create") == "LEFT_TO_ANOTHER"
    assert activation.outcome("Delete") == "LEFT_TO_ANOTHER"
    assert activation.active == OTHERS


def test_what_ours_took_the_place_of_is_given_back(activation):
    activation.active = OTHERS
    assert activation.outcome("Create", take_over=True) == "ACTIVATED"
    assert activation.active == activation.ours
    assert activation.outcome("Delete", take_over=True) == "GIVEN_BACK"
    assert activation.active == OTHERS


def test_asking_again_changes_nothing_and_forgets_nothing(activation):
    activation.active = OTHERS
    for _ in range(2):
        activation.outcome("Create", take_over=True)
    assert activation.outcome("Update", take_over=True) == "ACTIVE_ALREADY"
    for _ in range(2):
        activation.outcome("Delete", take_over=True)
    assert activation.active == OTHERS


def test_an_update_applies_and_its_rollback_undoes(activation):
    activation.active = OTHERS
    activation.outcome("Create")
    assert activation.outcome("Update", take_over=True) == "ACTIVATED"
    assert activation.active == activation.ours
    assert activation.outcome("Update", take_over=False) == "GIVEN_BACK"
    assert activation.active == OTHERS


def test_a_rule_set_of_ours_that_is_replaced_is_never_given_back(activation):
    activation.active = OTHERS
    activation.outcome("Create", take_over=True)
    activation.ses.create_receipt_rule_set(RuleSetName="ours-anew")
    before = {"RuleSetName": activation.ours, "TakeOver": "true"}
    activation.outcome("Update", take_over=True, ours="ours-anew", OldResourceProperties=before)
    assert activation.active == "ours-anew"
    assert activation.outcome("Delete", take_over=True, ours="ours-anew") == "GIVEN_BACK"
    assert activation.active == OTHERS


def test_what_somebody_else_activated_since_then_stays_active(activation):
    activation.outcome("Create")
    activation.active = OTHERS
    assert activation.outcome("Delete") == "LEFT_TO_ANOTHER"
    assert activation.active == OTHERS


def test_a_rule_set_that_is_gone_cannot_be_given_back(activation):
    activation.active = OTHERS
    activation.outcome("Create", take_over=True)
    activation.ses.delete_receipt_rule_set(RuleSetName=OTHERS)
    assert activation.outcome("Update", take_over=False) == "ACTIVE_ALREADY"
    assert activation.outcome("Delete", take_over=True) == "NONE_ACTIVE"
    assert activation.active is None


@pytest.fixture
def shared(activation):
    """A rule set of ours in which somebody else has a rule, such as a stage."""
    activation.ses.create_receipt_rule_set(RuleSetName="shared")
    for name in (OURS, GUEST):
        rule = {"Name": name, "Enabled": True, "Recipients": [GUEST]}
        activation.ses.create_receipt_rule(RuleSetName="shared", Rule=rule)
    yield "shared"
    activation.active = None
    activation.ses.delete_receipt_rule_set(RuleSetName="shared")
    activation.outcome("Delete", ours="shared")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("Delete", {"ours": "shared", "take_over": True}),
        ("Update", {"ours": "shared", "take_over": False}),
        ("Update", {"take_over": True}),
    ],
    ids=["deleted", "given back", "replaced"],
)
def test_a_rule_set_by_which_others_receive_does_not_make_way(activation, shared, kind, properties):
    activation.active = OTHERS
    activation.outcome("Create", ours=shared, take_over=True)
    before = {"RuleSetName": shared, "TakeOver": "true"}
    answer = activation.send(kind, **properties, OldResourceProperties=before)
    assert answer["Status"] == "FAILED"
    assert f"rules that are not this stack's: {GUEST}." in answer["Reason"]
    assert "Move them to a rule set" in answer["Reason"]
    assert activation.active == shared


def test_once_the_rules_of_others_are_gone_it_makes_way(activation, shared):
    activation.active = OTHERS
    activation.outcome("Create", ours=shared, take_over=True)
    assert activation.send("Delete", ours=shared, take_over=True)["Status"] == "FAILED"
    activation.active = None
    activation.ses.delete_receipt_rule_set(RuleSetName=shared)
    activation.ses.create_receipt_rule_set(RuleSetName=shared)
    activation.active = shared
    assert activation.outcome("Delete", ours=shared, take_over=True) == "GIVEN_BACK"
    assert activation.active == OTHERS


def test_a_rule_set_that_is_not_active_makes_way_whatever_is_in_it(activation, shared):
    activation.outcome("Create", ours=shared)
    activation.active = OTHERS
    assert activation.outcome("Delete", ours=shared) == "LEFT_TO_ANOTHER"


@pytest.mark.parametrize("order", list(itertools.permutations(["Create", "Update", "Delete"])))
def test_in_any_order_the_other_rule_set_is_active_after_the_last_delete(activation, order):
    activation.active = OTHERS
    for kind in (*order, "Delete"):
        activation.outcome(kind, take_over=True)
    assert activation.active == OTHERS


def test_a_failure_is_answered_with_its_reason(activation):
    answer = activation.send("Create", ours="never-made")
    assert answer["Status"] == "FAILED"
    assert "RuleSetDoesNotExist" in answer["Reason"]
    fault = {
        "service": "ses",
        "operation": "SetActiveReceiptRuleSet",
        "when": "before",
        "error": "Throttling",
    }
    with activation.aws.fault(**fault, times=20):
        assert "Throttling" in activation.send("Create")["Reason"]
