"""The `vending` key of cdk.json as one typed value; every mistake in it is named here, none at run time."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from infra.configuration_keys import checked, refuse
from infra.configuration_mail_domain import MailDomainKeys
from infra.configuration_mistakes import ConfigurationMistakes, sentences
from infra.configuration_place import PlaceKeys
from infra.log_retention import LOG_RETENTION
from workflows.mail.category import AWS_DOMAINS, Category
from workflows.mail.settings import MailSettings
from workflows.vending.fields import suggest
from workflows.vending.naming import check_address_pattern, check_name_pattern, domain_problem
from workflows.vending.owners import owner_problem
from workflows.vending.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
"""The repository: paths in cdk.json are relative to it."""

_DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(MailSettings)}
EVENTS_OF_A_POLL = 9
"""Of WaitForAccount, CheckAccount and IsAccountReady in the history of an execution."""
_EVENTS_OF_WAITING = 12_000
"""Half of the most (Step Functions Developer Guide, "Quotas"), because a redrive waits as long again."""
_VENDING = {field.name for field in fields(Settings)}


def _domain_problem(domain: str) -> str | None:
    return domain_problem(domain) if domain == domain.lower() else "must be in lower case"


def _mailbox_problem(address: str) -> str | None:
    return owner_problem(address, receiving_domain="", owner_domains=())


def _word_problem(word: str) -> str | None:
    return None if re.fullmatch(r"[\x21-\x7e]+", word) else "must be one word of printable ASCII characters"


def _tag_key_problem(key: str) -> str | None:
    return None if re.fullmatch(r"[\w.:/=+@-]{1,128}", key) else "must be the key of a tag"


def _sign_in_problem(url: str) -> str | None:
    if not url or re.fullmatch(r"https://[\w.-]+(/\S*)?", url, re.ASCII):
        return None
    return "must be an https:// address, or empty"


def _template_folder_problem(folder: str) -> str | None:
    if not folder:
        return None
    path = (ROOT / folder).resolve()
    if Path(folder).is_absolute() or not path.is_relative_to(ROOT) or path == ROOT:
        return "must be a folder inside this repository, relative to it"
    return None if path.is_dir() else "is not a folder"


def _retention(days: int) -> int:
    if days not in LOG_RETENTION:
        raise ValueError(f"must be one of {', '.join(map(str, LOG_RETENTION))}")
    return days


Domain: TypeAlias = Annotated[str, checked(_domain_problem)]
Mailbox: TypeAlias = Annotated[str, checked(_mailbox_problem)]


class Configuration(PlaceKeys, MailDomainKeys):
    """The configuration of one deployment; keys in cdk.json are the camelCase of these names."""

    domain: Domain = Field(description="the receiving domain, such as aws.example.com")
    forward_from: Mailbox = Field(description="the From address of every mail, inside the receiving domain")
    administrator: Mailbox = Field(description="the mail address of the team that runs this")
    owner_domains: tuple[Domain, ...] = ()
    owner_tag: Annotated[str, checked(_tag_key_problem)] = _DEFAULTS["owner_tag"]
    name_pattern: str = _DEFAULTS["name_pattern"]
    address_pattern: str = _DEFAULTS["address_pattern"]
    environments: Mapping[str, str] = Field(default_factory=dict)
    default_environment: Annotated[str, checked(_word_problem)] = _DEFAULTS["default_environment"]
    creations_in_flight: int = Field(default=_DEFAULTS["creations_in_flight"], ge=1, le=5)
    """AWS lets an organization create five accounts at a time."""
    creation_timeout_minutes: int = Field(default=_DEFAULTS["creation_timeout_minutes"], ge=5, le=1440)
    poll_seconds: int = Field(default=20, ge=3, le=240)
    """AWS answers two DescribeCreateAccountStatus a second: enough for five creations."""
    sign_in_url: Annotated[str, checked(_sign_in_problem)] = ""
    template_folder: Annotated[str, checked(_template_folder_problem)] = ""
    catch_all: Literal["admin", "hold"] = _DEFAULTS["catch_all"]
    copies: Mapping[str, tuple[Mailbox, ...]] = Field(default_factory=dict)
    aws_domains: tuple[Domain, ...] = AWS_DOMAINS
    mail_retention_days: int = Field(default=_DEFAULTS["mail_retention_days"], ge=30, le=3650)
    """At least as long as a dead letter can wait for somebody to look at it."""
    notifications: tuple[Mailbox, ...] = ()
    """Mail addresses subscribed to the operations topic."""
    dashboard: bool = False
    log_retention_days: Annotated[int, AfterValidator(_retention)] = 365
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("forward_from")
    @classmethod
    def _in_our_domain(cls, address: str, info: ValidationInfo) -> str:
        domain = info.data.get("domain")
        if domain and address.rpartition("@")[2] != domain:
            raise ValueError(f"must end in @{domain}, because SES sends for verified domains only")
        return address

    @field_validator("administrator", "notifications")
    @classmethod
    def _outside_our_domain(cls, value: str | tuple[str, ...], info: ValidationInfo) -> str | tuple[str, ...]:
        domain = info.data.get("domain", "")
        for address in [value] if isinstance(value, str) else value:
            if problem := owner_problem(address, receiving_domain=domain, owner_domains=()):
                raise ValueError(problem)
        return value

    @field_validator("owner_domains")
    @classmethod
    def _without_our_domain(cls, domains: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("domain") in domains:
            raise ValueError("has the receiving domain in it: mail to such an owner would go round for ever")
        return domains

    @field_validator("poll_seconds")
    @classmethod
    def _within_the_history(cls, seconds: int, info: ValidationInfo) -> int:
        minutes = info.data.get("creation_timeout_minutes")
        if minutes and minutes * 60 * EVENTS_OF_A_POLL > _EVENTS_OF_WAITING * seconds:
            least = math.ceil(minutes * 60 * EVENTS_OF_A_POLL / _EVENTS_OF_WAITING)
            most = _EVENTS_OF_WAITING * seconds // (60 * EVENTS_OF_A_POLL)
            raise ValueError(
                f"must be at least {least} where creationTimeoutMinutes is {minutes}, or that at most {most} "
                f"where pollSeconds is {seconds}: after 25,000 events an execution cannot be redriven"
            )
        return seconds

    @field_validator("copies")
    @classmethod
    def _copies(
        cls, copies: Mapping[str, tuple[str, ...]], info: ValidationInfo
    ) -> Mapping[str, tuple[str, ...]]:
        known = [str(category) for category in Category]
        refuse([f"has no category {one!r}{suggest(one, known)}" for one in copies if one not in known])
        domain = info.data.get("domain", "")
        for address in (address for addresses in copies.values() for address in addresses):
            if problem := owner_problem(address, receiving_domain=domain, owner_domains=()):
                raise ValueError(f"has {address!r}, which {problem}")
        return copies

    @field_validator("name_pattern")
    @classmethod
    def _name_pattern(cls, pattern: str) -> str:
        refuse(check_name_pattern(pattern))
        return pattern

    @field_validator("address_pattern")
    @classmethod
    def _address_pattern(cls, pattern: str, info: ValidationInfo) -> str:
        domain = info.data.get("domain")
        refuse(check_address_pattern(pattern, domain) if domain else [])
        return pattern

    @field_validator("environments")
    @classmethod
    def _environments(cls, environments: Mapping[str, str]) -> Mapping[str, str]:
        refuse([f"has {key!r}, which must be in upper case" for key in environments if key != key.upper()])
        refuse([f"has no short form for {key!r}" for key, short in environments.items() if not short.strip()])
        return environments

    def settings(self, **deployed: str) -> Settings:
        """What the functions of vending are told, with the names of what was deployed for them."""
        return Settings(**self._named(_VENDING, deployed))

    def mail_settings(self, **deployed: str) -> MailSettings:
        """What the functions of mail are told, with the names of what was deployed for them."""
        return MailSettings(**self._named(_DEFAULTS, deployed))

    def _named(self, names: Collection[str], deployed: Mapping[str, str]) -> dict[str, Any]:
        deployed = {**deployed, "organizations_role_arn": self.organizations_role}
        return {**deployed, **{name: value for name, value in self if name in names}}


def read_configuration(context: Mapping[str, Any], *, place: str = "vending") -> Configuration:
    """Read the configuration from the context of cdk.json.

    Args:
        context: has it under the key `vending`.
        place: where it stands in cdk.json, for the mistakes.

    Raises:
        ConfigurationMistakes: something is wrong; it holds one sentence for each mistake.
    """
    if "vending" not in context:
        raise ConfigurationMistakes(['cdk.json: the context has no "vending" key; see docs/configuration.md'])
    try:
        return Configuration.model_validate_json(json.dumps(context["vending"]))
    except ValidationError as error:
        raise ConfigurationMistakes(sentences(error, Configuration, place=place)) from None
