"""Writes the tables of errors in docs/operate.md from the code; --check says whether they are up to date."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import workflows.mail
from workflows.vending.creation_failures import ASK_AGAIN, FAILURE_REASONS
from workflows.vending.errors import PassingError, VendingError, every_error

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "operate.md"


def errors_of_vends() -> str:
    """Every named error with which a step of a vend, or a command about one, ends."""
    return _table(every_error())


def errors_of_mails() -> str:
    """The further errors for which an inbound mail comes again, or becomes a dead letter."""
    for module in pkgutil.iter_modules(workflows.mail.__path__):
        importlib.import_module(f"workflows.mail.{module.name}")
    known = {VendingError, PassingError, *every_error()}
    found = sorted(set(_subclasses(VendingError)) - known, key=lambda kind: kind.__name__)
    return _table(found).replace(PassingError.remedy, "Nothing to do: the queue brings the mail again.")


def reasons() -> str:
    """Every FailureReason of a creation."""
    rows = [
        f"| `{reason}` | {told.meaning} | {_by_itself(reason)}{told.remedy} |"
        for reason, told in FAILURE_REASONS.items()
    ]
    return "\n".join(["| reason | meaning | what to do |", "|---|---|---|", *rows])


TABLES = {"errors of vends": errors_of_vends, "reasons": reasons, "errors of mails": errors_of_mails}


def written(page: str) -> str:
    """The page with every table between its two markers made anew."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: make errors -->", f"<!-- end of {name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise SystemExit(f"docs/operate.md has lost its markers: {begin} … {end}")
        page = f"{before}{begin}\n{table()}\n{end}{after}"
    return page


def _table(kinds: list[type[VendingError]]) -> str:
    rows = [
        f"| `{kind.__name__}` | {kind.meaning} | {kind.remedy or 'See the reasons below.'} "
        f"| {'yes' if kind.transient else ''} |"
        for kind in kinds
    ]
    return "\n".join(["| error | meaning | what to do | passes by itself |", "|---|---|---|---|", *rows])


def _by_itself(reason: str) -> str:
    return "Asked for again by itself, five times. Then: " if reason in ASK_AGAIN else ""


def _subclasses(kind: type[VendingError]) -> Iterator[type[VendingError]]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


def main(arguments: list[str]) -> int:
    """Write the page, or with --check only say whether it is out of date."""
    page = PAGE.read_text("utf-8")
    anew = written(page)
    if anew == page:
        return 0
    if "--check" in arguments:
        sys.stdout.write("docs/operate.md is out of date: run make errors\n")
        return 1
    PAGE.write_text(anew, "utf-8")
    sys.stdout.write("docs/operate.md written anew\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
