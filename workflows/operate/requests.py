"""Request files: read, and turned into the name and input of an execution."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from workflows.operate.problems import RequestUnreadable
from workflows.vending.sources import given_request_id, request_id_of, with_request_id

MAX_INPUT = 262_144
"""Bytes of an execution's input (Step Functions quotas: 256 KiB)."""
MAX_NAME = 80
"""Characters of an execution's name (Step Functions API reference, StartExecution)."""
STANDARD_INPUT = "-"

_HASH = 12
_READABLE = 50
_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as written, and where it was read."""

    source: str
    """The file's path as the operator wrote it, or `-`."""
    document: dict[str, Any]

    @property
    def request_id(self) -> str:
        """The id the request gives itself, else one made of its content."""
        return request_id_of(self.document, name_of_content(self.document))

    @property
    def execution_name(self) -> str:
        """The name of its first execution: the same request always has the same."""
        return name_of_id(self.request_id)

    @property
    def execution_input(self) -> str:
        """The input of its executions as JSON: it names the request id, which their names need not."""
        named = self if given_request_id(self.document) is not None else self.with_id(self.request_id)
        return _as_json(named.document)

    def with_id(self, request_id: str) -> Request:
        """The same request under another request id."""
        return replace(self, document=with_request_id(self.document, request_id))

    def once_more(self) -> Request:
        """The same request under an id that no request had before."""
        return self.with_id(f"{self.execution_name[: MAX_NAME - _HASH - 1]}-{secrets.token_hex(_HASH // 2)}")


def read_request(source: str) -> Request:
    """Read a request from a file, or from standard input if the source is `-`.

    Raises:
        RequestUnreadable: the file cannot be read, is no JSON object, or is larger than an execution's input.
    """
    where = "standard input" if source == STANDARD_INPUT else source
    document = _parse(_text(source, where), where)
    if not isinstance(document, dict):
        raise RequestUnreadable(
            f"{where}: a request is a JSON object, {{...}}, but this is {_kind(document)}."
        )
    request = Request(source, document)
    size = len(request.execution_input.encode())
    if size > MAX_INPUT:
        raise RequestUnreadable(
            f"{where}: the request has {size:,} bytes, Step Functions takes {MAX_INPUT:,} (256 KiB)."
        )
    return request


def name_of_id(request_id: str) -> str:
    """The execution name for a request id: itself where AWS allows it, else made fit, with a hash."""
    fit = _NOT_IN_NAMES.sub("-", request_id).strip("-")
    if fit == request_id and len(fit) <= MAX_NAME:
        return fit
    return f"{fit[: MAX_NAME - _HASH - 1]}-{_hash(request_id)}".lstrip("-")


def name_of_content(document: dict[str, Any]) -> str:
    """The execution name for a request without id: readable, and the same for the same content."""
    readable = _NOT_IN_NAMES.sub("-", _readable(document)).strip("-").lower()[:_READABLE].rstrip("-")
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return f"{readable or 'request'}-{_hash(canonical)}"


def _readable(document: dict[str, Any]) -> str:
    """The account's name, or what it will be built from."""
    account = document.get("account")
    name = account.get("name") if isinstance(account, dict) else document.get("AccountName")
    tags = document.get("tags", document.get("Tags"))
    values = [tags[key] for key in sorted(tags)] if isinstance(tags, dict) else []
    return name if isinstance(name, str) else "-".join(one for one in values if isinstance(one, str))


def _text(source: str, where: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if source == STANDARD_INPUT else Path(source).read_bytes()
    except FileNotFoundError as error:
        raise RequestUnreadable(f"{where}: there is no such file.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RequestUnreadable(f"{where}: cannot be read: {reason}.") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestUnreadable(
            f"{where}: is not UTF-8 text (byte {error.start} is 0x{raw[error.start]:02x})."
        ) from error


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise RequestUnreadable(
            f"{where}: line {error.lineno}, column {error.colno}: is not JSON: {_lower(error.msg)}."
        ) from error
    except RecursionError as error:
        raise RequestUnreadable(f"{where}: is nested too deeply for a request.") from error
    except ValueError as error:
        raise RequestUnreadable(f"{where}: is not JSON: {error}.") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"it has {name}, which JSON does not know")


def _as_json(document: dict[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair, written as an escape: JSON allows it, UTF-8 does not.
        return json.dumps(document, separators=(",", ":"))
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
