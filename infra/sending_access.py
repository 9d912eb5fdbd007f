"""How functions are granted sending mail through SES: from our address, and from no other."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Aws, Validations

from infra.function import Function

_SES = f"arn:{Aws.PARTITION}:ses:{Aws.REGION}:{Aws.ACCOUNT_ID}"
_ANY_IDENTITY = f"{_SES}:identity/*"


def grant_sending(function: Function, *, forward_from: str, configuration_set: str) -> None:
    """Let a function send raw mail.

    Args:
        function: who sends.
        forward_from: the only From address.
        configuration_set: the configuration set it names.
    """
    # In its sandbox SES also asks for the identities of recipients, which are not known at deployment.
    # The From address is the one in the mail's own header (not tried on AWS): no call names another.
    function.allow(
        "ses:SendRawEmail",
        on=[_ANY_IDENTITY, f"{_SES}:configuration-set/{configuration_set}"],
        conditions={"StringEquals": {"ses:FromAddress": forward_from}},
    )
    _acknowledge(function, "In its sandbox SES asks for the recipients' identities; From is fixed.")


def grant_verification_requests(function: Function) -> None:
    """Let a function have owners asked to verify their address, as the SES sandbox demands."""
    function.allow("ses:CreateEmailIdentity", on=[_ANY_IDENTITY])
    _acknowledge(function, "The owners that the SES sandbox wants verified are not known at deployment.")


def _acknowledge(function: Function, reason: str) -> None:
    identity = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*"
    Validations.of(function.role).acknowledge(
        Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{identity}]", reason=reason)
    )
