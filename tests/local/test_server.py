"""The local AWS starts clean, says when it is ready, and leaves nothing behind."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from workflows.local.custom_events import InvalidEvent, read_event
from workflows.local.deployment import DeploymentFailed
from workflows.local.front_door import FrontDoor
from workflows.local.listener import PortInUse
from workflows.local.server import LocalAws


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """A cloud assembly with one queue."""
    return an_assembly(tmp_path, Heard={"Type": "AWS::SQS::Queue"})


def an_assembly(folder: Path, stack: str = "AccountVending", **resources: Any) -> Path:
    (folder / f"{stack}.assets.json").write_text(json.dumps({"files": {}}))
    (folder / f"{stack}.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def a_rule(queue: str, **pattern: Any) -> dict[str, Any]:
    target = {"Id": "1", "Arn": {"Fn::GetAtt": [queue, "Arn"]}}
    properties = {"EventPattern": pattern, "State": "ENABLED", "Targets": [target]}
    return {"Type": "AWS::Events::Rule", "Properties": properties}


def client(aws: LocalAws, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=aws.endpoint_url,
        region_name=aws.environment["AWS_REGION"],
        aws_access_key_id=aws.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws.environment["AWS_SECRET_ACCESS_KEY"],
    )


def free_port() -> int:
    door = FrontDoor()
    door.start()
    door.stop()
    return door.port


def test_it_is_ready_once_everything_is_deployed_and_not_before(assembly: Path) -> None:
    aws = LocalAws(assembly)
    heard: list[int] = []

    def ask_until_ready() -> None:
        while 200 not in heard:
            try:
                heard.append(requests.get(aws.endpoint_url + "/_local/ready", timeout=10).status_code)
            except requests.ConnectionError:
                heard.append(0)

    asking = threading.Thread(target=ask_until_ready)
    asking.start()
    with aws:
        asking.join(10)
        assert len(client(aws, "sqs").list_queues()["QueueUrls"]) == 1
    assert heard[-1] == 200
    assert 503 in heard


def test_it_starts_with_an_organization_a_verified_domain_and_one_account(assembly: Path) -> None:
    with LocalAws(assembly) as aws:
        organizations = client(aws, "organizations")
        accounts = organizations.list_accounts()["Accounts"]
        assert [account["Id"] for account in accounts] == ["123456789012"]
        root = organizations.list_roots()["Roots"][0]["Id"]

        def below(parent: str) -> dict[str, str]:
            units = organizations.list_organizational_units_for_parent(ParentId=parent)
            return {unit["Name"]: unit["Id"] for unit in units["OrganizationalUnits"]}

        assert set(below(root)) == {"Workloads", "Sandbox", "Suspended"}
        assert set(below(below(root)["Workloads"])) == {"Prod", "Dev"}
        identity = client(aws, "sesv2").get_email_identity(EmailIdentity="aws.example.com")
        assert identity["VerifiedForSendingStatus"] is True
        assert identity["DkimAttributes"]["Status"] == "SUCCESS"


def test_deploying_leaves_no_trace_in_the_record(assembly: Path) -> None:
    with LocalAws(assembly) as aws:
        client(aws, "sqs").list_queues()
        calls = requests.get(aws.endpoint_url + "/_local/calls", timeout=10).json()
        assert [(call["principal"], call["operation"]) for call in calls] == [("operator", "ListQueues")]


def test_started_again_on_the_same_port_it_is_clean(assembly: Path) -> None:
    port = free_port()
    for _ in range(2):
        with LocalAws(assembly, port=port) as aws:
            sqs = client(aws, "sqs")
            assert len(sqs.list_queues()["QueueUrls"]) == 1
            sqs.create_queue(QueueName="another")


def test_a_port_in_use_is_said_before_anything_else(assembly: Path) -> None:
    with LocalAws(assembly) as aws:
        port = int(aws.endpoint_url.rpartition(":")[2])
        with pytest.raises(PortInUse, match=f"port {port} is in use: choose another"):
            LocalAws(assembly, port=port)


def test_a_template_that_cannot_be_deployed_frees_the_port(tmp_path: Path) -> None:
    port = free_port()
    broken = an_assembly(tmp_path, Odd={"Type": "AWS::Skyhook::Crane"})
    with pytest.raises(DeploymentFailed, match="AWS::Skyhook::Crane"), LocalAws(broken, port=port):
        pytest.fail("it was deployed")
    FrontDoor(port).stop()


def test_once_stopped_nothing_answers(assembly: Path) -> None:
    with LocalAws(assembly) as aws:
        url = aws.endpoint_url
    with pytest.raises(requests.ConnectionError):
        requests.get(url + "/_local/ready", timeout=10)


def test_an_event_of_any_source_reaches_the_rules_of_the_default_bus(tmp_path: Path) -> None:
    heard = {"Type": "AWS::SQS::Queue"}
    rule = a_rule("Heard", source=["aws.controltower"])
    event = {
        "source": "aws.controltower",
        "detail-type": "AWS Service Event via CloudTrail",
        "detail": {"a": 1},
    }
    with LocalAws(an_assembly(tmp_path, Heard=heard, Rule=rule)) as aws:
        for one in (event | {"source": "aws.other"}, event):
            answer = requests.post(aws.endpoint_url + "/_local/events", json=one, timeout=10)
            assert answer.status_code == 200
        sqs = client(aws, "sqs")
        url = sqs.list_queues()["QueueUrls"][0]
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"]) for message in messages] == [answer.json()]
    assert event.items() <= answer.json().items()
    assert (answer.json()["account"], answer.json()["region"]) == ("123456789012", "us-east-1")


def test_an_event_of_another_region_crosses_to_where_a_rule_there_sends_it(tmp_path: Path) -> None:
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    forwarding = a_rule("", source=["a"])
    forwarding["Properties"]["Targets"] = [{"Id": "1", "Arn": bus}]
    an_assembly(tmp_path, Heard={"Type": "AWS::SQS::Queue"}, Rule=a_rule("Heard", source=["a"]))
    an_assembly(tmp_path, "AccountVendingHome", Forwarding=forwarding)
    environments = {"AccountVending": "unknown-region", "AccountVendingHome": "eu-central-1"}
    artifacts = {name: {"environment": f"aws://unknown-account/{one}"} for name, one in environments.items()}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    event = {"source": "a", "detail-type": "b", "detail": {}}
    with LocalAws(tmp_path) as aws:
        for region in ("eu-central-1", "us-east-1", "nothing-is-here-1"):
            requests.post(aws.endpoint_url + "/_local/events", json=event | {"region": region}, timeout=10)
        sqs = client(aws, "sqs")
        url = sqs.list_queues()["QueueUrls"][0]
        heard: list[str] = []
        while len(heard) < 3:
            messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10, MaxNumberOfMessages=10)
            heard += [json.loads(message["Body"])["region"] for message in messages["Messages"]]
    assert sorted(heard) == ["eu-central-1", "nothing-is-here-1", "us-east-1"]


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ({"source": "aws.controltower", "detail": {}}, "`detail-type` must be a text"),
        ({"source": "a", "detail-type": "b"}, "`detail` must be a JSON object"),
        ({"source": "a", "detail-type": "b", "detail": {}, "time": 5}, "`time` must be a text"),
        ({"Source": "a"}, "an event has no `Source`"),
        ([], "an event is a JSON object"),
    ],
)
def test_a_bad_event_is_answered_with_a_sentence(event: Any, sentence: str) -> None:
    with pytest.raises(InvalidEvent, match=sentence):
        read_event(event, account_id="123456789012", region="us-east-1")
