"""Accounts made elsewhere, and large organizations of which the registry knows most accounts already."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

from workflows.vending.registry import Registry, Status, account_key, address_key, iso, pointer
from workflows.vending.table import Put


def an_account_made_elsewhere(aws, name, *, email=None, tags=None):
    """Create an account the way Account Factory does, behind our back; its id."""
    organizations = aws.client("organizations")
    aws.control("organizations", {"polls": 0})
    request_id = organizations.create_account(
        AccountName=name,
        Email=email or f"{name}@aws.example.com",
        Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
    )["CreateAccountStatus"]["Id"]
    status = organizations.describe_create_account_status(CreateAccountRequestId=request_id)
    return status["CreateAccountStatus"]["AccountId"]


class LargeOrganization:
    """So many accounts: the last of them unknown to the registry, some closed, some with another address.

    Args:
        aws: a local AWS of its own: no other test wants to read through so many accounts.
        accounts: how many there are, besides the management account.
        unknown: how many of them the registry does not know; two of these have the same name.
        closed: how many were closed after they had been registered.
        moved: how many have another root address than the registry knows.
    """

    def __init__(self, aws, *, accounts, unknown, closed, moved):
        self.aws = aws
        self.registry = Registry(aws.client("dynamodb"), aws.outputs["TableName"])
        aws.control("organizations", {"inFlightLimit": accounts, "polls": 0})
        names = [f"account-{number:04}" for number in range(accounts - 1)]
        names.append(names[-1])
        ids = [self._make(name, number) for number, name in enumerate(names)]
        [management] = (one for one in aws.accounts() if one["Id"] not in ids)
        self.known, self.unknown = ids[: accounts - unknown], ids[accounts - unknown :]
        self.closed, self.moved = self.known[:closed], self.known[closed : closed + moved]
        for number, account_id in enumerate(self.known):
            before = "before-" if account_id in self.moved else ""
            self._register(account_id, names[number], before + _email(names[number], number))
        self._register(management["Id"], management["Name"], management["Email"])
        for account_id in self.closed:
            aws.client("organizations").close_account(AccountId=account_id)

    def forget(self):
        """Take the accounts that were unknown at first out of the registry again."""
        table, client = self.aws.outputs["TableName"], self.aws.client("dynamodb")
        for account_id in self.unknown:
            address = self.registry.account(account_id)["address"]
            for pk, sk in (account_key(account_id), address_key(address)):
                client.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})

    def leave_unfinished(self, request_id, *, days):
        """Leave a request that nobody works on behind, begun so many days ago."""
        address, began = f"{request_id}@aws.example.com", iso(datetime.now(UTC) - timedelta(days=days))
        pk, sk = address_key(address)
        item = {
            "pk": pk,
            "sk": sk,
            "address": address,
            "accountName": request_id,
            "status": Status.FAILED,
            "requestId": request_id,
            "execution": f"arn:aws:states:us-east-1:123456789012:execution:gone:{request_id}",
            "ownerEmails": ["team@example.com"],
            "createdAt": began,
            "updatedAt": began,
        }
        self.registry.write(Put(item=item))

    def statuses(self):
        """How many addresses have each status."""
        return Counter(item["status"] for item in self.registry.addresses())

    def executions(self, beginning):
        """How many executions there are whose names begin so, by status."""
        pages = self.aws.client("stepfunctions").get_paginator("list_executions")
        found = pages.paginate(stateMachineArn=self.aws.outputs["StateMachineArn"])
        executions = [one for page in found for one in page["executions"]]
        return Counter(one["status"] for one in executions if one["name"].startswith(beginning))

    def _make(self, name, number):
        tags = {"owner": f"team-{number % 7}@example.com"} if number % 3 else {}
        return an_account_made_elsewhere(self.aws, name, email=_email(name, number), tags=tags)

    def _register(self, account_id, name, address):
        now = datetime.now(UTC)
        pk, sk = address_key(address)
        item = {
            "pk": pk,
            "sk": sk,
            "address": address.lower(),
            "accountId": account_id,
            "accountName": name,
            "status": Status.ACTIVE,
            "requestId": f"r-{uuid.uuid4().hex}",
            "ownerEmails": ["team@example.com"],
            "ownerName": "",
            "createdAt": iso(now),
            "updatedAt": iso(now),
        }
        self.registry.write(Put(item=item), Put(item=pointer(account_key(account_id), address.lower(), now)))


def _email(name, number):
    """Every other address is of our domain."""
    return f"{name}-{number}@{'aws.example.com' if number % 2 else 'elsewhere.example'}"
