"""Lambda's Runtime API over HTTP: what AWS's runtime interface client in each worker talks to."""

from __future__ import annotations

import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from workflows.local.lambda_pool import Function, Job

_PATH = re.compile(
    r"/(?P<worker>\w+)/2018-06-01/runtime/(?P<what>invocation/next|init/error|invocation/(?P<id>[\w-]+)/"
    r"(?P<result>response|error))"
)


class Desk(Protocol):
    """Whoever hands out work to workers and takes their results."""

    def next(self, worker: str) -> tuple[Function, Job] | None:
        """Wait for the worker's next invocation; None when the worker is not wanted any more."""

    def answer(self, worker: str, job_id: str, payload: bytes, *, failed: bool) -> None:
        """Take the result of an invocation."""

    def refuse_to_start(self, worker: str, payload: bytes) -> None:
        """Take the error that kept a worker from starting."""


class RuntimeApi:
    """The server, on a free port of 127.0.0.1; a worker's name is the first part of each path."""

    def __init__(self, desk: Desk) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.desk = desk
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="runtime-api", daemon=True)
        self._thread.start()

    def address_of(self, worker: str) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API for a worker."""
        return f"127.0.0.1:{self._server.server_port}/{worker}"

    def close(self) -> None:
        """Take no further connections."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    desk: Desk
    block_on_close = False  # a worker's thread ends with the worker
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a connection that ended with its worker: its process's end is reported."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        path = _PATH.fullmatch(self.path)
        if path is None or path["what"] != "invocation/next":
            self._reply(404)
            return
        given = self.server.desk.next(path["worker"])
        if given is None:
            self.close_connection = True
            return
        function, job = given
        deadline = int((time.time() + function.timeout) * 1000)
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", job.id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", function.arn)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(job.payload)))
        self.end_headers()
        self.wfile.write(job.payload)

    def do_POST(self) -> None:
        path = _PATH.fullmatch(self.path)
        payload = self._body()
        if path is None:
            self._reply(404)
            return
        if path["what"] == "init/error":
            self.server.desk.refuse_to_start(path["worker"], payload)
        else:
            failed = path["result"] == "error"
            self.server.desk.answer(path["worker"], path["id"], payload, failed=failed)
        self._reply(202)

    def _reply(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing: the workers' logs tell what happened."""
