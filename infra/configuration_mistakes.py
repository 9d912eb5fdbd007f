"""Says what is wrong with the configuration: one sentence for each mistake, naming its key."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from workflows.vending.fields import quote, suggest

_KINDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "mapping_type": "an object",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


class ConfigurationMistakes(Exception):
    """The configuration cannot be used; `mistakes` has one sentence for each thing that is wrong."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))


def sentences(error: ValidationError, model: type[BaseModel], *, place: str) -> list[str]:
    """One sentence for each mistake pydantic found, with its key as written in cdk.json below `place`."""
    return [
        f"cdk.json: {_key(detail, model, place)} {problem}"
        for detail in error.errors(include_url=False)
        for problem in _problems(detail, model)
    ]


def _key(detail: ErrorDetails, model: type[BaseModel], key: str) -> str:
    for step in detail["loc"]:
        if step in model.model_fields:  # a default is told by the field's name
            step = str(model.model_fields[str(step)].alias)  # noqa: PLW2901 - the same step, as written
        key += f"[{step}]" if isinstance(step, int) else f".{step}"
    return key


def _problems(detail: ErrorDetails, model: type[BaseModel]) -> Iterator[str]:
    sort, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    fields = {field.alias: field for field in model.model_fields.values()}
    if sort == "missing":
        yield f"is missing: it is {fields[str(detail['loc'][-1])].description}"
    elif sort == "extra_forbidden":
        yield f"is unknown{suggest(str(detail['loc'][-1]), (str(alias) for alias in fields))}"
    elif sort == "value_error":
        yield from (f"{problem} ({quote(value)})" for problem in context["error"].args)
    elif sort in _KINDS:
        yield f"must be {_KINDS[sort]}, not {quote(value)}"
    elif sort == "greater_than_equal":
        yield f"must be at least {context['ge']}, not {quote(value)}"
    elif sort == "less_than_equal":
        yield f"must be at most {context['le']}, not {quote(value)}"
    elif sort == "literal_error":
        yield f"must be {context['expected'].replace(chr(39), '')}, not {quote(value)}"
    else:
        yield f"is wrong: {detail['msg']} ({quote(value)})"
