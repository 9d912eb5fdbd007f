"""Measures what importing each handler costs, against boto3, the same clients, logger and metrics alone."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.report import Report
from workflows.vending.settings import Settings

REPOSITORY = Path(__file__).parents[1]
BUDGET = 1.25
RUNS = 21

_MEASURE = "import time; started = time.process_time()\n{code}\nprint(time.process_time() - started)"
_FLOOR = """
import boto3
for service in {services}: boto3.client(service)
from aws_lambda_powertools import Logger, Metrics
Logger(); Metrics()
"""
_CLIENTS = """
import boto3, json
made, client = [], boto3.client
boto3.client = lambda service, **options: made.append(service) or client(service, **options)
import handlers.{name}
print(json.dumps(made))
"""


def report() -> Report:
    """Measure every handler in processes of its own, in turn with its floor; medians of processor time."""
    rows, missed = [], []
    for path in sorted((REPOSITORY / "handlers").glob("[a-z]*.py")):
        name = path.stem
        if name == "runtime":
            continue
        services = json.loads(_run(_CLIENTS.format(name=name)))
        pairs = [
            (
                float(_run(_MEASURE.format(code=_FLOOR.format(services=services)))),
                float(_run(_MEASURE.format(code=f"import handlers.{name}"))),
            )
            for _ in range(RUNS)
        ]
        floor, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
        rows.append(
            (
                name,
                ", ".join(services),
                f"{floor * 1000:.0f} ms",
                f"{ours * 1000:.0f} ms",
                f"{ours / floor:.2f}",
            )
        )
        if ours / floor > BUDGET:
            missed.append(f"{name} takes {ours / floor:.2f} of its floor, {BUDGET} is allowed")
    about = (
        f"Processor time of a cold import, median of {RUNS} processes each, against importing boto3, making "
        f"the same clients, and Powertools' logger and metrics. Budget: {BUDGET}."
    )
    return Report(
        "Importing a handler", about, ("handler", "clients", "floor", "handler's", "ratio"), rows, missed
    )


def _run(code: str) -> str:
    settings = Settings(
        table_name="table",
        domain="aws.example.com",
        forward_from="forwarder@aws.example.com",
        administrator="cloud-team@example.com",
    )
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "POWERTOOLS_SERVICE_NAME": "vending",
        "POWERTOOLS_METRICS_NAMESPACE": "AccountVending",
        **settings.to_environment(),
    }
    done = subprocess.run(  # noqa: S603 -- our own code in our own interpreter
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
