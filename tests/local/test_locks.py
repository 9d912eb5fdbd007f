"""A queue's messages are given out once, and a long poll holds up nobody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


@pytest.mark.usefixtures("interleaved")
def test_many_receivers_get_every_message_once(aws: Any) -> None:
    client = aws.client("sqs")
    url = client.create_queue(QueueName="mails")["QueueUrl"]
    for number in range(60):
        client.send_message(QueueUrl=url, MessageBody=str(number))

    def receive(_: int) -> list[str]:
        bodies = []
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=3).get("Messages", []):
            bodies += [message["Body"] for message in messages]
        return bodies

    with ThreadPoolExecutor(6) as pool:
        received = [body for bodies in pool.map(receive, range(6)) for body in bodies]
    assert sorted(received, key=int) == [str(number) for number in range(60)]


def test_a_message_sent_during_a_long_poll_ends_it(aws: Any) -> None:
    client = aws.client("sqs")
    url = client.create_queue(QueueName="mails")["QueueUrl"]
    polling = threading.Event()
    aws.door.additions["sqs", "ReceiveMessage"] = lambda _: polling.set()
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(client.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        assert polling.wait(10)
        client.send_message(QueueUrl=url, MessageBody="hello")
        assert received.result(timeout=10)["Messages"][0]["Body"] == "hello"
