"""Turns whatever started an execution into one canonical order, or names every problem with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from workflows.vending.control_tower import SOURCE, STATUS, read_event
from workflows.vending.errors import InvalidRequest, OrganizationalUnitNotFound
from workflows.vending.fields import Fields
from workflows.vending.owners import addresses_in, tagged_owners
from workflows.vending.request import (
    ACCOUNT_ID,
    PATTERN_KEYS,
    Mode,
    Order,
    owner_emails,
    read_native,
    read_pattern,
)
from workflows.vending.settings import Settings

AFT_KEYS = frozenset({"account_info", "account_request"})
"""The keys by which the payload of AFT (`aft-account-provisioning-customizations`) is known."""
MAX_REQUEST_ID = 128
_LONGEST_MESSAGE = 1_000


def read_request(
    document: object,
    *,
    settings: Settings,
    fallback_id: str,
    find_unit: Callable[[str], object] | None = None,
) -> Order:
    """Read what started an execution.

    That is a request in the native shape or the AWS pattern's, an EventBridge event that carries either, a
    lifecycle event of Control Tower, or what AFT hands to its account provisioning customizations.

    Args:
        document: the execution's input.
        settings: the deployed settings.
        fallback_id: the request id of what has none, the name of the execution.
        find_unit: looks up an organizational unit and raises `OrganizationalUnitNotFound`; None skips that.

    Raises:
        InvalidRequest: it has problems; all are named.
    """
    order, fields = _read(document, settings, fallback_id)
    if find_unit and order.organizational_unit:
        try:
            find_unit(order.organizational_unit)
        except OrganizationalUnitNotFound as unknown:
            fields.add("organizationalUnit", unknown.what)
    fields.refuse_unknown_keys()
    if fields.problems:
        raise InvalidRequest(fields.problems)
    return order


def request_id_of(document: object, fallback_id: str) -> str:
    """The id of the request in what started an execution, whoever reads it.

    It is the request's own `requestId`, else the id of the event that carries it, else the fallback.

    Args:
        document: the execution's input.
        fallback_id: the name of the execution.
    """
    return (given_request_id(document) or "").strip() or fallback_id


def request_id_of_input(text: str, execution_name: str) -> str:
    """The same of an execution's input as Step Functions tells it: JSON, perhaps a stranger's."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    return request_id_of(document, execution_name)


def given_request_id(document: object) -> str | None:
    """The request id that what started an execution gives itself, or None; it may be none that is allowed."""
    content = _content(document)
    given = content.get("requestId") if isinstance(content, Mapping) else None
    if given is None and content is not document and isinstance(document, Mapping):
        given = document.get("id")
    return None if given is None else str(given)


def with_request_id(document: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """The same under another request id; an event carries it in its detail."""
    content = _content(document)
    if content is not document and isinstance(content, Mapping):
        return {**document, "detail": {**content, "requestId": request_id}}
    return {**document, "requestId": request_id}


def _content(document: object) -> object:
    """What an EventBridge event carries; anything else carries itself."""
    if isinstance(document, Mapping) and "detail-type" in document and "detail" in document:
        return document["detail"]
    return document


def _read(document: object, settings: Settings, fallback_id: str) -> tuple[Order, Fields]:
    """The order, and the fields it was read from with their problems."""
    content, request_id = _content(document), request_id_of(document, fallback_id)
    by_event = content is not document
    event = Fields(document if by_event else {})
    event.text("id", longest=MAX_REQUEST_ID, ascii_only=True)
    source = event.raw("source")
    fields = Fields(content, "detail" if source == SOURCE else "", event.problems)
    fields.text("requestId", longest=MAX_REQUEST_ID, ascii_only=True)
    if source == SOURCE:
        return _read_control_tower(fields, request_id), fields
    if isinstance(source, str) and source.startswith("aws."):
        event.add("source", f"sends no account requests; known of AWS's is {SOURCE}", source)
        fields.ignore_unknown_keys()
        return Order(request_id=request_id), fields
    origin = "event" if by_event else "request"
    keys = set(content) if isinstance(content, Mapping) else set()
    if keys & AFT_KEYS:
        return _read_aft(fields, settings, request_id), fields
    if keys & PATTERN_KEYS and not keys & {"owner", "account"}:
        return read_pattern(fields, settings, request_id=request_id, origin=origin), fields
    return read_native(fields, settings, request_id=request_id, origin=origin), fields


def _read_control_tower(detail: Fields, request_id: str) -> Order:
    event = read_event(detail)
    if event.name and event.state != "SUCCEEDED":
        where = f"serviceEventDetails.{STATUS[event.name]}.state"
        why = f"; Control Tower says: {event.message[:_LONGEST_MESSAGE]}" if event.message else ""
        detail.add(where, f"is not SUCCEEDED, so there is no account to adopt{why}", event.state or "none")
    elif event.name and not re.fullmatch(ACCOUNT_ID, event.account_id or ""):
        where = f"serviceEventDetails.{STATUS[event.name]}.account.accountId"
        detail.add(where, "is not the twelve digits of an account's id", event.account_id or "none")
    return Order(request_id=request_id, mode=Mode.ADOPT, origin="control-tower", account_id=event.account_id)


def _read_aft(fields: Fields, settings: Settings, request_id: str) -> Order:
    """AFT 1.20.1 hands this to the customer's machine for every account; it has more fields than we need."""
    account = _lenient(_lenient(_lenient(fields), "account_info"), "account")
    account_id = account.text(
        "id", longest=None, pattern=ACCOUNT_ID, allowed="the twelve digits of an account's id"
    )
    if not account.has("id"):
        account.add("id", "is missing: it names the account to adopt")
    request = _lenient(fields, "account_request")
    owners = _own_field(_maybe_json(request, "custom_fields"), settings)
    tags = _maybe_json(request, "account_tags")
    return Order(
        request_id=request_id,
        mode=Mode.ADOPT,
        origin="aft",
        account_id=account_id,
        owner_emails=owners or tagged(tags.values, settings),
    )


def tagged(tags: Mapping[str, object], settings: Settings) -> tuple[str, ...]:
    """The owner that an account's tags name, by the deployed settings."""
    return tagged_owners(
        tags,
        settings.owner_tag,
        receiving_domain=settings.domain,
        owner_domains=settings.owner_domains,
    )


def _own_field(fields: Fields, settings: Settings) -> tuple[str, ...]:
    """The addresses under `owner`, in one text or a list."""
    value = fields.raw("owner")
    if isinstance(value, str):
        fields = fields.with_value("owner", addresses_in(value))
    return owner_emails(fields, "owner", settings, required=False)


def _maybe_json(parent: Fields, key: str) -> Fields:
    """The object under a key, which AFT may carry as a JSON text."""
    value = parent.raw(key)
    if isinstance(value, str):
        try:
            parent = parent.with_value(key, json.loads(value or "{}"))
        except (ValueError, RecursionError):  # what a stranger nested a thousand times
            parent.add(key, "must be an object, or an object as a JSON text", value)
            parent = parent.with_value(key, {})
    return _lenient(parent, key)


def _lenient(parent: Fields, key: str = "") -> Fields:
    """The object under a key, or the object itself; keys that nobody asks for may be there."""
    fields = parent.child(key) if key else parent
    fields.ignore_unknown_keys()
    return fields
