"""Every reason why a step of a vend fails: the class name is the error name in the execution history.

The message of an instance says what happened to what; `remedy` says what an operator does about it.
`docs/operate.md` is made from these classes.
"""

from __future__ import annotations

from collections.abc import Iterable

from workflows.vending.problem import Problem, in_one_message

MEND_DRIFT = "mend by hand what `aws cloudformation detect-stack-drift` names (a deployment does not)"
"""What to do about a part of the stack that was changed or deleted by hand."""


class VendingError(Exception):
    """A step failed for a reason that has a name."""

    meaning: str = "A step of the vend failed."
    remedy: str = "Read the message, mend the cause, then redrive the execution."
    transient: bool = False
    """The state machine tries again by itself."""
    redrive_helps: bool = True
    """False where the same request would fail the same way again, whatever is mended."""

    @property
    def what(self) -> str:
        """What happened, without the remedy."""
        return super().__str__()

    def __str__(self) -> str:
        return self.what if self.transient or not self.remedy else f"{self.what} {self.remedy}"


class PassingError(VendingError):
    """A step failed for now; the state machine tries again by itself."""

    meaning = "A service did not answer, or not yet."
    remedy = "Nothing to do: the state machine tries again by itself. If the execution failed, redrive it."
    transient = True


class InvalidRequest(VendingError):
    """The request has problems; all of them are named, and nothing was created."""

    meaning = "The request cannot be vended as it is; each problem is named with its field."
    remedy = "Correct the request and start it again."
    redrive_helps = False

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(in_one_message(self.problems))


class NameTaken(VendingError):
    """Another vended account has the requested name."""

    meaning = "Another vended account has this name, or a request under way has claimed it."
    remedy = "Choose another account.name, or leave it out to have one built from the tags."
    redrive_helps = False


class AddressTaken(VendingError):
    """Another vended account has, or had, the requested address."""

    meaning = "The registry knows this address already; an address is never used twice."
    remedy = "Choose another account.email, or leave it out to have one vended."
    redrive_helps = False


class RequestCancelled(VendingError):
    """The request was given up while this execution was still running."""

    meaning = "The request was cancelled with `vend cancel`; its address is retired."
    remedy = "Start the request again if the account is wanted after all."
    redrive_helps = False


class RegistryBusy(PassingError):
    """DynamoDB throttled, was out of reach, or another writer was faster."""

    meaning = "The registry's table throttled, did not answer, or was being written by another execution."


class RegistryRefused(VendingError):
    """DynamoDB refused a call for good."""

    meaning = "The registry's table refused a call: a missing permission, key access or a missing table."
    remedy = f"Grant what the message names, or {MEND_DRIFT}; then redrive the execution."


class OrganizationsBusy(PassingError):
    """Organizations has to be left alone for a while, or all slots for creations are in use."""

    meaning = (
        "As many accounts as AWS allows are being created already, or Organizations throttles, is finishing "
        "another change, is still being set up, or has used up the creations of the day."
    )


class OrganizationsAnswerLost(PassingError):
    """Whether a call had its effect is not known; the next attempt looks first."""

    meaning = "Organizations did not answer; the next attempt looks for what happened before it asks again."


class OrganizationsAccessDenied(VendingError):
    """The function may not make a call to Organizations."""

    meaning = "A policy, a service control policy or a missing trust denies a call to Organizations."
    remedy = (
        "Allow the call for the role the message names (from the management account, or through the "
        "Organizations role of the configuration), then redrive the execution."
    )


class OrganizationsNotInUse(VendingError):
    """This account is no member of an organization, or not its management account."""

    meaning = "The account the stack runs in has no organization, or is not its management account."
    remedy = (
        "Deploy into the management account, or configure the Organizations role; then redrive the execution."
    )


class AccountQuotaReached(VendingError):
    """The organization has as many accounts as its quota allows."""

    meaning = "The organization has as many accounts as its quota allows; closed ones count for 90 days."
    remedy = (
        "Request an increase of the quota 'Default maximum number of accounts' of AWS Organizations; when it "
        "is granted, redrive the execution: it goes on with the same address."
    )


