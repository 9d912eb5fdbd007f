"""What AWS Organizations would say, in a few lines."""

from __future__ import annotations

from dataclasses import dataclass, replace

from faulty_table_for_tests import Killed

from workflows.vending.errors import AccountNotFound, OrganizationsAnswerLost, OrganizationsBusy
from workflows.vending.organizations import Account, Creation


@dataclass
class Asked:
    """A creation that AWS was asked for, and by which request."""

    creation: Creation
    email: str
    request_id: str


class Organization:
    """What Organizations would say."""

    def __init__(self):
        self.accounts_by_id = {}
        self.asked = []
        self.elsewhere = set()
        self.fault = None
        self.now = None

    def create_account(self, order, *, name, address):
        fault, self.fault = self.fault, None
        if fault == "busy":
            raise OrganizationsBusy("busy")
        if fault == "before":
            raise OrganizationsAnswerLost("lost")
        creation = Creation(f"car-{len(self.asked)}", "IN_PROGRESS", name, self.now, None, None)
        self.asked.append(Asked(creation, address, order.request_id))
        if fault == "after":
            raise OrganizationsAnswerLost("lost")
        if fault == "killed":
            raise Killed
        return creation

    def settle(self, asked, failure):
        """AWS comes to an end with a creation."""
        if asked.email in self._emails() | self.elsewhere:
            failure = "EMAIL_ALREADY_EXISTS"
        if failure:
            asked.creation = replace(asked.creation, state="FAILED", failure_reason=failure)
        else:
            account = self._join(asked.creation.account_name, asked.email)
            asked.creation = replace(asked.creation, state="SUCCEEDED", account_id=account.id)

    def made_elsewhere(self, email):
        """Somebody else makes an account, unless there is one with this address."""
        if email not in self._emails() | self.elsewhere:
            self._join(f"theirs-{len(self.accounts_by_id)}", email)

    def take_outside(self, email):
        """An account outside the organization gets this address, unless one in it has that."""
        if email not in self._emails():
            self.elsewhere.add(email)

    def creation(self, request_id):
        return next(one.creation for one in self.asked if one.creation.request_id == request_id)

    def creations(self, name, since):
        alive = [one.creation for one in self.asked if one.creation.state != "FAILED"]
        return [one for one in alive if one.account_name == name and one.requested_at >= since]

    def account(self, account_id):
        if account_id not in self.accounts_by_id:
            raise AccountNotFound(account_id)
        return self.accounts_by_id[account_id]

    def account_with(self, address):
        return next((one for one in self.accounts_by_id.values() if one.email == address), None)

    def tags(self, _account_id):
        return {}

    def _emails(self):
        return {one.email for one in self.accounts_by_id.values()}

    def _join(self, name, email):
        account = Account(f"{len(self.accounts_by_id) + 1:012}", name, email, "ACTIVE", joined=self.now)
        self.accounts_by_id[account.id] = account
        return account
