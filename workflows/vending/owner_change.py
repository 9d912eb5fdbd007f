"""A change of owner as somebody asks for it: a command or the event `Owner Change Requested`."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.vending.errors import InvalidRequest
from workflows.vending.fields import Fields
from workflows.vending.request import ACCOUNT_ID, owner_emails
from workflows.vending.settings import Settings

DETAIL_TYPE = "Owner Change Requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChange:
    """Which account is to get which owner, without problems."""

    address: str | None
    """The vended address, or None where the account id is given."""
    account_id: str | None
    owner_emails: tuple[str, ...]
    owner_name: str | None
    """None leaves no name: the one before was another owner's."""
    instead_of: str | None
    """Only this one of several addresses is replaced; None replaces the owner as a whole."""
    reason: str
    requested_by: str
    event_id: str | None
    """The event that asks, which may come again after others have changed the owner since."""

    @property
    def named(self) -> str:
        """The account as it was named."""
        return self.address or self.account_id or ""


def read_owner_change(
    document: object, *, settings: Settings, requested_by: str, event_id: str | None = None
) -> OwnerChange:
    """Read a change of owner.

    Args:
        document: `address` or `account`, `owner` (as in a request), `reason`, and optionally `insteadOf` and
            `requestedBy`.
        settings: which owners are allowed.
        requested_by: who asked, where the document does not say.
        event_id: the id of the event that carried it, if one did.

    Raises:
        InvalidRequest: it has problems; all are named.
    """
    fields = Fields(document)
    address = fields.text("address", longest=254)
    allowed = "the twelve digits of an account's id"
    account_id = fields.text("account", longest=None, pattern=ACCOUNT_ID, allowed=allowed)
    if fields.has("address") == fields.has("account"):
        fields.add("address", "or account: name the account by one of them")
    owner = fields.child("owner", required=True)
    reason = fields.text("reason", longest=1000)
    if not fields.has("reason"):
        fields.add("reason", "is missing: it is kept in the history")
    change = OwnerChange(
        address=address.lower() if address else None,
        account_id=account_id,
        owner_emails=owner_emails(owner, "email", settings, required=True),
        owner_name=owner.text("name", longest=100),
        instead_of=fields.text("insteadOf", longest=254),
        reason=reason or "",
        requested_by=fields.text("requestedBy", longest=2048) or requested_by,
        event_id=event_id,
    )
    fields.refuse_unknown_keys()
    if fields.problems:
        raise InvalidRequest(fields.problems)
    return change
