"""Organizations' CreateAccount as AWS does it: it takes its time, can fail, and only so many run at once."""

from __future__ import annotations

import secrets
import string
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.organizations.models import organizations_backends

from workflows.local.account_rules import check_create_account
from workflows.local.pages import page
from workflows.local.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflows.local.calls import Call

_REQUEST_ID_CHARACTERS = string.ascii_lowercase + string.digits
_UNPOLLED_SECONDS = 200.0
"""How long, in AWS's time, a creation nobody asks about takes; ten of the default polling intervals."""
_UNPOLLED_AT_LEAST = 3.0
"""The same in this machine's time: a busy machine must not settle what a slow poller still asks about."""

_FAILURE_REASONS = {
    "ACCOUNT_LIMIT_EXCEEDED",
    "EMAIL_ALREADY_EXISTS",
    "INVALID_ADDRESS",
    "INVALID_EMAIL",
    "CONCURRENT_ACCOUNT_MODIFICATION",
    "INTERNAL_FAILURE",
    "GOVCLOUD_ACCOUNT_ALREADY_EXISTS",
    "MISSING_BUSINESS_VALIDATION",
    "FAILED_BUSINESS_VALIDATION",
    "PENDING_BUSINESS_VALIDATION",
    "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION",
    "UNKNOWN_BUSINESS_VALIDATION",
    "MISSING_PAYMENT_INSTRUMENT",
    "INVALID_PAYMENT_INSTRUMENT",
    "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED",
}
_BUSY_REASONS = {"ConstraintViolationException": "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED"}


class InvalidBehaviour(Exception):
    """Organizations was told to behave in a way it cannot; the message says which."""


@dataclass(slots=True)
class Behaviour:
    """How creations go, as set by `POST /_local/organizations`."""

    polls: int = 1
    """How often DescribeCreateAccountStatus answers IN_PROGRESS before a creation settles."""
    failures: list[str | None] = field(default_factory=list)
    """How the next creations end: a FailureReason each, None for success; then all succeed again."""
    in_flight_limit: int = 5
    busy_with: str = "TooManyRequestsException"
    """The error of a creation beyond the limit."""
    account_limit: int = 10_000
    """How many accounts the organization may have."""
    feature_set: str = "ALL"
    trusted_services: list[str] = field(default_factory=lambda: ["account.amazonaws.com"])
    """The services with trusted access."""

    def as_document(self) -> dict[str, Any]:
        """The behaviour under the names of the control endpoint."""
        return {
            "polls": self.polls,
            "failures": self.failures,
            "inFlightLimit": self.in_flight_limit,
            "busyWith": self.busy_with,
            "accountLimit": self.account_limit,
            "featureSet": self.feature_set,
            "trustedServices": self.trusted_services,
        }


@dataclass(slots=True)
class _Creation:
    id: str
    request: dict[str, Any]
    polls_left: int
    ends_with: str | None
    last_asked: float
    requested: datetime
    state: str = "IN_PROGRESS"
    completed: datetime | None = None
    account_id: str | None = None
    failure: str | None = None

    def as_status(self) -> dict[str, Any]:
        members = {
            "Id": self.id,
            "AccountName": self.request["AccountName"],
            "State": self.state,
            "RequestedTimestamp": self.requested,
            "CompletedTimestamp": self.completed,
            "AccountId": self.account_id,
            "FailureReason": self.failure,
        }
        return {name: value for name, value in members.items() if value is not None}


