"""`vend import`: every account gets its answer, the good ones are registered, and again changes nothing."""

from __future__ import annotations

import pytest
from organizations_for_tests import an_account_made_elsewhere

STRANGER = "999999999999"


def by_account(rows):
    return {row["accountId"]: row for row in rows}


@pytest.fixture
def accounts(aws, unique):
    """Three accounts made elsewhere."""
    return [an_account_made_elsewhere(aws, f"{name}-{unique}") for name in ("one", "two", "three")]


def a_table(vend, *rows):
    return vend.file("accounts.csv", "\n".join(["account id,owner,name", *rows]) + "\n")


def test_a_dry_run_shows_every_row_and_starts_nothing(vend, aws, unique, accounts):
    aws.client("organizations").close_account(AccountId=accounts[2])
    table = a_table(
        vend, f"{accounts[0]},a@example.com,", f"{STRANGER},b@example.com,", f"{accounts[2]},c@example.com,"
    )
    shown = vend("import", "--from", table, "--dry-run")
    assert shown.exit_code == 1
    for told in (accounts[0], f"one-{unique}", "TO_ADOPT", "no account of this organization", "CLOSED"):
        assert told in shown.stdout
    assert "Nothing was started." in shown.stderr
    assert aws.item(f"ACCOUNT#{accounts[0]}") is None
    assert aws.executions("import-" + accounts[0]) == []


def test_good_rows_are_adopted_and_bad_ones_say_why(vend, aws, unique, accounts):
    first, second, closed = accounts
    aws.client("organizations").close_account(AccountId=closed)
    vend.json("import", "--from", a_table(vend, f"{second},old@example.com,"))
    table = a_table(
        vend,
        f"{first},team-{unique}@example.com,Payments team",
        f"{first},team-{unique}@example.com,Payments team",
        f"{second},new@example.com,",
        f"{closed},c@example.com,",
        f"{STRANGER},b@example.com,",
        f"{STRANGER[:-1]},b@example.com,",
        "",
    )
    rows = vend.json("import", "--from", table, exit_code=1)
    assert [(row["line"], row["status"]) for row in rows] == [
        (2, "ADOPTED"),
        (3, "DUPLICATE"),
        (4, "REGISTERED"),
        (5, "CLOSED"),
        (6, "REFUSED"),
        (7, "REFUSED"),
    ]
    assert all(row["reason"] for row in rows)
    assert "vend transfer" in rows[2]["reason"]
    item = aws.item(f"ADDRESS#one-{unique}@aws.example.com")
    assert (item["ownerEmails"], item["ownerName"]) == ([f"team-{unique}@example.com"], "Payments team")
    assert (item["status"], item["origin"]) == ("ACTIVE", "import")
    assert aws.item(f"ADDRESS#two-{unique}@aws.example.com")["ownerEmails"] == ["old@example.com"]
    assert len(aws.mails(to=f"team-{unique}@example.com")) == 1


def test_a_second_import_changes_nothing(vend, aws, unique, accounts):
    table = a_table(vend, *(f"{one},team-{unique}@example.com," for one in accounts))
    assert {row["status"] for row in vend.json("import", "--from", table)} == {"ADOPTED"}
    started = len(aws.executions("import-"))
    assert {row["status"] for row in vend.json("import", "--from", table)} == {"REGISTERED"}
    assert len(aws.executions("import-")) == started
    assert len(aws.mails(to=f"team-{unique}@example.com")) == 3


def test_what_failed_is_said_with_its_remedy_and_the_rest_goes_on(vend, aws, unique, accounts):
    table = a_table(vend, *(f"{one},team-{unique}@example.com," for one in accounts[:2]))
    with aws.fault(
        service="organizations",
        operation="DescribeAccount",
        when="before",
        error="AccessDeniedException",
        match=accounts[0],
    ):
        rows = by_account(vend.json("import", "--from", table, exit_code=1))
    assert rows[accounts[0]]["status"] == "FAILED"
    assert "OrganizationsAccessDenied" in rows[accounts[0]]["reason"]
    assert rows[accounts[1]]["status"] == "ADOPTED"
    again = by_account(vend.json("import", "--from", table, exit_code=1))
    assert "vend redrive import-" in again[accounts[0]]["reason"]
    assert again[accounts[1]]["status"] == "REGISTERED"
    assert vend("redrive", f"import-{accounts[0]}", "--watch").exit_code == 0
    assert vend("import", "--from", table).exit_code == 0


def test_an_operator_who_may_not_list_accounts_still_imports_a_file(vend, aws, unique, accounts):
    table = a_table(vend, f"{accounts[0]},team-{unique}@example.com,", f"{STRANGER},b@example.com,")
    with aws.fault(
        service="organizations", operation="ListAccounts", when="before", error="AccessDeniedException"
    ):
        result = vend("import", "--from", table)
    assert result.exit_code == 1
    assert "Not checked beforehand" in result.stderr
    assert "ADOPTED" in result.stdout
    assert "AccountNotFound" in result.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [("owner\na@example.com\n", "no column for account id"), ("", "it has: nothing")],
)
def test_a_file_that_is_no_table_is_one_sentence(vend, text, words):
    refused = vend("import", "--from", vend.file("accounts.csv", text))
    assert refused.exit_code == 1
    assert words in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_two_thousand_rows_are_answered(vend, unique, accounts):
    wrong = [f"{number:012},team@example.com," for number in range(999_000_000_000, 999_000_001_997)]
    good = [f"{one},team-{unique}@example.com," for one in accounts]
    rows = vend.json("import", "--from", a_table(vend, *wrong[:1000], *good, *wrong[1000:]), exit_code=1)
    assert len(rows) == 2000
    assert {row["accountId"] for row in rows if row["status"] == "ADOPTED"} == set(accounts)
    assert sum(row["status"] == "REFUSED" for row in rows) == 1997
