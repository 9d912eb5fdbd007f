"""The deployed stack, found by its CloudFormation outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from workflows.operate.problems import StackNotFound, StackOutdated

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_NEVER_DEPLOYED = ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE", "ROLLBACK_COMPLETE")


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack and what it says about itself."""

    name: str
    outputs: Mapping[str, str]

    @property
    def state_machine_arn(self) -> str:
        """The state machine that vends accounts."""
        return self._output("StateMachineArn")

    @property
    def table_name(self) -> str:
        """The registry's table."""
        return self._output("TableName")

    @property
    def read_request_function(self) -> str:
        """The name of the function that knows the deployed settings."""
        return self._output("ReadRequestFunctionName")

    @property
    def mail_bucket(self) -> str:
        """The bucket of inbound mails."""
        return self._output("MailBucketName")

    @property
    def inbound_queue(self) -> str:
        """The URL of the queue from which mails are forwarded."""
        return self._output("InboundQueueUrl")

    @property
    def dead_letter_queue(self) -> str:
        """The URL of the queue of mails that could not be forwarded."""
        return self._output("InboundDeadLetterQueueUrl")

    @property
    def change_owner_function(self) -> str:
        """The name of the function that changes owners."""
        return self._output("ChangeOwnerFunctionName")

    @property
    def operations_topic(self) -> str:
        """The ARN of the topic of alarms and failure reports."""
        return self._output("OperationsTopicArn")

    @property
    def organizations_read_role(self) -> str:
        """ARN of the role in the management account by which people look things up; empty without one."""
        return self.outputs.get("OrganizationsReadRoleArn", "")

    def _output(self, key: str) -> str:
        if key not in self.outputs:
            raise StackOutdated(
                f"The stack {self.name} has no output {key}: it is another one, or has to be deployed again."
            )
        return self.outputs[key]


def find_stack(client: CloudFormationClient, name: str) -> Stack:
    """Read the outputs of a deployed stack.

    Raises:
        StackNotFound: no stack of this name is deployed in the client's account and region.
    """
    region = client.meta.region_name
    try:
        stack = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise StackNotFound(_not_found(name, region)) from error
    if stack["StackStatus"] in _NEVER_DEPLOYED:
        raise StackNotFound(_not_found(name, region))
    outputs = stack.get("Outputs", [])
    return Stack(name, {one["OutputKey"]: one["OutputValue"] for one in outputs})


def _not_found(name: str, region: str) -> str:
    return (
        f"There is no stack {name} in {region}: deploy it (`make deploy`), or name another with --stack, "
        "AWS_REGION or AWS_PROFILE."
    )
