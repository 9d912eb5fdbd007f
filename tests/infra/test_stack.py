"""What the template says about keeping, encrypting, logging and naming."""

from __future__ import annotations

import json
import re

import pytest

from infra import failure_reports, hooks, mail_functions, reconciling, rule_set_activation
from infra.configuration import ROOT
from infra.function import module_of
from infra.vending_functions import FUNCTIONS

DEFINITION = (ROOT / "state_machines" / "vend_account.asl.json").read_text("utf-8")
TASKS = {name: one for name, one in json.loads(DEFINITION)["States"].items() if one["Type"] == "Task"}

ALL_FUNCTIONS = {
    *FUNCTIONS,
    *failure_reports.FUNCTIONS,
    *hooks.FUNCTIONS,
    *mail_functions.FUNCTIONS,
    *reconciling.FUNCTIONS,
    *rule_set_activation.FUNCTIONS,
}

PHYSICAL_NAMES = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Key": None,
    "AWS::Lambda::EventSourceMapping": None,
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::Permission": None,
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::S3::BucketPolicy": None,
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::EmailIdentity": None,
    "AWS::SES::ConfigurationSetEventDestination": None,
    # Its name is unique within our own rule set; the bucket's policy names it before it exists.
    "AWS::SES::ReceiptRule": None,
    "AWS::SES::ReceiptRuleSet": "RuleSetName",
    "AWS::SNS::Subscription": None,
    "AWS::SNS::Topic": "TopicName",
    "AWS::SNS::TopicPolicy": None,
    "AWS::SQS::Queue": "QueueName",
    "AWS::SQS::QueuePolicy": None,
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    # CloudFormation insists on a name here; CDK makes one of the stack's name.
    "AWS::Events::EventBus": None,
    "AWS::Events::EventBusPolicy": None,
    "Custom::ActiveReceiptRuleSet": None,
    "AWS::Events::Rule": "Name",
}
"""The property that would give a resource of each type a fixed name."""


def test_the_table_outlives_the_stack(template):
    table = template.only("AWS::DynamoDB::Table")
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_keeps_its_logical_id_from_release_to_release(template):
    assert list(template.of_type("AWS::DynamoDB::Table")) == ["Registry"]


def test_the_outputs_are_those_that_operators_look_for(template):
    (bus,) = template.of_type("AWS::Events::EventBus")
    (rule_set,) = template.of_type("AWS::SES::ReceiptRuleSet")
    (configuration_set,) = template.of_type("AWS::SES::ConfigurationSet")
    outputs = {name: one for name, one in template.outputs.items() if not name.startswith("DnsRecord")}
    assert outputs == {
        "StateMachineArn": {"Value": {"Ref": "VendAccount"}},
        "TableName": {"Value": {"Ref": "Registry"}},
        "BusName": {"Value": {"Ref": bus}},
        "OperationsTopicArn": {"Value": {"Ref": template.named("AWS::SNS::Topic", "Operations")}},
        "ChangeOwnerFunctionName": {"Value": {"Ref": "ChangeOwner"}},
        "ReconcileFunctionName": {"Value": {"Ref": "Reconcile"}},
        "ReadRequestFunctionName": {"Value": {"Ref": "ReadRequest"}},
        "MailBucketName": {"Value": {"Ref": "MailBucket"}},
        "InboundQueueUrl": {"Value": {"Ref": template.named("AWS::SQS::Queue", "ReceivingQueue")}},
        "InboundDeadLetterQueueUrl": {
            "Value": {"Ref": template.named("AWS::SQS::Queue", "ReceivingDeadLetters")}
        },
        "ReceiptRuleSetName": {"Value": {"Ref": rule_set}},
        "ConfigurationSetName": {"Value": {"Ref": configuration_set}},
        "ReaderPolicyArn": {"Value": {"Ref": template.named("AWS::IAM::ManagedPolicy", "PeopleReader")}},
        "OperatorPolicyArn": {"Value": {"Ref": template.named("AWS::IAM::ManagedPolicy", "PeopleOperator")}},
    }


NAMED = {"VendAccountLog"}
"""What has a name of its own for a written reason, and therefore a logical id that never changes."""


def test_nothing_has_a_physical_name_but_the_log_of_the_machine(template):
    named = {
        name
        for name, resource in template.resources.items()
        if PHYSICAL_NAMES[resource["Type"]] in resource.get("Properties", {})
    }
    assert named == NAMED


def test_the_log_of_the_machine_is_where_cloudwatch_logs_needs_no_room_for_it_and_named_like_its_stack(
    template,
):
    machine = template.only("AWS::StepFunctions::StateMachine")["Properties"]
    [destination] = machine["LoggingConfiguration"]["Destinations"]
    assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"] == {"Fn::GetAtt": ["VendAccountLog", "Arn"]}
    log = template.resources["VendAccountLog"]
    name = ["/aws/vendedlogs/states/", {"Ref": "AWS::StackName"}, "-VendAccount"]
    assert log["Properties"]["LogGroupName"] == {"Fn::Join": ["", name]}
    assert log["DeletionPolicy"] == "Delete"


