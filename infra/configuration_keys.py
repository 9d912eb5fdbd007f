"""What all groups of configuration keys have in common: how they are written, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Keys(BaseModel):
    """Keys in cdk.json are the camelCase of the names here, and unknown ones are mistakes."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, strict=True, validate_default=True
    )


def checked(problem_of: Callable[[str], str | None]) -> AfterValidator:
    """A validator from a function that says what is wrong with a text."""

    def check(text: str) -> str:
        if problem := problem_of(text):
            raise ValueError(problem)
        return text

    return AfterValidator(check)


def refuse(problems: list[str]) -> None:
    """Refuse a value for each of its problems; for none it is fine.

    Raises:
        ValueError: there are problems; they are its arguments.
    """
    if problems:
        raise ValueError(*problems)
