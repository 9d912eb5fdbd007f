"""How roles are granted AWS Organizations: which actions can be limited to which resources.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Organizations".
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Acknowledgment, Aws, Validations
from aws_cdk import aws_iam as iam

_RESOURCES = {
    "DescribeAccount": ("account",),
    "DescribeOrganizationalUnit": ("ou",),
    "ListOrganizationalUnitsForParent": ("ou", "root"),
    "ListTagsForResource": ("account",),
    "ListParents": ("account",),
    "MoveAccount": ("account", "ou", "root"),
}
"""Actions that name their resource; the others (lists, CreateAccount and its tags) allow `*` only."""


def grant_organizations(role: iam.Role, actions: Sequence[str], *, through: str) -> None:
    """Let a role call these operations of the Organizations API, such as MoveAccount.

    Args:
        role: who calls.
        actions: the operations.
        through: ARN of the role in the management account by which it does; empty where it is in it.
    """
    if through:
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[through]))
        return
    for action in actions:
        kinds = _RESOURCES.get(action, ())
        # Any organization of this account, which has one: its id is not known before the deployment.
        arns = [f"arn:{Aws.PARTITION}:organizations::{Aws.ACCOUNT_ID}:{kind}/o-*" for kind in kinds]
        role.add_to_policy(iam.PolicyStatement(actions=[f"organizations:{action}"], resources=arns or ["*"]))
        for kind in kinds:
            Validations.of(role).acknowledge(
                Acknowledgment(
                    id=f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:organizations::<AWS::AccountId>:{kind}/o-*]",
                    reason="Vending works on accounts and OUs that do not exist at deployment.",
                )
            )
