"""What recorded calls need and what deployed policies allow: actions, resources and conditions of IAM.

Sources: Service Authorization Reference, and IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

import json
import os
import re
import uuid
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

KEPT = "RECORDED_CALLS"
"""Variable by which `make test` names the folder where each of its processes leaves what its calls needed."""

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_SERVICES = {"sesv2": "ses", "stepfunctions": "states", "service-quotas": "servicequotas"}
_NAMES = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("sesv2", "SendEmail"): "SendRawEmail",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "ListObjectsV2"): "ListBucket",
}
_UNGUARDED = {"sts:GetCallerIdentity"}
"""What everybody may call."""
_KINDS_OF_UNITS = {"ou": "ou", "r": "root"}


class Permission(NamedTuple):
    """An action on a resource; `*` is the resource of actions that know none."""

    action: str
    resource: str = "*"
    sender: str = ""
    """Address in the header From of a mail, with which AWS is said to compare `ses:FromAddress`."""


class Statement(NamedTuple):
    """What an Allow statement of a policy says of one action and one pattern of resources."""

    action: str
    resource: str
    sender: str = ""

    def allows(self, needed):
        return (
            self.action == needed.action
            and fnmatchcase(needed.resource, self.resource)
            and self.sender in ("", needed.sender)
        )


def statements(document):
    """The statements of a policy's document, one by one."""
    found = set()
    for one in document["Statement"]:
        condition = dict(one.get("Condition", {}).get("StringEquals", {}))
        sender = condition.pop("ses:FromAddress", "")
        assert (one["Effect"], condition) == ("Allow", {}), "this test does not understand the statement"
        found |= {
            Statement(action, resource, sender)
            for action in _listed(one["Action"])
            for resource in _listed(one["Resource"])
        }
    return found


