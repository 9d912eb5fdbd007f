"""Why AWS fails to create an account: the values of FailureReason, and what to do about each.

Source of the values: the Organizations API reference, CreateAccountStatus.
"""

from __future__ import annotations

from typing import NamedTuple


class FailureReason(NamedTuple):
    """What a FailureReason means, and what an operator does about it."""

    meaning: str
    remedy: str


ASK_AGAIN = frozenset({"INTERNAL_FAILURE", "CONCURRENT_ACCOUNT_MODIFICATION"})
"""Reasons that pass by themselves: the same address is asked for again."""

_CANCEL = "Cancel the request with `vend cancel` and start it again"
_THEN_REDRIVE = "then redrive the execution: it asks again for the same address."
_BUSINESS = f"Complete the verification in the AWS console of the management account, {_THEN_REDRIVE}"

FAILURE_REASONS: dict[str, FailureReason] = {
    "ACCOUNT_LIMIT_EXCEEDED": FailureReason(
        "The organization has reached its maximum number of accounts.",
        "Request an increase of the Organizations quota 'Default maximum number of accounts', "
        f"{_THEN_REDRIVE}",
    ),
    "EMAIL_ALREADY_EXISTS": FailureReason(
        "Another AWS account, in this organization or not, has this root address.",
        f"{_CANCEL}, or free the address and redrive the execution.",
    ),
    "INVALID_ADDRESS": FailureReason(
        "The contact address of the management account is not valid.",
        f"Correct it in the account settings of the management account, {_THEN_REDRIVE}",
    ),
    "INVALID_EMAIL": FailureReason(
        "AWS does not accept the root address.",
        f"Check that the receiving domain is right and can receive mail, {_THEN_REDRIVE}",
    ),
    "CONCURRENT_ACCOUNT_MODIFICATION": FailureReason(
        "Another operation changed the account at the same time, again and again.",
        f"Wait until the other operations have ended, {_THEN_REDRIVE}",
    ),
    "INTERNAL_FAILURE": FailureReason(
        "AWS failed internally, again and again.",
        f"Look at the AWS Health Dashboard, ask AWS Support if it persists, {_THEN_REDRIVE}",
    ),
    "GOVCLOUD_ACCOUNT_ALREADY_EXISTS": FailureReason(
        "An account of this name or address exists in AWS GovCloud (US).",
        f"{_CANCEL} with another name or address.",
    ),
    "MISSING_BUSINESS_VALIDATION": FailureReason(
        "AWS has not received the business validation of the management account.", _BUSINESS
    ),
    "FAILED_BUSINESS_VALIDATION": FailureReason(
        "The business validation of the management account failed.", _BUSINESS
    ),
    "PENDING_BUSINESS_VALIDATION": FailureReason(
        "The business validation of the management account is still being worked on.",
        f"Wait until AWS has finished it, {_THEN_REDRIVE}",
    ),
    "UNKNOWN_BUSINESS_VALIDATION": FailureReason(
        "AWS does not know the state of the management account's business validation.",
        f"Ask AWS Support, {_THEN_REDRIVE}",
    ),
    "INVALID_IDENTITY_FOR_BUSINESS_VALIDATION": FailureReason(
        "The identity given for the business validation of the management account is not valid.", _BUSINESS
    ),
    "MISSING_PAYMENT_INSTRUMENT": FailureReason(
        "The management account has no payment method.",
        f"Add one in the Billing console of the management account, {_THEN_REDRIVE}",
    ),
    "INVALID_PAYMENT_INSTRUMENT": FailureReason(
        "The payment method of the management account is not valid.",
        f"Correct it in the Billing console of the management account, {_THEN_REDRIVE}",
    ),
    "UPDATE_EXISTING_RESOURCE_POLICY_WITH_TAGS_NOT_SUPPORTED": FailureReason(
        "The organization's resource policy cannot be updated together with tags.",
        f"Start the request without tags, or change the resource policy in Organizations, {_THEN_REDRIVE}",
    ),
}

UNKNOWN_REASON = FailureReason(
    "AWS gave a reason that this product does not know yet.",
    f"Look it up in the Organizations API reference (CreateAccountStatus), mend the cause, {_THEN_REDRIVE}",
)
