"""Events start executions and change owners: each once, and none is swallowed."""

from __future__ import annotations

import json

import boto3
import pytest
from requests_for_tests import a_lifecycle_event, an_account_made_elsewhere, an_account_request

NAMES = ["CreateManagedAccount", "UpdateManagedAccount"]


@pytest.fixture
def operations(aws):
    """What operations is told from now on, as subjects and facts: a queue subscribed to the topic."""
    queues, topics = aws.client("sqs"), aws.client("sns")
    url = queues.create_queue(QueueName=f"operations-{aws.name()}")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics.subscribe(TopicArn=aws.outputs["OperationsTopicArn"], Protocol="sqs", Endpoint=arn)
    told = []

    def reports(containing=""):
        while messages := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                told.append(json.loads(message["Body"]))
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [one for one in told if containing in json.dumps(one)]

    return reports
