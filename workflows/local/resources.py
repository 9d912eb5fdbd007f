"""The CloudFormation resource types that moto lacks, created by the services' own API calls."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

ACCESS_KEY = "AKIACLOUDFORMATIONXX"
"""The key of the calls that deploying makes."""

event_destinations: dict[str, list[dict[str, Any]]] = {}
"""The `EventDestination` documents of each SES configuration set, by its name; moto keeps only one."""


@dataclass(slots=True)
class Resource:
    """A created resource, as moto's CloudFormation wants to see it."""

    physical_resource_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    cf_resource_type: str = ""
    logical_resource_id: str = ""
    type: str = ""

    def is_created(self) -> bool:
        """Creating is over when the call returns."""
        return True

    def get_cfn_attribute(self, name: str) -> str:
        """The value of an Fn::GetAtt."""
        return self.attributes[name]

    def delete(self, account_id: str, region_name: str) -> None:
        """Leave it: a local AWS ends as a whole."""


@dataclass(frozen=True, slots=True)
class New:
    """A resource to create."""

    name: str
    """The name CloudFormation gives to what has none of its own."""
    properties: dict[str, Any]
    region: str
    logical_id: str
    type: str
    stack_id: str

    def client(self, service: str) -> Any:
        """A client of the local AWS; unlike Step Functions' own it checks what it is given."""
        return boto3.client(  # type: ignore[call-overload] # any service
            service,
            endpoint_url=f"http://127.0.0.1:{os.environ['MOTO_PORT']}",
            region_name=self.region,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key="local",  # noqa: S106 - nobody checks signatures here
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def arguments(self, *left_out: str, **more: Any) -> dict[str, Any]:
        """The properties as arguments of an API call, without those named and without tags."""
        skipped = {"Tags", *left_out}
        return {name: value for name, value in self.properties.items() if name not in skipped} | more


class AnyAttribute(Container[str]):
    """The attributes of a type that its function decides on."""

    def __contains__(self, _: object) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class ResourceType:
    """Creates resources of a type; stands where moto expects a model class."""

    create: Callable[[New], Resource]
    attributes: Container[str] = ()

    def create_from_cloudformation_json(
        self,
        resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
        **more: str,
    ) -> Resource:
        """Create one (called by moto)."""
        del account_id
        return self.create(
            New(
                name=resource_name,
                properties=dict(cloudformation_json["Properties"]),
                region=region_name,
                logical_id=more.get("LogicalId", resource_name),
                type=more.get("ResourceType", cloudformation_json["Type"]),
                stack_id=more.get("StackId", ""),
            )
        )

    def update_from_cloudformation_json(
        self,
        original_resource: Resource,
        new_resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
    ) -> Resource:
        """Create it again: all of these calls replace what is there (called by moto)."""
        del original_resource
        return self.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    def has_cfn_attr(self, name: str) -> bool:
        """Whether Fn::GetAtt knows the attribute (called by moto)."""
        return name in self.attributes


def _subscription(new: New) -> Resource:
    own = ("TopicArn", "Protocol", "Endpoint")
    given = new.arguments(*own, "Region")
    # moto takes any text for true, "false" included.
    attributes = {name: _text(value) for name, value in given.items() if str(value).lower() != "false"}
    made = new.client("sns").subscribe(
        **{name: new.properties[name] for name in own if name in new.properties},
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return Resource(made["SubscriptionArn"])


def _topic_policy(new: New) -> Resource:
    for topic in new.properties["Topics"]:
        new.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=_text(new.properties["PolicyDocument"])
        )
    return Resource(new.name)


def _queue_policy(new: New) -> Resource:
    for queue in new.properties["Queues"]:
        new.client("sqs").set_queue_attributes(
            QueueUrl=queue, Attributes={"Policy": _text(new.properties["PolicyDocument"])}
        )
    return Resource(new.name)


def _bucket_policy(new: New) -> Resource:
    bucket = new.properties["Bucket"]
    new.client("s3").put_bucket_policy(Bucket=bucket, Policy=_text(new.properties["PolicyDocument"]))
    return Resource(bucket)


def _receipt_rule_set(new: New) -> Resource:
    name = new.properties.get("RuleSetName") or new.name
    new.client("ses").create_receipt_rule_set(RuleSetName=name)
    return Resource(name)


def _receipt_rule(new: New) -> Resource:
    rule = {"Name": new.name, **new.properties["Rule"]}
    new.client("ses").create_receipt_rule(**new.arguments("Rule", Rule=rule))
    return Resource(rule["Name"])


def _configuration_set(new: New) -> Resource:
    name = new.properties.get("Name") or new.name
    new.client("sesv2").create_configuration_set(**new.arguments("Name", ConfigurationSetName=name))
    return Resource(name)


def _event_destination(new: New) -> Resource:
    destination = {"Name": new.name, **new.properties["EventDestination"]}
    event_destinations.setdefault(new.properties["ConfigurationSetName"], []).append(destination)
    return Resource(destination["Name"])


def _alarm(new: New) -> Resource:
    name = new.properties.get("AlarmName") or new.name
    alarms = new.client("cloudwatch")
    alarms.put_metric_alarm(**new.arguments(AlarmName=name))
    found = alarms.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    return Resource(name, {"Arn": found["AlarmArn"]})


def _bus_policy(new: New) -> Resource:
    sid = new.properties["StatementId"]
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": sid, **new.properties["Statement"]}]}
    new.client("events").put_permission(
        EventBusName=new.properties.get("EventBusName", "default"), Policy=_text(policy)
    )
    return Resource(new.name)


def _event_invoke_config(new: New) -> Resource:
    new.client("lambda").put_function_event_invoke_config(**new.arguments("Qualifier"))
    return Resource(new.name)


def _metric_filter(new: New) -> Resource:
    name = new.properties.get("FilterName") or new.name
    new.client("logs").put_metric_filter(**_lower_camel(new.arguments(FilterName=name)))
    return Resource(name)


def _schedule(new: New) -> Resource:
    name = new.properties.get("Name") or new.name
    made = new.client("scheduler").create_schedule(**new.arguments(Name=name))
    return Resource(name, {"Arn": made["ScheduleArn"]})


def _nothing(new: New) -> Resource:
    return Resource(new.name)


TYPES: Mapping[str, ResourceType] = {
    "AWS::CDK::Metadata": ResourceType(_nothing),
    "AWS::CloudWatch::Alarm": ResourceType(_alarm, ("Arn",)),
    "AWS::Events::EventBusPolicy": ResourceType(_bus_policy),
    "AWS::Lambda::EventInvokeConfig": ResourceType(_event_invoke_config),
    "AWS::Logs::MetricFilter": ResourceType(_metric_filter),
    "AWS::S3::BucketPolicy": ResourceType(_bucket_policy),
    "AWS::SES::ConfigurationSet": ResourceType(_configuration_set),
    "AWS::SES::ConfigurationSetEventDestination": ResourceType(_event_destination),
    "AWS::SES::ReceiptRule": ResourceType(_receipt_rule),
    "AWS::SES::ReceiptRuleSet": ResourceType(_receipt_rule_set),
    "AWS::SNS::Subscription": ResourceType(_subscription, ("Arn",)),
    "AWS::SNS::TopicPolicy": ResourceType(_topic_policy),
    "AWS::SQS::QueuePolicy": ResourceType(_queue_policy),
    "AWS::Scheduler::Schedule": ResourceType(_schedule, ("Arn",)),
}
"""By resource type."""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _lower_camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: _lower_camel(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_lower_camel(member) for member in value]
    return value
