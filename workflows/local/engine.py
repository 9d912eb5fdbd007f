"""moto's Step Functions interpreter, fitted in: who it calls as, how long it waits, its errors."""

from __future__ import annotations

import base64
import hashlib
import importlib
import logging
import os
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError
from moto.core.config import default_user_config
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_events,
    state_task_service_lambda,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.parse import asl_parser, preprocessor
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from workflows.local import executions, jsonata, seams
from workflows.local.clients import client

_EXECUTIONS = "moto.stepfunctions.parser.asl.component.state.exec"
_CLIENT_MAKERS = (
    f"{_EXECUTIONS}.state_map.result_writer.resource_eval.resource_eval_s3",
    f"{_EXECUTIONS}.state_map.item_reader.eval.resource_eval_s3",
    f"{_EXECUTIONS}.state_task.lambda_eval_utils",
    *(
        f"{_EXECUTIONS}.state_task.service.state_task_service_{name}"
        for name in (
            "unsupported",
            "glue",
            "events",
            "ecs",
            "sqs",
            "sfn",
            "dynamodb",
            "batch",
            "sns",
            "aws_sdk",
        )
    ),
)
"""The modules that imported `boto_client_for` by name."""

_parsing = threading.Lock()
_numbering = threading.Lock()


def install(
    endpoint_url: str, speed: float, on_status_change: Callable[[dict[str, Any]], None] | None = None
) -> None:
    """Make moto execute state machines, through the local AWS.

    Args:
        endpoint_url: where Tasks call AWS.
        speed: divides Wait states and the delays of Retry, and no time-out.
        on_status_change: gets the detail of each `Step Functions Execution Status Change`.

    Raises:
        SeamGone: this is not the moto it was written for.
    """
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    os.environ["MOTO_PORT"] = str(urlsplit(endpoint_url).port)
    os.environ.setdefault("MOTO_ACCOUNT_ID", "123456789012")
    # Its errors are in the execution's history, where operators look.
    logging.getLogger("moto.stepfunctions.parser").setLevel(logging.CRITICAL)

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role = getattr(state_credentials, "role_arn", "")
        return client(service, endpoint_url, region, access_key(role))

    for module in _CLIENT_MAKERS:
        seams.replace(importlib.import_module(module), "boto_client_for", boto_client_for)
    _divide_waits(speed)
    seams.replace(asl_parser.AmazonStateLanguageParser, "parse", staticmethod(_parse))
    seams.replace(EvalComponent, "heap_key", property(_heap_key))
    for task, prefix in (
        (state_task_service_lambda.StateTaskServiceLambda, "Lambda"),
        (state_task_service_events.StateTaskServiceEvents, "EventBridge"),
    ):
        seams.replace(task, "_from_error", _named_errors(task, prefix))
    jsonata.install()
    executions.install(on_status_change)


@lru_cache(maxsize=1000)
def access_key(role_arn: str) -> str:
    """The access key that stands for a state machine's role: 20 characters, always the same."""
    return "AKIA" + base64.b32encode(hashlib.sha256(role_arn.encode()).digest())[:16].decode()


def principal(key: str) -> str | None:
    """The state machine (logical id, for example "VendAccount") whose role's key this is; None: nobody's."""
    for regions in list(stepfunctions_parser_backends.values()):
        for backend in list(regions.values()):
            for machine in backend.state_machines:
                if access_key(machine.roleArn) == key:
                    return str(getattr(machine, "logical_resource_id", machine.name))
    return None


def _divide_waits(speed: float) -> None:
    def wait_interval(_: Any, env: Any, wait_seconds: float) -> None:
        # The original counts in whole seconds; what is left of one is waited here.
        until = time.monotonic() + wait_seconds / speed
        while env.is_running() and (left := until - time.monotonic()) > 0:
            env.program_state_event.wait(left)

    seams.replace(WaitFunction, "_wait_interval", wait_interval)
    seams.replace(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / speed)))


def _parse(definition: str) -> tuple[Any, Any]:
    """Parse a definition once: programs hold no state of an execution."""
    with _parsing:
        return _parsed(definition)


@lru_cache(maxsize=64)
def _parsed(definition: str) -> tuple[Any, Any]:
    parse = seams.original(asl_parser.AmazonStateLanguageParser, "parse").__func__
    try:
        return parse(definition)  # type: ignore[no-any-return] # moto ships no types for its parser
    finally:
        # One list for all parsers: a rejected definition would leave its query language to the next.
        seams.original(preprocessor.Preprocessor, "_query_language_per_scope").clear()


def _heap_key(component: Any) -> str:
    """The key of a component's counters; two executions asking first at once must get the same."""
    with _numbering:
        return seams.original(EvalComponent, "heap_key").fget(component)  # type: ignore[no-any-return]


def _named_errors(task: Any, prefix: str) -> Callable[[Any, Any, Exception], Any]:
    from_error = seams.original(task, "_from_error")

    def named(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, HTTPClientError | ConnectionClosedError):
            error, cause = f"{prefix}.SdkClientException", str(ex)
        elif isinstance(ex, ClientError) and prefix != "Lambda":
            code = ex.response["Error"]["Code"]
            error = f"{prefix}.{code if code.endswith('Exception') else code + 'Exception'}"
            cause = str(ex)
        else:
            return from_error(self, env, ex)
        details: Any = {
            "error": error,
            "cause": cause,
            "resource": self._get_sfn_resource(),
            "resourceType": self._get_sfn_resource_type(),
        }
        return FailureEvent(
            env=env,
            error_name=CustomErrorName(error),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=details),  # type: ignore[typeddict-item] # one of many
        )

    return named
