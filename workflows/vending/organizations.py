"""The calls to AWS Organizations, their answers as values and their errors by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from workflows.vending.errors import (
    AccountNotFound,
    AccountQuotaReached,
    CreateAccountRefused,
    OrganizationsAccessDenied,
    OrganizationsAnswerLost,
    OrganizationsBusy,
    OrganizationsNotInUse,
    OrganizationsRefused,
    VendingError,
)

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

    from workflows.vending.request import Order

_BUSY = frozenset(
    {
        "ConcurrentModificationException",
        "FinalizingOrganizationException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_DENIED = ("AccessDenied", "AccessDeniedException", "AccessDeniedForDependencyException")
_PERMANENT: dict[str, type[VendingError]] = {
    **dict.fromkeys(_DENIED, OrganizationsAccessDenied),
    "AccountNotFoundException": AccountNotFound,
    "AWSOrganizationsNotInUseException": OrganizationsNotInUse,
}
_BUSY_CONSTRAINT = "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"
_QUOTA_CONSTRAINT = "ACCOUNT_NUMBER_LIMIT_EXCEEDED"
_ALIVE = ["IN_PROGRESS", "SUCCEEDED"]
_SERVER_ERROR = 500
_STATE_BY_STATUS = {"SUSPENDED": "CLOSED"}


@dataclass(frozen=True, slots=True)
class Creation:
    """A CreateAccount request of AWS, as CreateAccountStatus describes it. It never shows the address."""

    request_id: str
    """`car-…`"""
    state: str
    """IN_PROGRESS, SUCCEEDED or FAILED."""
    account_name: str
    requested_at: datetime | None
    account_id: str | None
    failure_reason: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the organization."""

    id: str
    name: str
    email: str
    state: str
    """Account.State (ACTIVE, SUSPENDED, CLOSED, …), or Account.Status where AWS sends no State.

    A Status of SUSPENDED is shown as CLOSED: that is what it says (Organizations User Guide, "View the state
    of an account"), while the State of that name is a suspension by AWS.
    """
    joined: datetime | None = None
    """When it was created in the organization, or was invited into it."""

    @property
    def closed(self) -> bool:
        """Whether the account is closed, or about to be."""
        return self.state in ("CLOSED", "PENDING_CLOSURE")


class Organizations:
    """The organization. Every method raises the named errors of `workflows.vending.errors`.

    Args:
        client: for calls that are safe to repeat.
        asking: for CreateAccount: a client made with `ONE_ATTEMPT`, because the call has no client token.
    """

    def __init__(self, client: OrganizationsClient, asking: OrganizationsClient | None = None) -> None:
        self.client = client
        self._asking = asking

    def create_account(self, order: Order, *, name: str, address: str) -> Creation:
        """Ask for an account; AWS goes on with it in the background."""
        if self._asking is None:
            raise TypeError("create_account needs the client that makes one attempt only")
        request: dict[str, Any] = {"AccountName": name, "Email": address}
        if order.tags:
            request["Tags"] = [{"Key": key, "Value": value} for key, value in order.tags.items()]
        if order.role_name:
            request["RoleName"] = order.role_name
        if order.iam_user_access_to_billing:
            request["IamUserAccessToBilling"] = order.iam_user_access_to_billing
        with named_errors(f"CreateAccount {name!r}", refused=CreateAccountRefused):
            return _creation(self._asking.create_account(**request)["CreateAccountStatus"])

    def creation(self, request_id: str) -> Creation:
        """How far a creation is."""
        with named_errors(f"DescribeCreateAccountStatus {request_id}"):
            answer = self.client.describe_create_account_status(CreateAccountRequestId=request_id)
        return _creation(answer["CreateAccountStatus"])

    def creations(self, name: str, since: datetime) -> Iterator[Creation]:
        """The creations of an account name since then that have not failed; names are not unique on AWS."""
        for status in self._pages("list_create_account_status", "CreateAccountStatuses", States=_ALIVE):
            creation = _creation(status)
            recent = creation.requested_at is None or creation.requested_at >= since
            if creation.account_name == name and recent:
                yield creation

    def account(self, account_id: str) -> Account:
        """One account."""
        with named_errors(f"DescribeAccount {account_id}"):
            return _account(self.client.describe_account(AccountId=account_id)["Account"])

    def accounts(self) -> Iterator[Account]:
        """Every account of the organization."""
        yield from map(_account, self._pages("list_accounts", "Accounts"))

    def tags(self, account_id: str) -> dict[str, str]:
        """The tags of an account."""
        tags: dict[str, str] = {}
        for one in self._pages("list_tags_for_resource", "Tags", ResourceId=account_id):
            tags[one["Key"]] = one["Value"]
        return tags

    def account_with(self, address: str) -> Account | None:
        """The account that has this root address, in any case, or None."""
        return next((one for one in self.accounts() if one.email.lower() == address.lower()), None)

    def _pages(self, operation: str, key: str, **arguments: object) -> Iterator[Any]:
        """All entries of a list; a page may be empty and still not be the last."""
        token: dict[str, str] = {}
        while True:
            with named_errors(operation):
                page = getattr(self.client, operation)(**arguments, **token)
            yield from page[key]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


@contextmanager
def named_errors(
    doing: str, *, refused: Callable[[str], VendingError] = OrganizationsRefused
) -> Iterator[None]:
    """Turn what boto3 raises into errors an operator can act on.

    Args:
        doing: the call, for the message.
        refused: makes the error for what has no name of its own.
    """
    try:
        yield
    except ClientError as error:
        raise _named(error, doing, refused) from error
    except BotoCoreError as error:
        raise OrganizationsAnswerLost(f"Organizations did not answer {doing}: {error}.") from error


def _named(error: ClientError, doing: str, refused: Callable[[str], VendingError]) -> VendingError:
    code = error.response["Error"]["Code"]
    reason = str(error.response.get("Reason", ""))
    said = f"{doing}: {code}{f' ({reason})' if reason else ''}: {error.response['Error'].get('Message', '')}"
    if code in _BUSY or reason == _BUSY_CONSTRAINT:
        return OrganizationsBusy(f"Organizations is busy. {said}")
    if reason == _QUOTA_CONSTRAINT:
        return AccountQuotaReached(f"{said}.")
    if code in _PERMANENT:
        return _PERMANENT[code](f"{said}.")
    if code == "ServiceException" or error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
        return OrganizationsAnswerLost(f"Organizations failed. {said}")
    return refused(f"{said}.")


def _creation(status: Any) -> Creation:
    return Creation(
        request_id=status["Id"],
        state=status["State"],
        account_name=status.get("AccountName", ""),
        requested_at=status.get("RequestedTimestamp"),
        account_id=status.get("AccountId"),
        failure_reason=status.get("FailureReason"),
    )


def _account(account: Any) -> Account:
    return Account(
        id=account["Id"],
        name=account.get("Name", ""),
        email=account.get("Email", ""),
        state=account.get("State") or _STATE_BY_STATUS.get(account.get("Status"), account.get("Status", "")),
        joined=account.get("JoinedTimestamp"),
    )
