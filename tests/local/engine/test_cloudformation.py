"""Templates deploy whole: every type the product uses is created, an unknown one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from workflows.local import deployment, engine
from workflows.local.deployment import DeploymentFailed, SynthesisFailed

EVERYTHING: Any = json.loads((Path(__file__).parent / "one_of_everything.json").read_text("utf-8"))
"""A template with a resource of every type that the product uses, or may come to use."""
RESOURCES, OUTPUTS = EVERYTHING["Resources"], EVERYTHING["Outputs"]
POLICY = RESOURCES["TopicPolicy"]["Properties"]["PolicyDocument"]


def an_assembly(folder: Path, stack: str, resources: dict[str, Any], outputs: dict[str, Any]) -> Path:
    template = {"Resources": resources, "Outputs": outputs}
    (folder / f"{stack}.template.json").write_text(json.dumps(template))
    (folder / f"{stack}.assets.json").write_text(json.dumps({"files": {}}))
    return folder


@pytest.fixture(scope="module")
def outputs(local: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outputs of a stack that has one of everything."""
    assembly = an_assembly(tmp_path_factory.mktemp("assembly"), "Everything", RESOURCES, OUTPUTS)
    deployment.deploy(assembly, local.door.endpoint_url)
    stack = local.client("cloudformation").describe_stacks(StackName="Everything")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def test_the_state_machine_runs_with_its_substitutions(local: Any, outputs: dict[str, str]) -> None:
    assert outputs["Machine"] == outputs["MachineArn"]
    assert outputs["MachineArn"].endswith(outputs["MachineName"])
    assert local.run(outputs["Machine"])["output"] == "7"


def test_a_machine_is_called_by_its_name_in_the_template(local: Any, outputs: dict[str, str]) -> None:
    described = local.client("stepfunctions").describe_state_machine(stateMachineArn=outputs["Machine"])
    assert engine.principal(engine.access_key(described["roleArn"])) == "Greet"
    assert engine.principal("AKIANOBODYNOBODYNOBO") is None


def test_the_subscription_filters_and_wraps(local: Any, outputs: dict[str, str]) -> None:
    topics = local.client("sns")
    subscription = topics.list_subscriptions_by_topic(TopicArn=outputs["Topic"])["Subscriptions"][0]
    attributes = topics.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])
    assert json.loads(attributes["Attributes"]["FilterPolicy"]) == {"kind": ["mail"]}
    assert attributes["Attributes"]["RawMessageDelivery"] == "false"


def test_policies_are_attached(local: Any, outputs: dict[str, str]) -> None:
    topic = local.client("sns").get_topic_attributes(TopicArn=outputs["Topic"])["Attributes"]["Policy"]
    queue = local.client("sqs").get_queue_attributes(QueueUrl=outputs["Queue"], AttributeNames=["Policy"])
    assert json.loads(topic) == POLICY
    assert json.loads(queue["Attributes"]["Policy"]) == POLICY
    bus = local.client("events").describe_event_bus(Name=outputs["Bus"])
    assert json.loads(bus["Policy"])["Statement"][0]["Sid"] == "others"


def test_the_receipt_rule_is_there(local: Any, outputs: dict[str, str]) -> None:
    rules = local.client("ses").describe_receipt_rule_set(RuleSetName=outputs["RuleSet"])["Rules"]
    assert rules[0]["Name"] == "all-mail"
    assert rules[0]["Actions"][0]["S3Action"]["BucketName"] == outputs["Bucket"]


def test_a_function_keeps_its_dead_letter_queue_and_retries(local: Any, outputs: dict[str, str]) -> None:
    config = local.client("lambda").get_function_event_invoke_config(FunctionName=outputs["Function"])
    assert config["MaximumRetryAttempts"] == 1
    assert outputs["Alarm"].startswith("arn:aws:cloudwatch:")
    assert outputs["Token"].endswith("._domainkey.mail.example.org")


def test_a_custom_resource_is_what_its_function_answers(outputs: dict[str, str]) -> None:
    assert (outputs["Paint"], outputs["Colour"]) == ("made-here", "BLUE")


def test_a_custom_resource_that_fails_fails_the_deployment_with_its_reason(
    local: Any, tmp_path: Path
) -> None:
    paint = RESOURCES["Paint"]["Properties"] | {"Status": "FAILED"}
    resources = {name: RESOURCES[name] for name in ("Role", "Painter")}
    resources |= {"Paint": RESOURCES["Paint"] | {"Properties": paint}}
    with pytest.raises(DeploymentFailed, match=r"Paint \(Custom::Paint\): out of paint"):
        deployment.deploy(an_assembly(tmp_path, "Unpainted", resources, {}), local.door.endpoint_url)


def test_the_rule_of_a_bus_delivers(local: Any, outputs: dict[str, str]) -> None:
    entry = {"EventBusName": outputs["Bus"], "Source": "shop", "DetailType": "d", "Detail": "{}"}
    assert local.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("resource", "sentence"),
    [
        ({"Type": "AWS::Chatbot::SlackChannel"}, "the local AWS cannot create AWS::Chatbot::SlackChannel"),
        (
            {
                "Type": "AWS::SNS::Subscription",
                "Properties": {"TopicArn": "arn:aws:sns:us-east-1:123456789012:no"},
            },
            "Odd .AWS::SNS::Subscription.: .*Protocol",
        ),
        (
            {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"RoleArn": "arn:aws:iam::123456789012:role/r", "DefinitionString": "{"},
            },
            "Odd .AWS::StepFunctions::StateMachine.: .*line 1",
        ),
    ],
)
def test_what_cannot_be_created_is_said_in_one_sentence(
    local: Any, tmp_path: Path, resource: Any, sentence: str
) -> None:
    assembly = an_assembly(tmp_path, f"Broken{abs(hash(sentence))}", {"Odd": resource}, {})
    with pytest.raises(DeploymentFailed, match=sentence) as failed:
        deployment.deploy(assembly, local.door.endpoint_url)
    assert "\n" not in str(failed.value)
    assert isinstance(failed.value.__cause__, ClientError)


def test_an_app_that_cannot_be_synthesized_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDK_CONTEXT_JSON", json.dumps({"vending": {"domain": "not a domain"}}))
    with pytest.raises(SynthesisFailed, match="domain"):
        deployment.synthesize(tmp_path)
