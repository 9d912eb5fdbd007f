"""Files of accounts: a CSV row for each, read leniently, with what is wrong with each row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workflows.operate.problems import AccountsUnreadable
from workflows.vending.owners import MAX_OWNERS, addresses_in, owner_problem
from workflows.vending.settings import Settings

_COLUMNS = {
    "account": ("accountid", "account", "id"),
    "owner": ("owner", "owners", "owneremail", "owneraddress"),
    "name": ("ownername", "name"),
}
"""What each column may be called, but for capitals, spaces, dashes and underscores; the first one counts."""
_NEEDED = ("account", "owner")
_DIGITS = 12
_SEPARATORS = ",;\t"
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One account that is to be imported."""

    line: int | None
    """Where it stands in its file."""
    account_id: str
    owner_emails: tuple[str, ...] = ()
    owner_name: str = ""
    problem: str = ""
    """Why it cannot be imported as it stands; empty if it can."""
    duplicate: bool = False
    """Said before, in the same words: nothing is wrong, and nothing is left to do."""


def read_rows(source: str, settings: Settings) -> list[Row]:
    """Read a CSV file: a heading, then a row for each account; a byte order mark and any line ends are fine.

    Args:
        source: path of the file.
        settings: which owners are allowed.

    Raises:
        AccountsUnreadable: it cannot be read, or has no column for the account id or the owner.
    """
    lines = csv.reader(io.StringIO(text := _text(source), newline=""), delimiter=_separator(text))
    try:
        heading = next((cells for cells in lines if any(cell.strip() for cell in cells)), [])
        columns = _columns(heading, source)
        found = [
            _row(lines.line_num, cells, columns, settings)
            for cells in lines
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise AccountsUnreadable(f"{source}: line {lines.line_num} is not CSV: {error}.") from error
    return list(_without_repeats(found))


def _text(source: str) -> str:
    try:
        return Path(source).read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise AccountsUnreadable(
            f"{source}: there is no such file; --from organization imports all accounts of the organization."
        ) from error
    except OSError as error:
        raise AccountsUnreadable(f"{source}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise AccountsUnreadable(f"{source}: is not UTF-8 text (byte {error.start}).") from error


def _separator(text: str) -> str:
    """The sign that stands most often in the first line; spreadsheets use others than the comma, too."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=first.count)


def _columns(heading: Sequence[str], source: str) -> dict[str, int]:
    names = [re.sub(r"[\s_-]", "", cell).lower() for cell in heading]
    columns = {}
    for column, called in _COLUMNS.items():
        if known := next((one for one in called if one in names), None):
            columns[column] = names.index(known)
    missing = [column for column in _NEEDED if column not in columns]
    if missing:
        wanted = " and ".join({"account": "account id", "owner": "owner"}[one] for one in missing)
        has = ", ".join(cell.strip() for cell in heading if cell.strip()) or "nothing"
        raise AccountsUnreadable(f"{source}: the first line has no column for {wanted}; it has: {has}.")
    return columns


def _row(line: int, cells: Sequence[str], columns: dict[str, int], settings: Settings) -> Row:
    def cell(column: str) -> str:
        index = columns.get(column, len(cells))
        return cells[index].strip() if index < len(cells) else ""

    account_id = re.sub(r"[\s='\"-]", "", cell("account"))
    owners = tuple(addresses_in(cell("owner")))
    name = cell("name")
    row = Row(line, account_id or cell("account"), owners, name)
    problems = [*_account_problems(account_id), *_owner_problems(owners, settings)]
    if len(name) > _LONGEST_NAME or not name.isprintable():
        problems.append("the name is too long or cannot be printed")
    return replace(row, problem="; ".join(problems))


def _account_problems(account_id: str) -> Iterator[str]:
    if not account_id:
        yield "has no account id"
    elif not re.fullmatch(r"[0-9]+", account_id):
        yield f"the account id {account_id[:40]!r} is not a number of {_DIGITS} digits"
    elif len(account_id) != _DIGITS:
        lost = "; a spreadsheet may have dropped its leading zeros" if len(account_id) < _DIGITS else ""
        yield f"the account id has {len(account_id)} digits instead of {_DIGITS}{lost}"


def _owner_problems(owners: Sequence[str], settings: Settings) -> Iterator[str]:
    if not owners:
        yield "has no owner"
    if len(owners) > MAX_OWNERS:
        yield f"has {len(owners)} owners, at most {MAX_OWNERS} are allowed"
    for owner in owners:
        problem = owner_problem(owner, receiving_domain=settings.domain, owner_domains=settings.owner_domains)
        if problem:
            yield f"the owner {owner[:60]!r} {problem}"


def _without_repeats(rows: Iterable[Row]) -> Iterator[Row]:
    """The first good row of an account counts."""
    first: dict[str, Row] = {}
    for row in rows:
        if row.problem:
            yield row
            continue
        earlier = first.setdefault(row.account_id, row)
        if earlier is row:
            yield row
        elif _same(earlier, row):
            yield replace(row, duplicate=True, problem=f"is the same as line {earlier.line}")
        else:
            yield replace(row, problem=f"line {earlier.line} names another owner, and counts")


def _same(one: Row, other: Row) -> bool:
    return ({*map(str.lower, one.owner_emails)}, one.owner_name) == (
        {*map(str.lower, other.owner_emails)},
        other.owner_name,
    )
