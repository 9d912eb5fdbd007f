"""What the functions are told by their environment, read once into one frozen value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self


class SettingMissing(Exception):
    """A function was deployed without a variable it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of every vending function; the variable of `name_pattern` is `NAME_PATTERN`.

    Texts are stored as they are, everything else as JSON, so that the console shows what a person expects.
    """

    table_name: str
    domain: str
    """Receiving domain: vended addresses end in `@domain`."""
    forward_from: str
    """The From address of every mail this product sends."""
    administrator: str
    """Who gets mail nobody else owns, and whom the welcome names as contact."""
    owner_domains: tuple[str, ...] = ()
    """Domains an owner's address may have, lower case; empty allows any."""
    owner_tag: str = "owner"
    """Tag of an account that names its owner, in any capitals, where an account is adopted."""
    name_pattern: str = "{BusinessUnit}-{ApplicationName}-{Environment}-{counter:03}"
    address_pattern: str = "{account_name}"
    environments: Mapping[str, str] = field(default_factory=dict)
    """Short form of an Environment tag, keyed by its upper-case value."""
    default_environment: str = "eval"
    creations_in_flight: int = 5
    creation_timeout_minutes: int = 60
    sign_in_url: str = ""
    organizations_role_arn: str = ""
    """Role in the management account through which Organizations is called; empty where we run in it."""
    configuration_set: str = ""
    """SES configuration set named with every mail; empty sends without one."""
    operations_topic_arn: str = ""
    """Where operations is told what happened; only functions that tell have it."""
    template_folder: str = ""
    """Folder of the user's own mail templates inside the bundle; empty uses ours."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings from a function's environment variables.

        Raises:
            SettingMissing: a variable without default is absent; the message names it.
        """
        values: dict[str, Any] = {}
        for one in fields(cls):
            text = environment.get(one.name.upper())
            if text is not None:
                values[one.name] = text if one.type == "str" else _from_json(one.type, text)
        missing = [name.upper() for name in cls._required() if name not in values]
        if missing:
            raise SettingMissing(
                f"environment variable {missing[0]} is not set: deploy this version, or put back what was "
                "changed at the function"
            )
        return cls(**values)

    def to_environment(self) -> dict[str, str]:
        """The environment variables from which `from_environment` reads these settings back."""
        return {
            name.upper(): value if isinstance(value, str) else json.dumps(value)
            for name, value in asdict(self).items()
        }

    @staticmethod
    def _required() -> tuple[str, ...]:
        return ("table_name", "domain", "forward_from", "administrator")


def _from_json(annotation: Any, text: str) -> Any:
    value = json.loads(text)
    return tuple(value) if str(annotation).startswith("tuple") else value