class CreateAccountRefused(VendingError):
    """Organizations refused to create the account for a reason that waiting does not cure."""

    meaning = "Organizations found the request itself wrong, or a rule of the organization forbids it."
    remedy = (
        "Mend what the message names. A setting of the organization: redrive the execution. A wrong value in "
        "the request: cancel it and start it anew, corrected."
    )


class OrganizationsRefused(VendingError):
    """Organizations refused a call for good, with an error this product does not know."""

    meaning = "Organizations refused a call with an error that waiting does not cure."
    remedy = "Mend what the message names, then redrive the execution."


class AccountCreationFailed(VendingError):
    """AWS accepted the request and then could not create the account."""

    meaning = "AWS could not create the account; the message carries the reason (see the reasons below)."
    remedy = ""

    def __init__(self, reason: str, what: str, meaning: str, remedy: str) -> None:
        self.reason = reason
        super().__init__(f"{what} was not created: {reason}. {meaning} {remedy}")


class AccountCreationTimedOut(VendingError):
    """AWS has not finished creating the account within the configured time."""

    meaning = "AWS has worked on the account for longer than creationTimeoutMinutes."
    remedy = (
        "Look at the creation's status in AWS Organizations, ask AWS Support if it hangs, then redrive the "
        "execution: it goes on waiting for the same creation."
    )


class EmailTaken(VendingError):
    """Another AWS account has the address the request asked for."""

    meaning = "Another AWS account, in this organization or not, has this root address already."
    remedy = (
        "Free the address (change the root address of that account) and redrive the execution; or cancel the "
        "request and start it with another account.email."
    )


class OrganizationalUnitNotFound(VendingError):
    """The organizational unit to place the account in does not exist."""

    meaning = "The organizational unit of the request was not found when the account was to be moved there."
    remedy = "Create it again under the same id, or move the account by hand (cancel nothing); redrive."


class AccountNotFound(VendingError):
    """The organization has no account of this id."""

    meaning = "The organization has no account of this id: it is wrong, or of another organization."
    remedy = "Correct the id, or let the account join this organization; then start it again."
    redrive_helps = False


class AccountClosed(VendingError):
    """The account to adopt, or the one that the request got before, is closed."""

    meaning = "The account of the request is closed, or about to be; nobody has to own it any more."
    remedy = (
        "Have AWS Support reopen the account, then redrive the execution; "
        "or ask for a new one under another request id."
    )


class AccountRegisteredElsewhere(VendingError):
    """The registry holds the account id under another address."""

    meaning = "The registry knows this account id under another address; one account has one address."
    remedy = "Compare both with `vend show`, cancel the request that is wrong, then redrive the execution."


class MailBusy(PassingError):
    """SES throttles, pauses or did not answer."""

    meaning = "SES throttled, has paused sending, did not answer, or answered what nobody knows."


class MailRefused(VendingError):
    """SES refused to send a mail for good."""

    meaning = "SES refused the mail itself, or its recipient's address."
    remedy = "Mend what the message names, then redrive the execution."


class RecipientUnverified(MailRefused):
    """SES is in its sandbox, where a recipient has to be verified before it gets mail."""

    meaning = "SES is in its sandbox and sends to verified addresses only; the recipient is not."
    remedy = "Verify the address in SES, or ask AWS to leave the SES sandbox; then redrive the execution."


class SenderRefused(MailRefused):
    """SES sends nothing for us: not even another mail would go out."""

    meaning = (
        "SES does not send for us: the domain or its MAIL FROM is not verified, the configuration set is "
        "missing, or a permission or valid credentials are."
    )
    remedy = f"Verify the domain in SES (`vend doctor`), or {MEND_DRIFT}; then redrive the execution."


class CannotCancel(VendingError):
    """A request cannot be given up: an account exists for it, or may be coming."""

    meaning = "An account exists for the request, or may be coming; giving it up would lose it."
    remedy = "Redrive its execution until it has succeeded or failed for good."


def every_error() -> list[type[VendingError]]:
    """Every named error, in the order of this module."""
    found = [one for one in globals().values() if isinstance(one, type) and issubclass(one, VendingError)]
    return [one for one in found if one not in (VendingError, PassingError)]


def error_named(name: str) -> type[VendingError] | None:
    """The class of a named error, or None for a name that is not ours."""
    found = globals().get(name)
    return found if isinstance(found, type) and issubclass(found, VendingError) else None
