"""What `vend doctor` finds: what is wrong, why it matters, what to do, and the records to publish."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from workflows.mail.dns_records import DnsRecord
from workflows.operate.aws_errors import is_denied
from workflows.operate.name_lookup import LookupFailed


class State(StrEnum):
    """How serious a finding is."""

    OK = "OK"
    WARNING = "WARNING"
    """Works, but somebody should know."""
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; what is right needs no words."""

    check: str
    state: State
    what: str
    why: str = ""
    remedy: str = ""
    records: tuple[DnsRecord, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """The finding for `--json`."""
        return {
            "check": self.check,
            "state": str(self.state),
            "what": self.what,
            "why": self.why,
            "remedy": self.remedy,
            "records": [record_document(record) for record in self.records],
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One question and why its answer matters; `ask` gives a finding for each thing that is not right."""

    name: str
    why: str
    right: str
    ask: Callable[[Check], Iterable[Finding]]

    def wrong(self, what: str, remedy: str, records: Iterable[DnsRecord] = ()) -> Finding:
        """A finding that keeps the product from working."""
        return Finding(self.name, State.WRONG, what, self.why, remedy, tuple(records))

    def warning(self, what: str, remedy: str) -> Finding:
        """A finding that somebody should know of, although the product works."""
        return Finding(self.name, State.WARNING, what, self.why, remedy)


def examine(checks: Iterable[Check]) -> Iterator[Finding]:
    """Make the checks one after the other; one that cannot be made is a finding, and the others go on."""
    for check in checks:
        try:
            found = list(check.ask(check))
        except LookupFailed as error:
            found = [check.wrong(str(error), "Run vend doctor where the public DNS can be asked.")]
        except ClientError as error:
            details = error.response["Error"]
            what = f"AWS refused {error.operation_name}: {details['Code']}: {details.get('Message', '')}"
            remedy = "Give your role the policy of operators, then run vend doctor again."
            found = [check.wrong(what, remedy if is_denied(error) else "Run vend doctor again.")]
        except BotoCoreError as error:
            found = [check.wrong(f"AWS did not answer: {error}", "Run vend doctor again.")]
        yield from found or [Finding(check.name, State.OK, check.right)]


def record_document(record: DnsRecord) -> dict[str, Any]:
    """A record for `--json`, as it is published."""
    return {
        "purpose": record.purpose,
        "name": record.name,
        "type": record.type,
        "values": list(record.published),
    }
