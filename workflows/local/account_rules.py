"""What Organizations demands of a CreateAccount request before it takes it on."""

# Written from AWS's documentation and not shared with workflows.vending: a mistake there must show here.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from workflows.local.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

_EMAIL_CHARACTERS = range(6, 65)
_NAME = re.compile(r"[ -~]{1,50}")
_LOCAL_PART = re.compile(r"[^\s\"'()<>\[\]:;,\\|%&.@][^\s\"'()<>\[\]:;,\\|%&@]*")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_TAG_CHARACTERS = re.compile(r"[\w\s.:/=+\-@]*")
_TAGS_AT_MOST = 50


def check_create_account(request: Mapping[str, Any]) -> None:
    """Refuse a request that AWS would not take on; one bad tag refuses the whole.

    Raises:
        Refusal: InvalidInputException or ConstraintViolationException, with AWS's reason.
    """
    _check_email(request.get("Email") or "")
    if not _NAME.fullmatch(request.get("AccountName") or ""):
        raise invalid("AccountName must be 1 to 50 printable ASCII characters.", "INVALID_FULL_NAME_TARGET")
    if "RoleName" in request and not _ROLE_NAME.fullmatch(request["RoleName"]):
        raise invalid("You specified an invalid role name.", "INVALID_ROLE_NAME")
    if request.get("IamUserAccessToBilling", "ALLOW") not in {"ALLOW", "DENY"}:
        raise invalid("IamUserAccessToBilling must be ALLOW or DENY.", "INVALID_ENUM")
    _check_tags(request.get("Tags") or [])


def invalid(message: str, reason: str) -> Refusal:
    """InvalidInputException as Organizations gives it."""
    return Refusal("InvalidInputException", message, Reason=reason)


def _check_email(email: str) -> None:
    local, _, domain = email.rpartition("@")
    good = (
        len(email) in _EMAIL_CHARACTERS
        and email.isascii()
        and _LOCAL_PART.fullmatch(local)
        and _DOMAIN.fullmatch(domain)
        and "." in domain
    )
    if not good:
        raise invalid("You specified an invalid email address.", "INVALID_EMAIL_ADDRESS_TARGET")


def _check_tags(tags: list[Mapping[str, str]]) -> None:
    if len(tags) > _TAGS_AT_MOST:
        message = "You have exceeded the number of tags allowed on this resource."
        raise Refusal("ConstraintViolationException", message, Reason="MAX_TAG_LIMIT_EXCEEDED")
    keys = [tag.get("Key") or "" for tag in tags]
    if len(set(keys)) < len(keys):
        raise invalid("Duplicate tag keys are not allowed.", "DUPLICATE_TAG_KEY")
    for tag in tags:
        key, value = tag.get("Key") or "", tag.get("Value")
        if key.lower().startswith("aws:"):
            raise invalid("Tag keys that start with aws: are reserved.", "INVALID_SYSTEM_TAGS_PARAMETER")
        if not 1 <= len(key) <= 128 or not _TAG_CHARACTERS.fullmatch(key):  # noqa: PLR2004 - AWS's limit
            raise invalid(f"You specified an invalid tag key: {key!r}.", "INVALID_PATTERN")
        if value is None or len(value) > 256 or not _TAG_CHARACTERS.fullmatch(value):  # noqa: PLR2004 - AWS's limit
            raise invalid(f"You specified an invalid value for the tag {key}.", "INVALID_PATTERN")
