"""What operations is told, as a subscriber of its topic sees it."""

from __future__ import annotations

import json


class Subscriber:
    """A queue that is subscribed to the operations topic."""

    def __init__(self, aws, name, *, raw):
        self._aws = aws
        queues = aws.client("sqs")
        self.url = queues.create_queue(QueueName=name)["QueueUrl"]
        attributes = queues.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        aws.client("sns").subscribe(
            TopicArn=aws.outputs["OperationsTopicArn"],
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
            Attributes={"RawMessageDelivery": str(raw).lower()},
        )
        self._received = []

    def messages(self, containing):
        """The messages so far that contain a text, oldest first, parsed."""
        answer = self._aws.client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            self._received.append(message["Body"])
            self._aws.client("sqs").delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(one) for one in self._received if containing in one]

    def wait(self, containing, count=1):
        """Wait until so many messages contain a text."""
        return self._aws.eventually(
            lambda: found if len(found := self.messages(containing)) >= count else None
        )
