"""What people are granted: a policy for those who look things up, and one for those who run this."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Acknowledgment, Aws, Fn, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What people look at and work with."""

    table_arn: str
    machine: stepfunctions.IStateMachine
    tells_settings: lambda_.IFunction
    """The function whose environment has the settings."""
    changes_owners: lambda_.IFunction
    bucket: s3.IBucket
    key: kms.IKey
    inbound: sqs.IQueue
    dead_letters: sqs.IQueue
    operations_topic: str
    """ARN of the topic of alarms."""
    organizations_role: str
    """Empty where this is deployed in the management account."""
    organizations_read_role: str


ORGANIZATIONS_READING = (
    *(
        f"organizations:{action}"
        for action in (
            "DescribeAccount",
            "DescribeOrganization",
            "DescribeOrganizationalUnit",
            "ListAWSServiceAccessForOrganization",
            "ListAccounts",
            "ListCreateAccountStatus",
            "ListOrganizationalUnitsForParent",
            "ListRoots",
        )
    ),
    "servicequotas:ListServiceQuotas",
)
"""What doctor, --check, import and the runbooks look up in the management account."""


class People(Construct):
    """Managed policies: of readers, who look up and watch, and of operators, who also start, redrive, replay.

    `outputs` is what people and their command line have to be told.
    """

    def __init__(self, scope: Construct, construct_id: str, deployed: Deployed) -> None:
        super().__init__(scope, construct_id)
        reading = _reading(deployed)
        reader = self._policy(
            "Reader", "Look accounts up and watch them being vended (AWS Account Vending)", reading
        )
        operator = self._policy(
            "Operator",
            "Request, redrive, transfer and replay (AWS Account Vending)",
            [*_reading(deployed), *_operating(deployed)],
        )
        self.outputs = {
            "ReaderPolicyArn": reader.managed_policy_arn,
            "OperatorPolicyArn": operator.managed_policy_arn,
        }
        if deployed.organizations_read_role:
            self.outputs["OrganizationsReadRoleArn"] = deployed.organizations_read_role

    def _policy(self, name: str, what: str, statements: list[iam.PolicyStatement]) -> iam.ManagedPolicy:
        policy = iam.ManagedPolicy(self, name, description=what, statements=statements)
        Validations.of(policy).acknowledge(
            *(
                Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{resource}]", reason=reason)
                for resource, reason in {
                    "*": "SES's rule sets and quotas, and the lists of Organizations, know no resources.",
                    "<MailBucket.Arn>/*": "Mails that have not arrived yet; the bucket is ours.",
                    _EXECUTIONS_IN_FINDINGS: "Executions that have not started yet; the machine is ours.",
                    _STACK_IN_FINDINGS: "CloudFormation adds a part of its own to the stack's name.",
                }.items()
            )
        )
        return policy


_EXECUTIONS_IN_FINDINGS = (
    "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:"
    '{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"VendAccount"}]}]}:*'
)
_STACK_IN_FINDINGS = (
    "arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/<AWS::StackName>/*"
)


def _reading(deployed: Deployed) -> list[iam.PolicyStatement]:
    machine, here = deployed.machine.state_machine_arn, f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
    statements = [
        _allow(
            ["cloudformation:DescribeStacks"],
            [f"arn:{Aws.PARTITION}:cloudformation:{here}:stack/{Aws.STACK_NAME}/*"],
        ),
        _allow(["lambda:GetFunctionConfiguration"], [deployed.tells_settings.function_arn]),
        _allow(["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"], [deployed.table_arn]),
        _allow(["states:ListExecutions"], [machine]),
        _allow(["sns:GetTopicAttributes"], [deployed.operations_topic]),
        _allow(
            [
                "states:DescribeExecution",
                "states:DescribeStateMachineForExecution",
                "states:GetExecutionHistory",
            ],
            _executions(machine),
        ),
        # For vend doctor, which looks at the whole account: these know no resources.
        _allow(["ses:DescribeActiveReceiptRuleSet", "ses:GetAccount", "ses:GetEmailIdentity"], ["*"]),
    ]
    if not deployed.organizations_role:
        # The whole organization is what is looked at, and its lists know no resources.
        statements.append(_allow([*ORGANIZATIONS_READING], ["*"]))
    elif deployed.organizations_read_role:
        # Never organizationsRole: whoever could assume that could create and move accounts.
        statements.append(_allow(["sts:AssumeRole"], [deployed.organizations_read_role]))
    return statements


def _operating(deployed: Deployed) -> list[iam.PolicyStatement]:
    machine = deployed.machine.state_machine_arn
    return [
        _allow(["states:StartExecution"], [machine]),
        _allow(["states:RedriveExecution", "states:StopExecution"], _executions(machine)),
        _allow(["lambda:InvokeFunction"], [deployed.changes_owners.function_arn]),
        _allow(["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [deployed.table_arn]),
        _allow(["s3:ListBucket"], [deployed.bucket.bucket_arn]),
        _allow(["s3:GetObject"], [deployed.bucket.arn_for_objects("*")]),
        _allow(["kms:Decrypt"], [deployed.key.key_arn]),
        _allow(["sqs:SendMessage"], [deployed.inbound.queue_arn]),
        _allow(["sqs:DeleteMessage", "sqs:ReceiveMessage"], [deployed.dead_letters.queue_arn]),
    ]


def _allow(actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=resources)


def _executions(machine_arn: str) -> list[str]:
    name = Fn.select(6, Fn.split(":", machine_arn))
    return [f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{name}:*"]
