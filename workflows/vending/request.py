"""Turns whatever started an execution into one canonical order, or names every problem with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workflows.vending.errors import InvalidRequest, OrganizationalUnitNotFound
from workflows.vending.fields import Fields
from workflows.vending.naming import (
    ENVIRONMENT,
    ROLE_MAILBOXES,
    address_problem,
    name_problem,
    tags_of_pattern,
)
from workflows.vending.owners import MAX_OWNERS, owner_problem
from workflows.vending.settings import Settings
from workflows.vending.tags import read_tags

PATTERN_KEYS = frozenset({"OwnerAddress", "AccountType", "Tags", "AccountName", "AccountEmail"})
"""The keys of a request in the shape of the AWS pattern for account e-mail addresses."""

_ROLE_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"  # Organizations API reference, CreateAccount: RoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be vended, without problems; every field is as the rest of the execution uses it."""

    request_id: str
    owner_emails: tuple[str, ...]
    owner_name: str = ""
    account_name: str | None = None
    account_email: str | None = None
    organizational_unit: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    role_name: str | None = None
    iam_user_access_to_billing: Literal["ALLOW", "DENY"] | None = None
    requested_by: str | None = None
    ticket: str | None = None

    def document(self) -> dict[str, Any]:
        """The order as the execution carries it: the native request, with nothing left to find out."""
        account = {"name": self.account_name, "email": self.account_email}
        whole = {
            "requestId": self.request_id,
            "owner": {"email": list(self.owner_emails), "name": self.owner_name},
            "account": {key: value for key, value in account.items() if value is not None},
            "organizationalUnit": self.organizational_unit,
            "tags": dict(self.tags),
            "roleName": self.role_name,
            "iamUserAccessToBilling": self.iam_user_access_to_billing,
            "requestedBy": self.requested_by,
            "ticket": self.ticket,
        }
        return {key: value for key, value in whole.items() if value is not None}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Order:
        """Read back what `document` wrote."""
        return cls(
            request_id=document["requestId"],
            owner_emails=tuple(document["owner"]["email"]),
            owner_name=document["owner"]["name"],
            account_name=document["account"].get("name"),
            account_email=document["account"].get("email"),
            organizational_unit=document.get("organizationalUnit"),
            tags=document["tags"],
            role_name=document.get("roleName"),
            iam_user_access_to_billing=document.get("iamUserAccessToBilling"),
            requested_by=document.get("requestedBy"),
            ticket=document.get("ticket"),
        )


def read_request(
    document: object,
    *,
    settings: Settings,
    fallback_id: str,
    find_unit: Callable[[str], object] | None = None,
) -> Order:
    """Read a request: the native shape, the AWS pattern's, or an EventBridge event that carries either.

    Args:
        document: the execution's input.
        settings: the deployed settings; the name pattern decides which tags are needed.
        fallback_id: the request id of a request that has none, the name of the execution.
        find_unit: looks up an organizational unit and raises `OrganizationalUnitNotFound`; None skips that.

    Raises:
        InvalidRequest: the request has problems; all are named.
    """
    if isinstance(document, Mapping) and "detail-type" in document and "detail" in document:
        fallback_id = str(document.get("id") or fallback_id)
        document = document["detail"]
    fields = Fields(document)
    if (
        isinstance(document, Mapping)
        and not {"owner", "account"} & set(document)
        and PATTERN_KEYS & set(document)
    ):
        order = _read_pattern(fields, settings, fallback_id)
    else:
        order = _read_native(fields, settings, fallback_id)
    if find_unit and order.organizational_unit:
        try:
            find_unit(order.organizational_unit)
        except OrganizationalUnitNotFound as unknown:
            fields.add("organizationalUnit", unknown.what)
    fields.refuse_unknown_keys()
    if fields.problems:
        raise InvalidRequest(fields.problems)
    return order


def _read_native(fields: Fields, settings: Settings, fallback_id: str) -> Order:
    owner = fields.child("owner", required=True)
    account = fields.child("account")
    tags = read_tags(fields, "tags")
    name = _account_name(account, "name")
    _require_tags_of_name(fields, "tags", "account.name", tags, named=account.has("name"), settings=settings)
    return Order(
        request_id=fields.text("requestId", longest=128, ascii_only=True) or fallback_id,
        owner_emails=_owner_emails(owner, "email", settings),
        owner_name=owner.text("name", longest=100) or "",
        account_name=name,
        account_email=_account_email(account, "email", settings),
        organizational_unit=fields.text("organizationalUnit", longest=600),
        tags=tags,
        role_name=fields.text(
            "roleName", longest=64, pattern=_ROLE_NAME, allowed="letters, digits and _+=,.@-"
        ),
        iam_user_access_to_billing=fields.choice("iamUserAccessToBilling", ("ALLOW", "DENY")),
        requested_by=fields.text("requestedBy", longest=254),
        ticket=fields.text("ticket", longest=254),
    )


def _read_pattern(fields: Fields, settings: Settings, fallback_id: str) -> Order:
    """Source: https://github.com/aws-samples/aws-account-factory-email; it ignores unknown keys, too."""
    fields.ignore_unknown_keys()
    tags = read_tags(fields, "Tags")
    name = _account_name(fields, "AccountName")
    _require_tags_of_name(
        fields, "Tags", "AccountName", tags, named=fields.has("AccountName"), settings=settings
    )
    account_type = fields.text("AccountType", longest=256)
    return Order(
        request_id=fallback_id,
        owner_emails=_owner_emails(fields, "OwnerAddress", settings),
        account_name=name,
        account_email=_account_email(fields, "AccountEmail", settings),
        tags={"AccountType": account_type, **tags} if account_type else tags,
    )


def _owner_emails(fields: Fields, key: str, settings: Settings) -> tuple[str, ...]:
    listed = fields.texts(key, required=True, most=MAX_OWNERS)
    for where, address in listed:
        problem = owner_problem(
            address, receiving_domain=settings.domain, owner_domains=settings.owner_domains
        )
        if problem:
            fields.add(where, problem, address)
    return tuple({address.lower(): address for _, address in listed}.values())


def _account_name(fields: Fields, key: str) -> str | None:
    name = fields.text(key, longest=None)
    if name is not None and (problem := name_problem(name)):
        fields.add(key, problem, name)
    return name


def _account_email(fields: Fields, key: str, settings: Settings) -> str | None:
    address = fields.text(key, longest=None)
    if address is None:
        return None
    address = address.lower()
    local_part, _, domain = address.partition("@")
    if problem := address_problem(address):
        fields.add(key, problem, address)
    elif address == settings.forward_from.lower():
        fields.add(key, "is the address this product sends from", address)
    elif domain == settings.domain and local_part in ROLE_MAILBOXES:
        fields.add(key, "is reserved for whoever runs the domain", address)
    return address


def _require_tags_of_name(
    fields: Fields, tags_key: str, name_key: str, tags: Mapping[str, str], *, named: bool, settings: Settings
) -> None:
    if named:
        return
    for tag in tags_of_pattern(settings.name_pattern):
        if (
            tag != ENVIRONMENT
            and not tags.get(tag, "").strip()
            and not fields.has_problem(f"{tags_key}.{tag}")
        ):
            fields.add(
                f"{tags_key}.{tag}", f"is missing; the name is built from it, unless {name_key} is given"
            )
