"""The HTTP server of the front door: a thread per connection, kept alive, every body read whole."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import socket
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

from moto.moto_server.werkzeug_app import MotoRequestHandler

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.local.wire import Answer

_HOST = "127.0.0.1"
_HOP_HEADERS = {"connection", "content-length", "transfer-encoding", "date", "server"}


class PortInUse(Exception):
    """Another program listens on the wanted port."""


class Listener(ThreadingHTTPServer):
    """Serves on 127.0.0.1 only.

    Args:
        port: TCP port; 0 takes a free one.
        respond: turns (WSGI environment, body) into an answer; None closes the connection without one.

    Raises:
        PortInUse: the port is taken.
    """

    request_queue_size = 1024
    daemon_threads = True
    # werkzeug's make_environ asks its server for these
    ssl_context: ClassVar[None] = None
    multithread: ClassVar[bool] = True
    multiprocess: ClassVar[bool] = False

    def __init__(self, port: int, respond: Callable[[dict[str, Any], bytes], Answer | None]) -> None:
        self.respond = respond
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        try:
            super().__init__((_HOST, port), _Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortInUse(
                f"port {port} is in use: choose another with --port, or 0 for a free one"
            ) from error

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Serve from a thread of its own until `stop`."""
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.05,), name="front-door", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close every connection, those in the middle of a call included."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name that http.server makes."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.port

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, which `stop` can close."""
        with self._lock:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that goes away in the middle is no event here, and `respond` raises nothing."""

    def server_close(self) -> None:
        """Close the listening socket without waiting for connections that are kept alive."""
        self.socket.close()


class _Handler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Listener  # type: ignore[assignment]  # werkzeug's own server is not the only one

    def run_wsgi(self) -> None:
        """Answer one request; werkzeug calls this for every method."""
        environ = self.make_environ()
        body = _read_body(environ)
        answer = self.server.respond(environ, body)
        if answer is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(answer)

    def handle_expect_100(self) -> bool:
        """Say go ahead at once: the client holds its body back until it reads this."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the recorder keeps the calls."""

    def _write(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        length = str(len(answer.body))
        for name, value in answer.headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value
            if name.lower() not in _HOP_HEADERS:
                self.send_header(name, value)
        self.send_header("Date", _date(int(time.time())))
        if answer.status not in {204, 304}:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()


@functools.lru_cache(maxsize=1)
def _date(second: int) -> str:
    """The time as HTTP writes it, made once a second: for each answer it took a fourteenth of all work."""
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def _read_body(environ: dict[str, Any]) -> bytes:
    """The whole body; chunks of HTTP are put together, those of S3 (aws-chunked) are moto's business."""
    stream = environ["wsgi.input"]
    if environ.pop("wsgi.input_terminated", False):
        body = io.BufferedReader(stream, 1 << 16).read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
        return body
    body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    return bytes(body)
