"""Measures the peak memory of ForwardInbound for mails as large as SES takes, each in its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.inbound import DOMAIN, Inbound, a_mail
from benchmarks.report import Report
from benchmarks.vends import Deployment, deployment

REPOSITORY = Path(__file__).parents[1]
MIB = 1024 * 1024
LONG_LINE = b"0123456789abcdef" * 64
SHORT_LINE = b"0123456789abcdef" * 4
MAILS = {
    "1 MB, forwarded": (MIB, SHORT_LINE, "forward", 1),
    "28 MB with long lines, as attachment": (28 * MIB, LONG_LINE, "attachment", 1),
    "39 MB, forwarded": (39 * MIB, SHORT_LINE, "forward", 1),
    "39 MB, forwarded, three in one batch": (39 * MIB, SHORT_LINE, "forward", 3),
    "40 MB, as notice": (40 * MIB, SHORT_LINE, "notice", 1),
}
"""How large, of what lines, how it goes out, how many in one batch."""
MOST = 0.75
"""Of the function's memory may be used, so that there is room for what we do not see."""

_RUN = """
import json, pathlib, resource, sys, time
from types import SimpleNamespace
from handlers.forward_inbound import handler

def peak():
    status = pathlib.Path("/proc/self/status")
    if status.exists():  # what getrusage says there begins with the memory of whoever started this process
        [line] = [one for one in status.read_text().splitlines() if one.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

imported = peak()
context = SimpleNamespace(
    function_name="ForwardInbound", memory_limit_in_mb=0, aws_request_id="bench",
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:ForwardInbound",
    get_remaining_time_in_millis=lambda: 90_000,
)
started = time.monotonic()
answer = handler(json.load(sys.stdin), context)
took = time.monotonic() - started
found = {"imported": imported, "peak": peak(), "took": took, "failed": answer["batchItemFailures"]}
print()
print(json.dumps(found))
"""


def report() -> Report:
    """Forward one mail of each kind."""
    with deployment(speed=100) as aws:
        inbound = Inbound.of(aws)
        function = _function(aws)
        most = int(function["MemorySize"])
        rows, missed = [], []
        for number, (name, (size, line, kind, batch)) in enumerate(MAILS.items()):
            found = _measure(inbound, function, a_mail(number, size=size, line=line), number, batch)
            if found["kind"] != kind:
                missed.append(f"{name}: went out as {found['kind']}")
            if found["peak"] > most * MIB * MOST:
                missed.append(f"{name}: {found['peak'] / MIB:.0f} MiB of {most}")
            rows.append(
                (
                    name,
                    f"{found['peak'] / MIB:.0f} MiB",
                    f"{found['peak'] / MIB / most:.0%}",
                    f"{found['took']:.1f} s",
                )
            )
        rows.insert(0, ("after its imports", f"{found['imported'] / MIB:.0f} MiB", "", ""))
    about = (
        f"The peak resident memory of the real handler, in a process of its own, against the local AWS. The "
        f"function has {most} MiB; a quarter of it is to stay free."
    )
    return Report(
        "Memory of ForwardInbound", about, ("mail", "peak", "of the function's", "took"), rows, missed
    )


def _measure(
    inbound: Inbound, function: dict[str, Any], raw: bytes, number: int, batch: int
) -> dict[str, Any]:
    address = f"memory-{number}@{DOMAIN}"
    inbound.own(address, f"memory-{number}@example.com")
    stored = inbound.receive(raw, address)
    kind = _kind(inbound, stored["messageId"])
    beside = inbound.store.get_object(Bucket=stored["bucket"], Key=f"{stored['key']}.json")
    notification = json.loads(beside["Body"].read())
    records = [_record(notification, f"memory-{number}-{one}") for one in range(batch)]
    ended = subprocess.run(  # noqa: S603 - our own handler and interpreter
        [sys.executable, "-c", _RUN],
        input=json.dumps({"Records": records}),
        cwd=REPOSITORY,
        env={
            "PATH": os.environ["PATH"],
            **function["Environment"]["Variables"],
            **inbound.aws.aws.environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    if found["failed"]:
        raise RuntimeError(f"the handler did not forward the mail: {ended.stdout}")
    return {"kind": kind, **found}


def _record(notification: dict[str, Any], name: str) -> dict[str, Any]:
    """A queue message that has the mail sent once more."""
    return {
        "messageId": name,
        "receiptHandle": "none",
        "body": json.dumps({**notification, "replay": {"id": name, "again": True}}),
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }


def _kind(inbound: Inbound, message_id: str) -> str:
    """The form in which the function of the stack sent the mail, once it has."""
    while True:
        for item in inbound.outcomes():
            if item["messageId"]["S"] == message_id:
                return str(item["sent"]["L"][0]["M"]["kind"]["S"])
        time.sleep(0.5)


def _function(aws: Deployment) -> dict[str, Any]:
    import boto3

    environment = aws.aws.environment
    functions = boto3.client(
        "lambda",
        endpoint_url=aws.aws.endpoint_url,
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    for page in functions.get_paginator("list_functions").paginate():
        for one in page["Functions"]:
            if one["Handler"] == "handlers.forward_inbound.handler":
                return dict(one)
    raise LookupError("the stack has no function ForwardInbound")
