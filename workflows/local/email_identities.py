"""SES identities: domains and addresses, whether they are verified, their DKIM and MAIL FROM."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from workflows.local.wire import Refusal

if TYPE_CHECKING:
    from workflows.local.calls import Call

_TOKENS = 3


class EmailIdentities:
    """The identities of one account and region, kept by moto.

    Args:
        backend: moto's SES of the account and region.
    """

    def __init__(self, backend: Any) -> None:
        self._moto = backend
        self._mail_from: dict[str, dict[str, str]] = {}

    def verify(self, identity: str) -> None:
        """Make a domain or address verified for sending, its DNS records found."""
        name = identity.lower()
        known = self._moto.email_identities.get(name) or self._new(name)
        known.verified_for_sending_status = True
        known.dkim_attributes |= {"SigningEnabled": True, "Status": "SUCCESS"}
        if name in self._mail_from:
            self._mail_from[name]["MailFromDomainStatus"] = "SUCCESS"

    def doubt(self, identity: str) -> None:
        """Make an identity unverified; none at all is nothing to doubt."""
        if identity in self._moto.email_identities:
            self._moto.email_identities[identity].verified_for_sending_status = False

    def set_dkim_state(self, state: str) -> None:
        """What SES found of the DKIM records of every identity."""
        for identity in self._moto.email_identities.values():
            identity.dkim_attributes["Status"] = state

    def set_mail_from_state(self, state: str) -> None:
        """What SES found of the records of every MAIL FROM domain."""
        for attributes in self._mail_from.values():
            attributes["MailFromDomainStatus"] = state

    def verified(self) -> list[str]:
        """The identities that may send."""
        identities = list(self._moto.email_identities.items())
        return [name for name, identity in identities if identity.verified_for_sending_status]

    def forward_feedback(self, address: str) -> bool:
        """Whether bounces of what an address sends come back to it as mails."""
        domain = address.lower().rpartition("@")[2]
        known = self._moto.email_identities
        identity = known.get(address.lower()) or known.get(domain)
        return identity is not None and identity.feedback_forwarding_status

    def tokens(self, domain: str) -> list[str]:
        """The DKIM tokens of a domain."""
        return list(self._moto.email_identities[domain.lower()].dkim_attributes.get("Tokens", []))

    def states(self) -> dict[str, dict[str, Any]]:
        """Every identity: whether it is verified, and the states of its DKIM and MAIL FROM records."""
        return {
            name: {
                "verified": identity.verified_for_sending_status,
                "dkimState": identity.dkim_attributes["Status"],
                "mailFromState": self._mail_from.get(name, {}).get("MailFromDomainStatus"),
            }
            for name, identity in list(self._moto.email_identities.items())
        }

    def create(self, call: Call) -> dict[str, Any]:
        """CreateEmailIdentity: not a second time."""
        name = call.request["EmailIdentity"]
        if name.lower() in (known.lower() for known in list(self._moto.email_identities)):
            raise Refusal("AlreadyExistsException", f"Email identity {name} already exist.")
        made = self._new(name)
        return {
            "IdentityType": made.identity_type,
            "VerifiedForSendingStatus": made.verified_for_sending_status,
            "DkimAttributes": made.dkim_attributes,
        }

    def get(self, call: Call) -> dict[str, Any]:
        """GetEmailIdentity."""
        name, identity = self._known(call)
        members = {
            **identity.get_response_object,
            "MailFromAttributes": self._mail_from.get(name),
            "VerificationStatus": "SUCCESS" if identity.verified_for_sending_status else "PENDING",
            "Tags": identity.tags or [],
        }
        return {member: value for member, value in members.items() if value is not None}

    def put_mail_from(self, call: Call) -> dict[str, Any]:
        """PutEmailIdentityMailFromAttributes: SES looks for the records from now on."""
        name, identity = self._known(call)
        domain = call.request.get("MailFromDomain") or ""
        if domain and not domain.endswith(f".{name}"):
            message = f"Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the identity"
            raise Refusal("BadRequestException", f"{message} <{name}>.")
        self._mail_from.pop(name, None)
        if domain:
            self._mail_from[name] = {
                "MailFromDomain": domain,
                "MailFromDomainStatus": "SUCCESS" if identity.verified_for_sending_status else "PENDING",
                "BehaviorOnMxFailure": call.request.get("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE",
            }
        return {}

    def put_feedback(self, call: Call) -> dict[str, Any]:
        """PutEmailIdentityFeedbackAttributes."""
        _, identity = self._known(call)
        identity.feedback_forwarding_status = bool(call.request.get("EmailForwardingEnabled"))
        return {}

    def _known(self, call: Call) -> tuple[str, Any]:
        name = call.request["EmailIdentity"].lower()
        identity = self._moto.email_identities.get(name)
        if identity is None:
            raise Refusal("NotFoundException", f"Email identity {name} does not exist.")
        return name, identity

    def _new(self, name: str) -> Any:
        made = self._moto.create_email_identity_v2(name, None, None, None)
        made.feedback_forwarding_status = True
        if made.identity_type == "DOMAIN":
            made.dkim_attributes |= {
                "SigningEnabled": True,
                "Status": "PENDING",
                "Tokens": [_token(name, number) for number in range(_TOKENS)],
            }
        return made


def _token(domain: str, number: int) -> str:
    """The same for a domain each time, so that what was noted once stays true."""
    return hashlib.sha256(f"{domain}{number}".encode()).hexdigest()[:32]
