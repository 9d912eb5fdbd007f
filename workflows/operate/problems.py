"""What can go wrong for an operator: one class per cause, its message one sentence that says what to do."""

from __future__ import annotations

from workflows.vending.errors import VendingError


class CommandProblem(Exception):
    """A command cannot do what it was asked for; the message is shown as it is."""

    exit_code = 1
    told = False
    """Whether the command has written its JSON document already."""


class WrongUsage(CommandProblem):
    """Options were given that do not go together."""

    exit_code = 2


class AwsUnreachable(CommandProblem):
    """Nothing answers where AWS, or the local AWS, should be."""


class NoCredentials(CommandProblem):
    """There are no credentials, or AWS does not accept them (any more)."""


class NoRegion(CommandProblem):
    """No region is configured."""


class WrongAwsSetting(CommandProblem):
    """A profile, region or endpoint of the usual AWS variables is not usable."""


class AccessDenied(CommandProblem):
    """The credentials may not make a call."""


class AwsRefused(CommandProblem):
    """AWS refused a call for another reason."""


class StackNotFound(CommandProblem):
    """There is no deployed stack of this name."""


class StackOutdated(CommandProblem):
    """The deployed stack lacks an output this version of the command needs."""


class OrganizationOutOfReach(VendingError, CommandProblem):
    """Outside the management account, and people have no role by which to look the organization up."""

    remedy = (
        "Deploy infra/organizations_role.yaml in the management account, set organizationsReadRole to its "
        "output OrganizationsReadRole, and deploy."
    )


class RequestUnreadable(CommandProblem):
    """A request file is missing, is no JSON object, or is too large."""


class RequestInvalid(CommandProblem):
    """A request has problems; its document, which names them, has been written already."""

    told = True


class RequestNotFound(CommandProblem):
    """Nothing in the registry or among the executions has this name."""


class AccountNotFound(CommandProblem):
    """The registry has no item for this address, account, name or request."""


class NameAmbiguous(CommandProblem):
    """What an operator named belongs to several requests."""


class StillStarting(CommandProblem):
    """An execution exists that Step Functions does not describe yet."""


class EarlierRequestFailed(CommandProblem):
    """The same request was started before and failed."""


class RedriveRefused(CommandProblem):
    """AWS would not redrive the execution."""


class CancelRefused(CommandProblem):
    """A request cannot be given up: it is being vended, or its account exists or may be coming."""


class OwnerNotChanged(CommandProblem):
    """An account keeps its owner: the new one is refused, or the function failed."""

    def __init__(self, message: str, *, told: bool = False) -> None:
        super().__init__(message)
        self.told = told


class AccountsUnreadable(CommandProblem):
    """A file of accounts cannot be read, or lacks columns."""


class ImportIncomplete(CommandProblem):
    """Some rows of an import were not done; the document, which says why, has been written already."""

    told = True


class NoRegistryTable(CommandProblem):
    """A table to copy from does not exist, or is no registry."""


class RegistryCopyIncomplete(CommandProblem):
    """Some items were not copied; the document, which names them, has been written already."""

    told = True


class VendFailed(CommandProblem):
    """An execution did not succeed; its document has been written already."""

    told = True


class Interrupted(CommandProblem):
    """AWS could not be asked any more; the document, as far as it is known, has been written."""

    told = True


class MailsNotReplayed(CommandProblem):
    """Some mails were not sent on their way again; the document, which says why, has been written already."""

    told = True


class NotReady(CommandProblem):
    """Something outside the stack is wrong; the document, which names it, has been written already."""

    told = True


class NoLocalAws(CommandProblem):
    """A command of the local AWS was pointed at something else, or at nothing."""


class LocalAwsRefused(CommandProblem):
    """The local AWS does not take what it was given."""


class MailUnreadable(CommandProblem):
    """There is no mail to read: a file is missing, or nothing came on standard input."""


class MailNotFound(CommandProblem):
    """The mail bucket keeps no mail, or no notification, under this key."""


class MailHeld(CommandProblem):
    """A mail would not be forwarded; the message says why."""


class LocalAwsFailed(CommandProblem):
    """The local AWS did not start."""
