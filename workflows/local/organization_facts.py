"""What an organization tells of itself: its features, whom it trusts, how many accounts it may have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.organizations.models import organizations_backends

if TYPE_CHECKING:
    from workflows.local.calls import Call
    from workflows.local.organizations import Creations


class Facts:
    """Answers from the behaviour that `POST /_local/organizations` sets.

    Args:
        account_id: the management account.
        creations: has the behaviour.
    """

    def __init__(self, account_id: str, creations: Creations) -> None:
        self._backend: Any = organizations_backends[account_id]["aws"]
        self._creations = creations

    def describe_organization(self, call: Call) -> dict[str, Any]:
        """DescribeOrganization."""
        del call
        described: dict[str, Any] = self._backend.org.describe()
        described["Organization"]["FeatureSet"] = self._creations.behaviour.feature_set
        return described

    def list_trusted_services(self, call: Call) -> dict[str, Any]:
        """ListAWSServiceAccessForOrganization."""
        del call
        trusted = self._creations.behaviour.trusted_services
        return {"EnabledServicePrincipals": [{"ServicePrincipal": one} for one in trusted]}

    def list_quotas(self, call: Call) -> dict[str, Any] | None:
        """ListServiceQuotas of Organizations; other services are moto's."""
        if call.request.get("ServiceCode") != "organizations":
            return None
        quota = {
            "ServiceCode": "organizations",
            "ServiceName": "AWS Organizations",
            "QuotaCode": "L-E619E033",
            "QuotaName": "Default maximum number of accounts",
            "Value": float(self._creations.behaviour.account_limit),
            "Adjustable": True,
        }
        return {"Quotas": [quota]}
