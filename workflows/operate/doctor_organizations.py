"""What `vend doctor` asks of AWS Organizations: reachable, all features, room, trusted access."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from workflows.operate.findings import Check, Finding
from workflows.operate.problems import OrganizationOutOfReach

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

_ACCOUNTS_QUOTA = "L-E619E033"
_NEARLY = 0.8
_ROOM = 2
"""Accounts that should be left at least, where the quota is small."""
_TRUSTED = "account.amazonaws.com"
_NAME = "Organizations"
_WHY = "Accounts are created by the management account of an organization with all features."


def out_of_reach() -> Check:
    """The check that stands for all of the organization's where people have no role to look there."""

    def ask(check: Check) -> Iterator[Finding]:
        yield check.warning(
            "The organization was not looked at, nor its account quota and trusted access: "
            "organizationsReadRole is not set.",
            OrganizationOutOfReach.remedy,
        )

    return Check(_NAME, _WHY, "", ask)


@dataclass
class OrganizationsHealth:
    """The organization that accounts are vended in.

    Attributes:
        connect: makes the clients, through the role if there is one.
        caller: the account that calls, or in which the role is.
        role: the role in the management account that only reads; empty where the product runs in it.
    """

    connect: Callable[[], tuple[OrganizationsClient, ServiceQuotasClient]]
    caller: str
    role: str

    def checks(self) -> list[Check]:
        """Every check."""
        return [
            Check(
                _NAME,
                _WHY,
                "The organization can be asked, and has all features.",
                self._reachable,
            ),
            Check(
                "account quota",
                "AWS refuses accounts beyond the quota; closed ones count for 90 days.",
                "The organization has room for accounts.",
                self._quota,
            ),
            Check(
                "trusted access",
                "Contacts and root addresses of member accounts can be changed with it only.",
                "Account Management has trusted access.",
                self._trusted,
            ),
        ]

    @cached_property
    def _clients(self) -> tuple[OrganizationsClient, ServiceQuotasClient]:
        return self.connect()

    def _reachable(self, check: Check) -> Iterator[Finding]:
        try:
            organizations, _ = self._clients
        except ClientError as error:
            yield check.wrong(
                f"The role {self.role} cannot be assumed: {error.response['Error'].get('Message', error)}",
                "Deploy infra/organizations_role.yaml in the management account, with this account's id, and "
                "give your role the policy of readers.",
            )
            return
        try:
            found: Any = organizations.describe_organization()["Organization"]
        except organizations.exceptions.AWSOrganizationsNotInUseException:
            yield check.wrong(
                f"The account {self.caller} is in no organization.",
                "Create one, or deploy into the management account of yours.",
            )
            return
        if found["FeatureSet"] != "ALL":
            yield check.wrong(
                "The organization has consolidated billing only.",
                "Enable all features in the AWS Organizations console.",
            )
        if found["MasterAccountId"] != self.caller:
            yield check.wrong(
                f"{self.caller} is not the management account, which is {found['MasterAccountId']}.",
                "Deploy into the management account, or set organizationsRole and organizationsReadRole to "
                "roles in it.",
            )

    def _quota(self, check: Check) -> Iterator[Finding]:
        organizations, quotas = self._clients
        pages = quotas.get_paginator("list_service_quotas").paginate(ServiceCode="organizations")
        limits = [one for page in pages for one in page["Quotas"] if one["QuotaCode"] == _ACCOUNTS_QUOTA]
        if not limits:
            yield check.wrong(
                "Service Quotas does not tell how many accounts this organization may have.",
                "Look it up in the Service Quotas console, AWS Organizations.",
            )
            return
        most = int(limits[0]["Value"])
        accounts = organizations.get_paginator("list_accounts").paginate()
        used = sum(len(page["Accounts"]) for page in accounts)
        if used >= most * _NEARLY or most - used <= _ROOM:
            yield check.wrong(
                f"{used} of {most} accounts are used.",
                "Request an increase of the maximum number of accounts in Service Quotas, in us-east-1.",
            )

    def _trusted(self, check: Check) -> Iterator[Finding]:
        pages = self._clients[0].get_paginator("list_aws_service_access_for_organization").paginate()
        trusted = [one["ServicePrincipal"] for page in pages for one in page["EnabledServicePrincipals"]]
        if _TRUSTED not in trusted:
            yield check.wrong(
                "AWS Account Management has no trusted access in the organization.",
                f"aws organizations enable-aws-service-access --service-principal {_TRUSTED}",
            )
