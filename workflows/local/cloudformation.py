"""Makes moto's CloudFormation deploy our template whole: no type is skipped, state machines run."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException, ValidationError
from moto.events.models import EventBus
from moto.s3.models import s3_backends
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
from moto.stepfunctions.utils import cfn_to_api_tags

from workflows.local import custom_resources, mail_domain_resources, resources, seams
from workflows.local.resources import AnyAttribute, ResourceType

_TYPES = {**resources.TYPES, **mail_domain_resources.TYPES}
_CUSTOM = ResourceType(custom_resources.create, AnyAttribute())


def install() -> None:
    """Add the resource types that moto lacks; a type that nobody knows becomes an error that names it.

    Raises:
        SeamGone: this is not the moto it was written for.
    """
    seams.replace(parsing, "resource_class_from_type", _resource_class)
    seams.replace(parsing, "parse_and_create_resource", _create)
    bus_class: Any = EventBus
    bus_class.physical_resource_id = property(lambda bus: bus.name)  # moto forgot what Ref gives
    for doing, here in (
        ("create", _create_state_machine),
        ("update", _update_state_machine),
        ("delete", _delete_state_machine),
    ):
        method: Any = here
        seams.replace(StateMachine, f"{doing}_from_cloudformation_json", classmethod(method))
    seams.replace(StateMachine, "has_cfn_attr", classmethod(lambda _, name: name in {"Arn", "Name"}))
    seams.replace(StateMachine, "get_cfn_attribute", _attribute_of_state_machine)


def _resource_class(resource_type: str) -> Any:
    custom = resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"
    ours = _CUSTOM if custom else _TYPES.get(resource_type)
    if ours is not None:
        return ours
    found = seams.original(parsing, "resource_class_from_type")(resource_type)
    if found is None and resource_type not in parsing.NULL_MODELS:
        raise ValidationError(
            message=f"the local AWS cannot create {resource_type}: add it to workflows/local/resources.py"
        )
    return found


def _create(
    logical_id: str, resource_json: dict[str, Any], resources_map: Any, *more: Any, **named: Any
) -> Any:
    create = seams.original(parsing, "parse_and_create_resource")
    try:
        made = create(logical_id, resource_json, resources_map, *more, **named)
        if resource_json["Type"] == "AWS::Lambda::Function":
            given = resource_json["Properties"].get("DeadLetterConfig")
            made.dead_letter_config = parsing.clean_json(given, resources_map)  # moto drops it
    except _Told:
        raise
    except Exception as error:
        message = getattr(error, "message", None) or str(error) or type(error).__name__
        raise _Told(message=f"{logical_id} ({resource_json['Type']}): {message}") from error
    return made


class _Told(ValidationError):
    """Already names the resource that could not be created; those that refer to it add nothing."""


def _create_state_machine(
    _: type[Any],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
    **__: Any,
) -> StateMachine:
    properties = cloudformation_json["Properties"]
    return stepfunctions_parser_backends[account_id][region_name].create_state_machine(
        name=properties.get("StateMachineName") or resource_name[-80:],
        definition=_definition(properties, account_id),
        roleArn=properties["RoleArn"],
        tags=cfn_to_api_tags(properties.get("Tags", [])),
        loggingConfiguration=_lower(properties.get("LoggingConfiguration")),
        tracingConfiguration=_lower(properties.get("TracingConfiguration")),
        sm_type=properties.get("StateMachineType"),
    )


def _update_state_machine(
    _: type[Any],
    original_resource: StateMachine,
    new_resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> StateMachine:
    del new_resource_name
    properties = cloudformation_json["Properties"]
    return stepfunctions_parser_backends[account_id][region_name].update_state_machine(
        original_resource.arn,
        definition=_definition(properties, account_id),
        role_arn=properties["RoleArn"],
    )


def _delete_state_machine(
    _: type[Any],
    resource_name: str,
    cloudformation_json: dict[str, Any],
    account_id: str,
    region_name: str,
) -> None:
    del cloudformation_json
    stepfunctions_parser_backends[account_id][region_name].delete_state_machine(resource_name)


def _attribute_of_state_machine(machine: StateMachine, name: str) -> str:
    if name == "Arn":
        return str(machine.arn)
    if name == "Name":
        return str(machine.name)
    raise UnformattedGetAttTemplateException


def _definition(properties: dict[str, Any], account_id: str) -> str:
    """The machine's definition, from whichever property holds it, with the substitutions filled in."""
    text = properties.get("DefinitionString")
    if text is None and "Definition" in properties:
        text = json.dumps(properties["Definition"])
    if text is None:
        place = properties["DefinitionS3Location"]
        stored: Any = s3_backends[account_id]["aws"].get_object(place["Bucket"], place["Key"])
        text = stored.value.decode()
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return str(text)


def _lower(value: Any) -> Any:
    """The API's names of what CloudFormation writes with a capital."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lower(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_lower(member) for member in value]
    return value