def test_every_function_is_named_like_its_state_and_its_file(template):
    functions = template.of_type("AWS::Lambda::Function")
    assert set(functions) == ALL_FUNCTIONS
    for name, function in functions.items():
        assert function["Properties"]["Handler"] == f"handlers.{module_of(name)}.handler"
        assert (ROOT / "handlers" / f"{module_of(name)}.py").is_file()


def test_every_function_has_its_own_role_log_and_trace(template):
    functions = [one["Properties"] for one in template.of_type("AWS::Lambda::Function").values()]
    for function in functions:
        assert function["Architectures"] == ["arm64"]
        assert function["Runtime"] == "python3.13"
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["MemorySize"] >= 256
    assert len({json.dumps(function["Role"]) for function in functions}) == len(functions)
    assert len({json.dumps(function["LoggingConfig"]) for function in functions}) == len(functions)


def test_every_log_ends_some_day(template, vending):
    for log in template.of_type("AWS::Logs::LogGroup").values():
        assert log["Properties"]["RetentionInDays"] == vending.get("logRetentionDays", 365)


def test_every_state_is_told_the_same_settings(template):
    environments = [template.resources[name]["Properties"]["Environment"]["Variables"] for name in FUNCTIONS]
    assert all(environment == environments[0] for environment in environments)


def test_every_function_is_told_the_table_the_configuration_set_and_where_its_metrics_belong(template):
    (configuration_set,) = template.of_type("AWS::SES::ConfigurationSet")
    for function in template.of_type("AWS::Lambda::Function").values():
        environment = function["Properties"]["Environment"]["Variables"]
        assert environment["TABLE_NAME"] == {"Ref": "Registry"}
        assert environment["CONFIGURATION_SET"] == {"Ref": configuration_set}
        assert environment["POWERTOOLS_METRICS_NAMESPACE"] == "AccountVending"


def test_the_machine_is_the_definition_in_the_repository(template):
    machine = template.only("AWS::StepFunctions::StateMachine")["Properties"]
    assert machine["DefinitionString"] == DEFINITION
    assert machine["StateMachineType"] == "STANDARD"
    assert machine["TracingConfiguration"] == {"Enabled": True}
    assert machine["LoggingConfiguration"]["Level"] == "ALL"


def test_every_placeholder_of_the_definition_is_filled_and_nothing_else(template):
    machine = template.only("AWS::StepFunctions::StateMachine")["Properties"]
    placeholders = set(re.findall(r"\$\{(\w+)\}", DEFINITION))
    assert placeholders == set(machine["DefinitionSubstitutions"])
    assert placeholders == {*FUNCTIONS, "BusName", "PollSeconds"}
    for name in FUNCTIONS:
        assert machine["DefinitionSubstitutions"][name] == {"Fn::GetAtt": [name, "Arn"]}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_task_waits_until_its_function_has_given_up(template, name):
    assert TASKS[name]["TimeoutSeconds"] > template.resources[name]["Properties"]["Timeout"]


def test_every_topic_is_encrypted_with_a_key_its_publishers_may_use(template):
    (key_id,) = template.of_type("AWS::KMS::Key")
    key = template.resources[key_id]
    for topic in template.of_type("AWS::SNS::Topic").values():
        assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}
    assert key["Properties"]["EnableKeyRotation"] is True
    statements = key["Properties"]["KeyPolicy"]["Statement"]
    (grant,) = (one for one in statements if isinstance(one["Principal"].get("Service"), list))
    assert set(grant["Principal"]["Service"]) == {"cloudwatch.amazonaws.com", "ses.amazonaws.com"}
    assert set(grant["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert grant["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_neither_a_rule_nor_a_subscribed_queue_needs_the_key_of_the_topics(template):
    topics = template.of_type("AWS::SNS::Topic")
    targets = [one for rule in template.of_type("AWS::Events::Rule").values() for one in targets_of(rule)]
    assert targets
    assert not [one for one in targets if any(topic in json.dumps(one["Arn"]) for topic in topics)]
    queues = template.of_type("AWS::SQS::Queue").values()
    assert all(queue["Properties"]["SqsManagedSseEnabled"] for queue in queues)
    assert not [queue for queue in queues if "KmsMasterKeyId" in queue["Properties"]]


def targets_of(rule):
    return rule["Properties"]["Targets"]


def test_alarms_may_publish_to_the_operations_topic_and_no_other_service_may(template):
    topic = template.named("AWS::SNS::Topic", "Operations")
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in template.of_type("AWS::SNS::TopicPolicy").values()
        if one["Properties"]["Topics"] == [{"Ref": topic}]
    )
    (allowed,) = (one for one in policy if one["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


@pytest.mark.parametrize("kind", ["SNS::Topic", "SQS::Queue", "S3::Bucket"])
def test_every_topic_queue_and_bucket_is_reached_over_tls_only(template, kind):
    policies = template.of_type(f"AWS::{kind}Policy")
    assert len(policies) == len(template.of_type(f"AWS::{kind}"))
    for policy in policies.values():
        statements = policy["Properties"]["PolicyDocument"]["Statement"]
        assert {"Bool": {"aws:SecureTransport": "false"}} in [
            one["Condition"] for one in statements if one["Effect"] == "Deny"
        ]


def test_the_state_of_the_definition_never_leads_to_a_fail_state():
    assert not [name for name, one in json.loads(DEFINITION)["States"].items() if one["Type"] == "Fail"]