def deployed_roles(aws):
    """What the roles of the functions and of the state machine allow, by the principal that takes them."""
    machine = aws.client("stepfunctions").describe_state_machine(
        stateMachineArn=aws.outputs["StateMachineArn"]
    )
    roles = {"VendAccount": machine["roleArn"]}
    for page in aws.client("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            roles[function["FunctionName"].split("-")[1]] = function["Role"]
    return {principal: _inline(aws, role.rpartition("/")[2]) for principal, role in roles.items()}


def deployed_policy(aws, arn):
    """What a managed policy allows."""
    iam = aws.client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return statements(iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def needed_in(aws, principals):
    """What the recorded calls of these principals needed, by principal."""
    needed = {principal: set() for principal in principals}
    for call in aws.control("calls"):
        if call["principal"] in needed:
            needed[call["principal"]] |= needed_by(call)
    return by_logical_ids(aws, needed)


def keep_needed(aws):
    """Leave what the calls to a local AWS needed to those who look back at the whole run."""
    if folder := os.environ.get(KEPT):
        needed = needed_in(aws, deployed_roles(aws))
        lists = {principal: sorted(permissions) for principal, permissions in needed.items()}
        (Path(folder) / f"{uuid.uuid4().hex}.json").write_text(json.dumps(lists), "utf-8")


def kept_needed(principal):
    """What was left, for one principal."""
    documents = (
        json.loads(path.read_text("utf-8")) for path in Path(os.environ.get(KEPT, ".")).glob("*.json")
    )
    return {Permission(*one) for document in documents for one in document.get(principal, ())}


def by_logical_ids(aws, found):
    """The same sets with logical ids for physical ones, which differ from one local AWS to the next."""
    pages = aws.client("cloudformation").get_paginator("list_stack_resources")
    ids = {
        re.split("[:/]", one["PhysicalResourceId"])[-1]: one["LogicalResourceId"]
        for page in pages.paginate(StackName=aws.environment["VENDING_STACK"])
        for one in page["StackResourceSummaries"]
    }
    ids.pop("", None)  # the local AWS gives policies of buckets and the like none
    physical = re.compile("|".join(map(re.escape, sorted(ids, key=len, reverse=True))))

    def logical(one):
        return one._replace(resource=physical.sub(lambda match: ids[match[0]], one.resource))

    return {principal: {logical(one) for one in each} for principal, each in found.items()}


def needed_by(call):
    """The permissions that a recorded call needs."""
    service, operation, request = call["service"], call["operation"], call["request"]
    if operation == "TransactWriteItems":
        return {
            Permission(
                f"dynamodb:{'ConditionCheckItem' if kind == 'ConditionCheck' else f'{kind}Item'}",
                _arn("dynamodb", f"table/{one['TableName']}"),
            )
            for item in request["TransactItems"]
            for kind, one in item.items()
        }
    action = f"{_SERVICES.get(service, service)}:{_NAMES.get((service, operation), operation)}"
    sender = call.get("sender", "")
    resources = _RESOURCES.get(service, _any)(operation, request | ({"sender": sender} if sender else {}))
    return set() if action in _UNGUARDED else {Permission(action, one, sender) for one in resources}


def not_allowed(granted, needed):
    """What was called without being allowed: (principal, permission)."""
    return {
        (principal, one)
        for principal, allowed in granted.items()
        for one in needed.get(principal, ())
        if not any(each.allows(one) for each in allowed)
    }


def not_needed(granted, needed):
    """What is allowed without being called: (principal, statement)."""
    return {
        (principal, one)
        for principal, allowed in granted.items()
        for one in allowed
        if not any(one.allows(each) for each in needed.get(principal, ()))
    }


def _inline(aws, role):
    iam = aws.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = (iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names)
    return set().union(*map(statements, documents))


def _listed(value):
    return {value} if isinstance(value, str) else set(value)


def _arn(service, resource):
    return f"arn:aws:{service}:{_REGION}:{_ACCOUNT}:{resource}"


def _any(_operation, _request):
    return ["*"]


def _of_dynamodb(_operation, request):
    return [_arn("dynamodb", f"table/{request['TableName']}")]


def _of_lambda(_operation, request):
    return [_arn("lambda", f"function:{request['FunctionName'].rpartition(':')[2]}")]


def _of_states(_operation, request):
    return [request.get("executionArn") or request["stateMachineArn"]]


def _of_events(_operation, request):
    return [
        _arn("events", f"event-bus/{one['EventBusName'].rpartition('/')[2]}") for one in request["Entries"]
    ]


def _of_sns(_operation, request):
    return [request["TopicArn"]]


def _of_sqs(_operation, request):
    return [_arn("sqs", request["QueueUrl"].rpartition("/")[2])]


def _of_s3(_operation, request):
    return [f"arn:aws:s3:::{request['Bucket']}" + (f"/{request['Key']}" if "Key" in request else "")]


def _of_cloudformation(_operation, request):
    return [_arn("cloudformation", f"stack/{request['StackName']}/any")]


def _of_ses(operation, request):
    if operation == "SendEmail":
        domain = request["sender"].rpartition("@")[2]
        return [
            _arn("ses", f"configuration-set/{request['ConfigurationSetName']}"),
            _arn("ses", f"identity/{domain}"),
        ]
    return (
        [_arn("ses", f"identity/{request['EmailIdentity']}")] if operation == "CreateEmailIdentity" else ["*"]
    )


def _of_organizations(operation, request):
    if operation == "MoveAccount":
        ids = [request["AccountId"], request["SourceParentId"], request["DestinationParentId"]]
    elif operation in ("DescribeAccount", "DescribeOrganizationalUnit", "ListOrganizationalUnitsForParent"):
        ids = request.values()
    elif operation in ("ListParents", "ListTagsForResource"):
        ids = [request.get("ChildId") or request["ResourceId"]]
    else:
        return ["*"]
    kinds = {one: _KINDS_OF_UNITS.get(one.split("-")[0], "account") for one in ids}
    return [f"arn:aws:organizations::{_ACCOUNT}:{kind}/o-example/{one}" for one, kind in kinds.items()]


_RESOURCES = {
    "cloudformation": _of_cloudformation,
    "dynamodb": _of_dynamodb,
    "events": _of_events,
    "lambda": _of_lambda,
    "organizations": _of_organizations,
    "s3": _of_s3,
    "sesv2": _of_ses,
    "sns": _of_sns,
    "sqs": _of_sqs,
    "stepfunctions": _of_states,
}
