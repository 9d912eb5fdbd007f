"""Cuts lists into pages as Organizations does: twenty at most, with an opaque token for the next."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from workflows.local.account_rules import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Item = TypeVar("Item")

_PAGE = 20


def page(items: Sequence[Item], request: Mapping[str, Any]) -> tuple[list[Item], str | None]:
    """The page a request asks for by MaxResults and NextToken, and the token of the next one.

    Raises:
        Refusal: InvalidInputException for a size beyond 1 to 20 or a token that is none of ours.
    """
    size = request.get("MaxResults") or _PAGE
    if size > _PAGE:
        raise invalid(f"You specified a MaxResults greater than {_PAGE}.", "MAX_VALUE_EXCEEDED")
    start = _position(request.get("NextToken"))
    end = start + size
    return list(items[start:end]), _token(end) if end < len(items) else None


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"page:{position}".encode()).decode()


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("page:"))
    except (binascii.Error, ValueError) as error:
        raise invalid("You specified an invalid NextToken.", "INVALID_NEXT_TOKEN") from error
