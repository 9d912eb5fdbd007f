"""The keys of the configuration about where it is deployed: regions, account and stages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from infra.configuration_keys import Keys, checked, refuse

_CONTROL_TOWER_ELSEWHERE = "docs/examples/control_tower_events.yaml"


def _region_problem(region: str) -> str | None:
    # The form only: AWS adds regions, and those in which SES receives change as well.
    if not region or re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}", region):
        return None
    return "must be the name of a region, such as eu-central-1, or empty"


def _role_problem(arn: str) -> str | None:
    if not arn or re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", arn, re.ASCII):
        return None
    return "must be the ARN of a role, such as arn:aws:iam::123456789012:role/vending, or empty"


Region = Annotated[str, checked(_region_problem)]
Role = Annotated[str, checked(_role_problem)]


class PlaceKeys(Keys):
    """Where it is deployed, and how the organization is reached from there."""

    mail_region: Region = ""
    """Where all of this is; empty takes the region of the deployer's credentials."""
    organizations_role: Role = ""
    """Role in the management account for the functions; empty where this is deployed in it."""
    organizations_read_role: Role = ""
    """Role in the management account that only reads, for people; without it they cannot look there."""
    watch_organization: bool = True
    """Take in the accounts that others create: Control Tower's events, and the daily comparison."""
    home_region: Region = ""
    """Where Control Tower's lifecycle events arrive; empty where that is the mail region."""
    stages: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)
    """Further deployments beside this one: by name the keys in which each differs."""

    @field_validator("organizations_read_role")
    @classmethod
    def _beside_the_other(cls, role: str, info: ValidationInfo) -> str:
        writing = info.data.get("organizations_role")
        if role and writing == "":
            raise ValueError("has a meaning only beside organizationsRole, outside the management account")
        if role and role == writing:
            raise ValueError(
                "must be another role than organizationsRole, which can create and move accounts"
            )
        return role

    @field_validator("home_region")
    @classmethod
    def _somewhere_else(cls, region: str, info: ValidationInfo) -> str:
        if not region:
            return region
        problems = []
        if info.data.get("mail_region") == "":
            problems.append("has a meaning only beside mailRegion, to which the events are forwarded")
        if info.data.get("organizations_role"):
            problems.append(
                "must be empty where organizationsRole is given: the events arrive in the management "
                f"account, from where {_CONTROL_TOWER_ELSEWHERE} forwards them"
            )
        if info.data.get("watch_organization") is False:
            problems.append("must be empty where watchOrganization is false: nobody takes the events in")
        refuse(problems)
        return region

    @field_validator("stages")
    @classmethod
    def _stages(cls, stages: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
        refuse(
            [
                f"has {name!r}, which must be at most 30 lower-case letters, digits and hyphens, such as test"
                for name in stages
                if not re.fullmatch(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?", name)
            ]
        )
        refuse(
            [
                f"has stages in {name!r}: they all stand in vending"
                for name in stages
                if "stages" in stages[name]
            ]
        )
        return stages

    @property
    def forwards_from_home(self) -> bool:
        """Whether Control Tower's events have to be brought here from another region."""
        return self.home_region not in ("", self.mail_region)