class Creations:
    """The creations of accounts in one organization.

    Its methods run under the front door's lock for Organizations, which is what makes the limit exact.

    Args:
        account_id: the management account.
        speed: by how much this machine is faster than AWS.
        now: a clock in seconds.
    """

    def __init__(self, account_id: str, speed: float, now: Callable[[], float] = time.monotonic) -> None:
        self.behaviour = Behaviour()
        self._backend = organizations_backends[account_id]["aws"]
        self._unpolled = max(_UNPOLLED_SECONDS / speed, _UNPOLLED_AT_LEAST)
        self._now = now
        self._creations: dict[str, _Creation] = {}

    def create_account(self, call: Call) -> dict[str, Any]:
        """CreateAccount: IN_PROGRESS, or busy when as many run as may."""
        check_create_account(call.request)
        self.settle_forgotten()
        if self.in_flight() >= self.behaviour.in_flight_limit:
            raise _busy(self.behaviour.busy_with)
        creation = _Creation(
            id="car-" + "".join(secrets.choice(_REQUEST_ID_CHARACTERS) for _ in range(32)),
            request=dict(call.request),
            polls_left=self.behaviour.polls,
            ends_with=self.behaviour.failures.pop(0) if self.behaviour.failures else None,
            last_asked=self._now(),
            requested=datetime.now(UTC),
        )
        self._creations[creation.id] = creation
        return {"CreateAccountStatus": creation.as_status()}

    def describe(self, call: Call) -> dict[str, Any]:
        """DescribeCreateAccountStatus: one poll."""
        self.settle_forgotten()
        creation = self._creations.get(call.request.get("CreateAccountRequestId", ""))
        if creation is None:
            message = "You specified a request that doesn't exist."
            raise Refusal("CreateAccountStatusNotFoundException", message)
        if creation.state == "IN_PROGRESS":
            creation.last_asked = self._now()
            if creation.polls_left <= 0:
                self._settle(creation)
            creation.polls_left -= 1
        return {"CreateAccountStatus": creation.as_status()}

    def list(self, call: Call) -> dict[str, Any]:
        """ListCreateAccountStatus; States filter within a page, so a page can be empty and not the last."""
        self.settle_forgotten()
        shown, token = page(list(self._creations.values()), call.request)
        states = call.request.get("States") or ["IN_PROGRESS", "SUCCEEDED", "FAILED"]
        statuses = [creation.as_status() for creation in shown if creation.state in states]
        return {"CreateAccountStatuses": statuses, "NextToken": token}

    def in_flight(self) -> int:
        """How many creations are in progress."""
        return sum(creation.state == "IN_PROGRESS" for creation in self._creations.values())

    def settle_forgotten(self) -> None:
        """Let time finish the creations nobody asks about, or they would hold their places for ever."""
        oldest = self._now() - self._unpolled
        for creation in self._creations.values():
            if creation.state == "IN_PROGRESS" and creation.last_asked <= oldest:
                self._settle(creation)

    def _settle(self, creation: _Creation) -> None:
        creation.completed = datetime.now(UTC)
        creation.failure = creation.ends_with or self._full() or self._conflict(creation.request["Email"])
        if creation.failure is not None:
            creation.state = "FAILED"
            return
        created = self._backend.create_account(**creation.request)
        creation.account_id = created["CreateAccountStatus"]["AccountId"]
        creation.state = "SUCCEEDED"

    def _full(self) -> str | None:
        return (
            "ACCOUNT_LIMIT_EXCEEDED" if len(self._backend.accounts) >= self.behaviour.account_limit else None
        )

    def _conflict(self, email: str) -> str | None:
        taken = any(account.email.lower() == email.lower() for account in self._backend.accounts)
        return "EMAIL_ALREADY_EXISTS" if taken else None


def read_behaviour(document: Any, present: Behaviour) -> Behaviour:
    """The behaviour that `POST /_local/organizations` asks for; what it does not name stays as it is.

    Raises:
        InvalidBehaviour: a member is unknown or has a value Organizations cannot take.
    """
    known = set(present.as_document())
    if not isinstance(document, dict) or not set(document) <= known:
        raise InvalidBehaviour(f"send a JSON object with some of {', '.join(sorted(known))}")
    failures = document.get("failures", present.failures)
    if not isinstance(failures, list) or not all(one is None or one in _FAILURE_REASONS for one in failures):
        raise InvalidBehaviour(f"`failures` must be a list of {', '.join(sorted(_FAILURE_REASONS))} or null")
    busy_with = document.get("busyWith", present.busy_with)
    if not isinstance(busy_with, str) or not busy_with:
        raise InvalidBehaviour("`busyWith` must be an error code such as TooManyRequestsException")
    features = document.get("featureSet", present.feature_set)
    if features not in ("ALL", "CONSOLIDATED_BILLING"):
        raise InvalidBehaviour("`featureSet` must be ALL or CONSOLIDATED_BILLING")
    trusted = document.get("trustedServices", present.trusted_services)
    if not isinstance(trusted, list) or not all(isinstance(one, str) for one in trusted):
        raise InvalidBehaviour("`trustedServices` must be a list such as account.amazonaws.com")
    return Behaviour(
        polls=_count(document, "polls", present.polls),
        failures=list(failures),
        in_flight_limit=_count(document, "inFlightLimit", present.in_flight_limit),
        busy_with=busy_with,
        account_limit=_count(document, "accountLimit", present.account_limit),
        feature_set=features,
        trusted_services=list(trusted),
    )


def _count(document: dict[str, Any], name: str, present: int) -> int:
    value = document.get(name, present)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidBehaviour(f"`{name}` must be a whole number from 0")
    return value


def _busy(error: str) -> Refusal:
    members: dict[str, Any] = {"Reason": _BUSY_REASONS[error]} if error in _BUSY_REASONS else {}
    return Refusal(error, "You have sent too many requests in too short a period of time.", **members)
