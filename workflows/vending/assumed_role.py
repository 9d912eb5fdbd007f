"""Credentials of a role in another account, renewed by themselves before they expire."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.session import get_session


def session_of(role_arn: str, *, session_name: str) -> boto3.session.Session:
    """A session whose clients call as the role; the role is assumed at the first call, not before.

    Args:
        role_arn: the role.
        session_name: who calls, for CloudTrail in the other account.
    """
    own = get_session()
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=own.create_client,
        source_credentials=own.get_credentials(),
        role_arn=role_arn,
        extra_args={"RoleSessionName": session_name},
    )
    other: Any = get_session()
    # The one place where botocore takes credentials that renew themselves.
    other._credentials = DeferredRefreshableCredentials(  # noqa: SLF001
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )
    return boto3.session.Session(botocore_session=other)
