"""How mail comes in and what is heard of what goes out, as the template says it."""

from __future__ import annotations

import json

import pytest

from infra.mail_functions import BATCH

ACCOUNT = {"Ref": "AWS::AccountId"}


@pytest.fixture
def rule(template):
    return template.only("AWS::SES::ReceiptRule")["Properties"]


@pytest.fixture
def queue(template):
    return template.resources[template.named("AWS::SQS::Queue", "ReceivingQueue")]["Properties"]


def statements_of_ses(policy):
    return [one for one in policy["Statement"] if "ses.amazonaws.com" in json.dumps(one["Principal"])]


def rule_arn(template):
    (rule_set,) = template.of_type("AWS::SES::ReceiptRuleSet")
    name = template.only("AWS::SES::ReceiptRule")["Properties"]["Rule"]["Name"]
    return f':receipt-rule-set/", {{"Ref": "{rule_set}"}}, ":receipt-rule/{name}"]]}}'


def test_the_rule_takes_all_mail_of_the_domain_scanned_and_over_tls_only(rule, vending):
    assert rule["Rule"]["Recipients"] == [vending["domain"]]
    assert rule["Rule"]["ScanEnabled"] is True
    assert rule["Rule"]["TlsPolicy"] == "Require"
    assert rule["Rule"]["Enabled"] is True


def test_the_rule_stores_and_tells_and_does_not_encrypt_by_itself(rule, template):
    [action] = rule["Rule"]["Actions"]
    assert action == {
        "S3Action": {
            "BucketName": {"Ref": "MailBucket"},
            "ObjectKeyPrefix": "inbound/",
            "TopicArn": {"Ref": template.named("AWS::SNS::Topic", "Receiving")},
        }
    }


def test_the_rule_is_made_after_the_policies_it_needs(template):
    needed = template.only("AWS::SES::ReceiptRule")["DependsOn"]
    assert template.named("AWS::S3::BucketPolicy", "Mails") in needed
    assert template.named("AWS::SNS::TopicPolicy", "Receiving") in needed


def test_our_rule_set_is_activated_once_its_rule_is_there_and_nothing_waits_for_dns(template):
    custom = {name for name, one in template.resources.items() if one["Type"].startswith("Custom::")}
    (name,) = custom
    activation = template.resources[name]
    (rule_set,) = template.of_type("AWS::SES::ReceiptRuleSet")
    (rule,) = template.of_type("AWS::SES::ReceiptRule")
    assert activation["DependsOn"] == [rule]
    assert activation["Properties"] == {
        "ServiceToken": {"Fn::GetAtt": ["ActivateRuleSet", "Arn"]},
        "RuleSetName": {"Ref": rule_set},
        "RuleName": template.resources[rule]["Properties"]["Rule"]["Name"],
        "TakeOver": False,
        # CloudFormation would wait an hour for a function that cannot even start.
        "ServiceTimeout": "300",
    }


def test_a_rule_in_a_set_of_others_changes_nothing_else_of_theirs(synthesized):
    template = synthesized(receiptRuleSet="inbound-mail")
    assert not template.of_type("AWS::SES::ReceiptRuleSet")
    assert not template.of_type("Custom::ActiveReceiptRuleSet")
    rule = template.only("AWS::SES::ReceiptRule")["Properties"]
    assert rule["RuleSetName"] == "inbound-mail"
    assert "receipt-rule-set/inbound-mail:receipt-rule/aws.example.com" in json.dumps(
        template.only("AWS::S3::BucketPolicy")
    )


def test_the_bucket_is_encrypted_private_versioned_and_outlives_the_stack(template, vending):
    bucket = template.resources["MailBucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    properties = bucket["Properties"]
    [encryption] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    key = encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]["Fn::GetAtt"][0]
    assert template.resources[key]["DeletionPolicy"] == "Retain"
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    [lifecycle] = properties["LifecycleConfiguration"]["Rules"]
    assert lifecycle["ExpirationInDays"] == vending["mailRetentionDays"]
    assert "ObjectLockConfiguration" not in properties


def test_ses_may_store_and_encrypt_for_our_rule_only(template):
    bucket = template.only("AWS::S3::BucketPolicy")["Properties"]["PolicyDocument"]
    key = template.resources["DataKey"]["Properties"]["KeyPolicy"]
    [stored] = statements_of_ses(bucket)
    [encrypted] = (one for one in statements_of_ses(key) if "aws:SourceArn" in json.dumps(one))
    assert stored["Action"] == "s3:PutObject"
    assert set(encrypted["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    for statement in (stored, encrypted):
        condition = statement["Condition"]["StringEquals"]
        assert condition["aws:SourceAccount"] == ACCOUNT
        assert json.dumps(condition["aws:SourceArn"]).endswith(rule_arn(template))


def test_ses_may_publish_for_our_rule_and_our_configuration_set_only(template):
    (configuration_set,) = template.of_type("AWS::SES::ConfigurationSet")
    ends = {
        "Receiving": rule_arn(template),
        "Sending": f':configuration-set/", {{"Ref": "{configuration_set}"}}]]}}',
    }
    for beginning, end in ends.items():
        policy = template.resources[template.named("AWS::SNS::TopicPolicy", beginning)]
        [statement] = statements_of_ses(policy["Properties"]["PolicyDocument"])
        condition = statement["Condition"]["StringEquals"]
        assert condition["aws:SourceAccount"] == ACCOUNT
        assert json.dumps(condition["aws:SourceArn"]).endswith(end)


def test_the_queue_waits_six_times_as_long_as_its_function_and_gives_up_late(queue, template):
    timeout = template.resources["ForwardInbound"]["Properties"]["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5


def test_no_message_can_vanish_between_topic_and_queue_or_function(template):
    subscriptions = template.of_type("AWS::SNS::Subscription").values()
    ours = [one for one in subscriptions if one["Properties"]["Protocol"] != "email"]
    assert len(ours) == 2
    for subscription in ours:
        assert "deadLetterTargetArn" in subscription["Properties"]["RedrivePolicy"]
    assert "DeadLetterConfig" in template.resources["TrackDelivery"]["Properties"]


def test_every_dead_letter_queue_is_kept_longest_and_has_its_alarm(template):
    alarms = json.dumps(list(template.of_type("AWS::CloudWatch::Alarm").values()))
    queues = template.of_type("AWS::SQS::Queue")
    letters = [name for name, one in queues.items() if "RedrivePolicy" not in one["Properties"]]
    assert letters
    for name in letters:
        assert queues[name]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert f'"{name}", "QueueName"' in alarms
    topic = template.named("AWS::SNS::Topic", "Operations")
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": topic}]


def test_mails_come_a_few_at_a_time_and_fail_each_on_its_own(template):
    mapping = template.only("AWS::Lambda::EventSourceMapping")["Properties"]
    assert mapping["BatchSize"] == BATCH
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert "ReservedConcurrentExecutions" not in template.resources["ForwardInbound"]["Properties"]


def test_what_becomes_of_sent_mail_is_heard(template):
    destination = template.only("AWS::SES::ConfigurationSetEventDestination")["Properties"]
    events = destination["EventDestination"]
    assert set(events["MatchingEventTypes"]) == {"bounce", "complaint", "delivery", "reject"}
    assert events["SnsDestination"]["TopicARN"] == {"Ref": template.named("AWS::SNS::Topic", "Sending")}


def test_records_of_mails_expire_and_nothing_else_does(template):
    table = template.only("AWS::DynamoDB::Table")["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
