"""SES's verdicts on an inbound mail, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any

_PASS = "PASS"  # noqa: S105 - a verdict, no password
_FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """PASS, FAIL, GRAY, PROCESSING_FAILED, DISABLED or whatever AWS comes up with; empty when not given.

    Only FAIL ever blocks, and only PASS ever vouches: GRAY is normal ("no policy", "not signed"), and a value
    that is new to us must not lose mail.
    """

    spam: str = ""
    virus: str = ""
    spf: str = ""
    dkim: str = ""
    dmarc: str = ""

    @classmethod
    def from_receipt(cls, receipt: Mapping[str, Any]) -> Verdicts:
        """Read the verdicts of a notification's `receipt`; what is missing or malformed stays empty."""
        return cls(**{one.name: _status(receipt.get(f"{one.name}Verdict")) for one in fields(cls)})

    @property
    def has_virus(self) -> bool:
        """The mail is never forwarded."""
        return self.virus == _FAIL

    @property
    def is_spam(self) -> bool:
        """The mail is held, unless AWS itself sent it."""
        return self.spam == _FAIL

    @property
    def vouch_for_a_stranger(self) -> bool:
        """The mail may go to the administrator although nobody owns its address."""
        authenticated = _PASS in (self.spf, self.dkim, self.dmarc)
        return self.virus == _PASS and self.spam == _PASS and authenticated

    def in_words(self) -> str:
        """Such as `spam=PASS virus=PASS spf=GRAY`; those not given are left out."""
        named = zip((one.name for one in fields(self)), astuple(self), strict=True)
        return " ".join(f"{name}={value}" for name, value in named if value)


def _status(verdict: Any) -> str:
    status = verdict.get("status") if isinstance(verdict, Mapping) else None
    return status.strip().upper() if isinstance(status, str) else ""
