"""Handlers that each do one thing a test wants to see."""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

import boto3


class Refused(Exception):
    """What `refuse` fails with."""


def echo(event, context):
    """Answer what came, and who was asked."""
    return {"event": event, "worker": os.getpid(), "request": context.aws_request_id}


def describe(_, context):
    """Answer what a function knows of itself."""
    return {
        "name": context.function_name,
        "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn,
        "left": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
    }


def refuse(event, _):
    """Fail by an exception."""
    raise Refused(event.get("message", "no"))


def leave(event, _):
    """End the process."""
    sys.exit(event["code"])


def die(_, __):
    """Be killed, as by the kernel when memory runs out."""
    os.kill(os.getpid(), 9)


def hang(event, _):
    """Take longer than allowed; hold a pipe open meanwhile, so that a test can see the end of the process."""
    with Path(event.get("pipe", os.devnull)).open("wb") as held:
        held.write(b"%d\n" % os.getpid())
        held.flush()
        time.sleep(60)


def hold(event, _):
    """Open a pipe for the rest of the process's life."""
    descriptor = os.open(event["pipe"], os.O_WRONLY)
    os.write(descriptor, b"held")
    return os.getpid()


def meet(event, _):
    """Wait until as many invocations as given are here at once."""
    place = Path(event["folder"])
    (place / str(os.getpid())).touch()
    until = time.monotonic() + 20
    while len(list(place.iterdir())) < event["number"]:
        if time.monotonic() > until:
            raise TimeoutError("the others did not come")
        time.sleep(0.005)
    return os.getpid()


def call(_, __):
    """Call AWS once."""
    return boto3.client("sts").get_caller_identity()["Account"]


def fail_at_first(event, context):
    """Fail until it has been called often enough with this name; count in a folder."""
    place = Path(event["folder"])
    (place / context.aws_request_id).touch()
    calls = len(list(place.iterdir()))
    if calls < event["succeeds_at"]:
        raise Refused(f"call {calls}")
    return calls


def say(event, _):
    """Print to both streams."""
    print(event["out"])  # noqa: T201 - this is what is tested
    print(event["err"], file=sys.stderr)  # noqa: T201 - likewise


def forward(event, _):
    """Pass what came on to a queue, so that a test can wait for it."""
    queues = boto3.client("sqs")
    queues.send_message(QueueUrl=queues.get_queue_url(QueueName="seen")["QueueUrl"], MessageBody=_json(event))


def fail_batch(event, _):
    """Pass each record on, and call those failed whose body says so."""
    forward(event, None)
    failed = [one["messageId"] for one in event["Records"] if one["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


def _json(value):
    return json.dumps(value)


def answer_cloudformation(event, _):
    """Create a custom resource: answer the stack by its URL, as such functions do."""
    answer = {
        "Status": event["ResourceProperties"]["Status"],
        "Reason": "out of paint",
        "PhysicalResourceId": "made-here",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {"Colour": event["ResourceProperties"]["Colour"].upper()},
    }
    asked = urllib.request.Request(
        event["ResponseURL"], data=_json(answer).encode(), headers={"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(asked).read()
