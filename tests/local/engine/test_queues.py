"""Queues feed functions in batches; what fails comes again, and in the end goes to the dead-letter queue."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from workflows.local.lambda_pool import Invocation
from workflows.local.queues import QueuePollers, _reported


def a_mapping(
    local: Any, handler: str, name: str, *, queue: dict[str, str] | None = None, **more: Any
) -> str:
    """A queue that feeds a function; the queue's URL."""
    url = local.queue(name, **(queue or {}))
    local.client("lambda").create_event_source_mapping(
        EventSourceArn=local.queue_arn(url), FunctionName=local.function(handler), **more
    )
    return str(url)


def test_a_message_reaches_the_function_as_lambda_shows_it(local: Any) -> None:
    seen = local.queue("seen")
    url = a_mapping(local, "tiny.forward", "source-1")
    sent = local.client("sqs").send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={"colour": {"DataType": "String", "StringValue": "blue"}},
    )
    record = local.received(seen)["Records"][0]
    assert record["messageId"] == sent["MessageId"]
    assert record["body"] == "hello"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == local.queue_arn(url)
    assert record["messageAttributes"]["colour"]["stringValue"] == "blue"


def test_a_message_is_deleted_when_its_function_has_succeeded(local: Any) -> None:
    seen = local.queue("seen")
    url = a_mapping(local, "tiny.forward", "source-2", queue={"VisibilityTimeout": "1"})
    local.client("sqs").send_message(QueueUrl=url, MessageBody="once")
    assert local.received(seen)["Records"][0]["body"] == "once"
    assert local.received(seen, seconds=2) is None


def test_only_the_failed_messages_of_a_batch_come_again_until_they_go_to_the_dead_letter_queue(
    local: Any,
) -> None:
    seen, dead = local.queue("seen"), local.queue("dead-letters")
    redrive = json.dumps({"deadLetterTargetArn": local.queue_arn(dead), "maxReceiveCount": 2})
    url = a_mapping(
        local,
        "tiny.fail_batch",
        "source-3",
        queue={"VisibilityTimeout": "60", "RedrivePolicy": redrive},
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    entries = [
        {"Id": name, "MessageBody": f'"{name}"' if name == "good" else f"bad {name}"}
        for name in ("good", "poor")
    ]
    local.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    counts: dict[str, list[str]] = {}
    while len(counts.get("bad poor", [])) < 2:
        for record in local.received(seen)["Records"]:
            counts.setdefault(record["body"], []).append(record["attributes"]["ApproximateReceiveCount"])
    assert counts == {'"good"': ["1"], "bad poor": ["1", "2"]}
    found = local.client("sqs").receive_message(QueueUrl=dead, WaitTimeSeconds=20)["Messages"]
    assert [message["Body"] for message in found] == ["bad poor"]


def test_a_failed_function_fails_its_whole_batch(local: Any) -> None:
    dead = local.queue("dead-batch")
    redrive = json.dumps({"deadLetterTargetArn": local.queue_arn(dead), "maxReceiveCount": 1})
    url = a_mapping(local, "tiny.die", "source-4", queue={"RedrivePolicy": redrive})
    local.client("sqs").send_message(QueueUrl=url, MessageBody="lost?")
    found = local.client("sqs").receive_message(QueueUrl=dead, WaitTimeSeconds=20)["Messages"]
    assert found[0]["Body"] == "lost?"


def test_no_more_than_the_maximum_concurrency_run_at_once(local: Any) -> None:
    class Counting:
        def __init__(self) -> None:
            self.now = self.most = self.done = 0
            self.changed = threading.Condition()

        def invoke(self, _: Any, __: bytes) -> Invocation:
            with self.changed:
                self.now += 1
                self.most = max(self.most, self.now)
                self.changed.wait_for(lambda: self.now > 2, timeout=0.2)
                self.now -= 1
                self.done += 1
                self.changed.notify_all()
            return Invocation(b"null", failed=False)

    counting = Counting()
    pollers = QueuePollers(counting)
    pollers.install()
    url = a_mapping(local, "tiny.echo", "source-5", BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    local.pollers.install()
    with ThreadPoolExecutor() as threads:
        list(
            threads.map(
                lambda n: local.client("sqs").send_message(QueueUrl=url, MessageBody=str(n)), range(8)
            )
        )
    with counting.changed:
        assert counting.changed.wait_for(lambda: counting.done == 8, timeout=20)
    pollers.close()
    assert counting.most == 2


def test_an_answer_that_makes_no_sense_fails_the_batch() -> None:
    everything = {"a", "b"}
    assert _reported(None, everything) == set()
    assert _reported({"batchItemFailures": []}, everything) == set()
    assert _reported({"batchItemFailures": [{"itemIdentifier": "a"}]}, everything) == {"a"}
    assert _reported({"batchItemFailures": [{"itemIdentifier": "z"}]}, everything) == everything
    assert _reported({"batchItemFailures": [{"id": "a"}]}, everything) == everything
    assert _reported("nonsense", everything) == everything
