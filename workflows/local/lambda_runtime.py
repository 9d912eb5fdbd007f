"""Runs Lambda functions on this machine: the real handlers, in worker processes, under AWS's own client."""

from __future__ import annotations

import json
import logging
import os
import secrets
import shutil
import string
import tempfile
import threading
from pathlib import Path
from typing import Any

from moto.awslambda import models as awslambda
from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.utils import get_backend

from workflows.local import seams
from workflows.local.asynchronous import Deliveries
from workflows.local.lambda_pool import Function, Invocation, Job, Pool
from workflows.local.runtime_api import RuntimeApi
from workflows.local.wire import Answer, Refusal
from workflows.local.workers import Workers

_log = logging.getLogger(__name__)
_KEY_CHARACTERS = string.ascii_uppercase + string.digits


class LambdaRuntime:
    """A pool of workers for each function; each worker calls AWS with an access key of its own.

    Args:
        endpoint_url: where the functions find AWS: their AWS_ENDPOINT_URL.
        source: the folder with the handlers' packages.
        speed: divides the minutes between the tries of an asynchronous invocation.
        logs: folder for one log file per function; by default a temporary one, removed by `close`.
    """

    def __init__(
        self, endpoint_url: str, source: Path, *, speed: float = 20, logs: Path | None = None
    ) -> None:
        self._endpoint_url = endpoint_url
        self._source = source
        self._own_logs = logs is None
        self.logs = logs or Path(tempfile.mkdtemp(prefix="vend-lambda-"))
        self._lock = threading.Lock()
        self._closed = False
        self._pools: dict[Function, Pool] = {}
        self._pool_of: dict[str, Pool] = {}
        self._key_of: dict[str, str] = {}
        self._worker_of: dict[str, str] = {}
        self._workers = Workers(source, self.logs / "workers.log", self._ended)
        self._api = RuntimeApi(self)
        self._deliveries = Deliveries(self.invoke, endpoint_url, speed)

    def invoke(self, function: Any, payload: bytes) -> Invocation:
        """Run a function once, as Lambda's synchronous Invoke does.

        Args:
            function: anything with the attributes of moto's `LambdaFunction`.
            payload: the event as JSON.
        """
        return self._pool(Function.of(function)).invoke(payload or b"{}")

    def invoke_later(self, function: Any, payload: bytes) -> None:
        """Run a function as Lambda's asynchronous Invoke does: up to three tries, then its failure target."""
        self._deliveries.accept(function, payload or b"{}")

    def principal(self, access_key: str) -> str | None:
        """The function whose worker holds an access key, for example "CheckAccount"; None: nobody of ours."""
        pool = self._pool_of.get(self._worker_of.get(access_key, ""))
        return _name_in_template(pool.function) if pool else None

    def kill(self, access_key: str) -> None:
        """End the worker that holds an access key, as if its machine had died."""
        worker = self._worker_of.get(access_key)
        if worker is not None:
            self._workers.kill(worker)

    def install(self) -> None:
        """Let moto's own invocations (SNS, log subscriptions) run here instead of in Docker."""

        def invoke_here(function: Any, event: Any = None) -> tuple[str, bool, str]:
            payload = event if isinstance(event, str) else json.dumps(event if event is not None else {})
            ended = self.invoke(function, payload.encode())
            return ended.payload.decode(), ended.failed, ""

        seams.replace(awslambda.LambdaFunction, "_invoke_lambda", invoke_here)

    def answer_invoke(self, call: Any) -> dict[str, Any] | Answer:
        """Answer Lambda's Invoke operation at the front door.

        Raises:
            Refusal: there is no such function.
        """
        name = call.request["FunctionName"]
        try:
            backend = get_backend(_account(name), call.region)
            function = backend.get_function(name, call.request.get("Qualifier"))
        except UnknownFunctionException as error:
            raise Refusal("ResourceNotFoundException", f"Function not found: {name}", Type="User") from error
        kind = call.request.get("InvocationType", "RequestResponse")
        payload = bytes(call.request.get("Payload") or b"{}")
        if kind == "Event":
            self.invoke_later(function, payload)
            return Answer(202)
        if kind == "DryRun":
            return Answer(204)
        ended = self.invoke(function, payload)
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": ended.payload}
        return answer | ({"FunctionError": "Unhandled"} if ended.failed else {})

    def close(self) -> None:
        """End all workers; invocations under way fail."""
        self._deliveries.close()
        with self._lock:
            self._closed = True
            pools = list(self._pools.values())
        for pool in pools:
            pool.close()
        self._workers.close()
        self._api.close()
        if self._own_logs:
            shutil.rmtree(self.logs, ignore_errors=True)

    def next(self, worker: str) -> tuple[Function, Job] | None:
        """Give a worker its next invocation (called by the Runtime API)."""
        pool = self._pool_of.get(worker)
        job = pool.next(worker) if pool else None
        return (pool.function, job) if pool and job else None

    def answer(self, worker: str, job_id: str, payload: bytes, *, failed: bool) -> None:
        """Take a worker's result (called by the Runtime API)."""
        if pool := self._pool_of.get(worker):
            pool.answer(worker, job_id, payload, failed=failed)

    def refuse_to_start(self, worker: str, payload: bytes) -> None:
        """Take a worker's initialization error (called by the Runtime API)."""
        if pool := self._pool_of.get(worker):
            pool.refuse_to_start(worker, payload)

    def _pool(self, function: Function) -> Pool:
        with self._lock:
            if function not in self._pools:
                self._pools[function] = Pool(
                    function, lambda worker: self._start(function, worker), self._workers.kill
                )
                if self._closed:
                    self._pools[function].close()
            return self._pools[function]

    def _start(self, function: Function, worker: str) -> None:
        key = "AKIA" + "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(16))
        self._pool_of[worker] = self._pools[function]
        self._key_of[worker] = key
        self._worker_of[key] = worker
        environment = self._environment(function) | {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_LAMBDA_RUNTIME_API": self._api.address_of(worker),
        }
        log = self.logs / f"{_name_in_template(function)}.log"
        self._workers.start(worker, function.handler, environment, log)

    def _ended(self, worker: str, code: int) -> None:
        pool = self._pool_of.pop(worker, None)
        self._worker_of.pop(self._key_of.pop(worker, ""), None)
        if pool is not None:
            pool.ended(worker, code)

    def _environment(self, function: Function) -> dict[str, str]:
        region = function.arn.split(":")[3]
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            **dict(function.environment),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self._endpoint_url,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": f"{function.timeout:g}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "LAMBDA_TASK_ROOT": str(self._source),
            "_HANDLER": function.handler,
        }


def _name_in_template(function: Function) -> str:
    """A function is named after its state: `handlers.check_account.handler` is CheckAccount."""
    module = function.handler.rpartition(".")[0].rpartition(".")[2]
    return "".join(word.capitalize() for word in module.split("_")) or function.name


def _account(function_name: str) -> str:
    parts = function_name.split(":")
    return parts[4] if len(parts) > 6 else "123456789012"  # noqa: PLR2004 - a full ARN has seven parts
