"""Requests in the native shape and in that of the AWS pattern, and the order that each becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

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
from workflows.vending.tags import MAX_TAGS, read_tags, tag_problem

PATTERN_KEYS = frozenset({"OwnerAddress", "AccountType", "Tags", "AccountName", "AccountEmail"})
"""The keys of a request in the shape of the AWS pattern for account e-mail addresses."""

ACCOUNT_ID = r"[0-9]{12}"
STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
"""What a state machine that starts ours puts beside the request, so that the console links the two."""

_ROLE_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"  # Organizations API reference, CreateAccount: RoleName


class Mode(StrEnum):
    """What an execution is for."""

    CREATE = "create"
    """A root address and the account for it."""
    ADDRESS = "address"
    """The address only: somebody else creates the account."""
    ADOPT = "adopt"
    """An account that exists already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be vended, without problems; every field is as the rest of the execution uses it."""

    request_id: str
    owner_emails: tuple[str, ...] = ()
    """Empty only where an account is adopted whose owner is still to be found."""
    owner_name: str = ""
    mode: Mode = Mode.CREATE
    origin: str = "request"
    """How it came: `request`, `event`, `control-tower`, `aft`, `import`, `reconcile` or its own word."""
    account_id: str | None = None
    """Which account is adopted."""
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
        account = {"id": self.account_id, "name": self.account_name, "email": self.account_email}
        whole = {
            "requestId": self.request_id,
            "mode": self.mode,
            "origin": self.origin,
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
            mode=Mode(document.get("mode", Mode.CREATE)),
            origin=document.get("origin", "request"),
            account_id=document["account"].get("id"),
            account_name=document["account"].get("name"),
            account_email=document["account"].get("email"),
            organizational_unit=document.get("organizationalUnit"),
            tags=document["tags"],
            role_name=document.get("roleName"),
            iam_user_access_to_billing=document.get("iamUserAccessToBilling"),
            requested_by=document.get("requestedBy"),
            ticket=document.get("ticket"),
        )


def read_native(fields: Fields, settings: Settings, *, request_id: str, origin: str) -> Order:
    """Read a request in the native shape, and note its problems.

    Args:
        fields: the request.
        settings: the deployed settings; the name pattern decides which tags are needed.
        request_id: its id, see `sources.request_id_of`.
        origin: how it came, unless it says so itself.
    """
    account = fields.child("account")
    fields.raw(STARTED_BY)
    mode = _mode(fields, account)
    adopts = mode is Mode.ADOPT
    owner = fields.child("owner", required=not adopts)
    tags = {} if adopts else read_tags(fields, "tags")
    name = None if adopts else _account_name(account, "name")
    if not adopts:
        named = account.has("name")
        _require_tags_of_name(fields, "tags", "account.name", tags, named=named, settings=settings)
    return Order(
        request_id=request_id,
        owner_emails=owner_emails(owner, "email", settings, required=not adopts),
        owner_name=owner.text("name", longest=100) or "",
        mode=mode,
        origin=fields.text("origin", longest=64, ascii_only=True) or origin,
        account_id=account.text(
            "id", longest=None, pattern=ACCOUNT_ID, allowed="the twelve digits of its id"
        ),
        account_name=name,
        account_email=None if adopts else _account_email(account, "email", settings),
        organizational_unit=fields.text("organizationalUnit", longest=600),
        tags=tags,
        role_name=None if adopts else _role_name(fields),
        iam_user_access_to_billing=(
            None if adopts else fields.choice("iamUserAccessToBilling", ("ALLOW", "DENY"))
        ),
        requested_by=fields.text("requestedBy", longest=254),
        ticket=fields.text("ticket", longest=254),
    )


def _mode(fields: Fields, account: Fields) -> Mode:
    """What the request is for: one that names an account's id is about that account."""
    given = fields.choice("mode", tuple(Mode))
    if given is Mode.ADOPT and not account.has("id"):
        account.add("id", "is missing: it names the account to adopt")
    if given not in (None, Mode.ADOPT) and account.has("id"):
        account.add("id", f"has no place in mode {given}: only an account that exists has one")
    return given or (Mode.ADOPT if account.has("id") else Mode.CREATE)


def _role_name(fields: Fields) -> str | None:
    allowed = "letters, digits and _+=,.@-"
    return fields.text("roleName", longest=64, pattern=_ROLE_NAME, allowed=allowed)


def read_pattern(fields: Fields, settings: Settings, *, request_id: str, origin: str) -> Order:
    """Read a request in the shape of the AWS pattern, and note its problems.

    Source: https://github.com/aws-samples/aws-account-factory-email; it ignores unknown keys, too.
    """
    fields.ignore_unknown_keys()
    tags = read_tags(fields, "Tags")
    name = _account_name(fields, "AccountName")
    _require_tags_of_name(
        fields, "Tags", "AccountName", tags, named=fields.has("AccountName"), settings=settings
    )
    account_type = fields.text("AccountType", longest=256)
    if account_type:
        if problem := tag_problem("AccountType", account_type):
            fields.add("AccountType", f"becomes a tag, and {problem}")
        tags = {"AccountType": account_type, **tags}
        if len(tags) > MAX_TAGS:
            fields.add("Tags", f"has {len(tags)} tags with AccountType, AWS allows {MAX_TAGS}")
    return Order(
        request_id=request_id,
        mode=fields.choice("mode", (Mode.CREATE, Mode.ADDRESS)) or Mode.CREATE,
        owner_emails=owner_emails(fields, "OwnerAddress", settings, required=True),
        origin=origin,
        account_name=name,
        account_email=_account_email(fields, "AccountEmail", settings),
        tags=tags,
    )


def owner_emails(fields: Fields, key: str, settings: Settings, *, required: bool) -> tuple[str, ...]:
    """Read an owner's addresses, each once, and note the problems of each."""
    listed = fields.texts(key, required=required, most=MAX_OWNERS)
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
