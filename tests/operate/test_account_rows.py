"""Files of accounts are read whatever wrote them, and every row that is wrong says why."""

from __future__ import annotations

import pytest

from workflows.operate.account_rows import Row, read_rows
from workflows.operate.problems import AccountsUnreadable
from workflows.vending.settings import Settings

SETTINGS = Settings(
    table_name="table",
    domain="aws.example.com",
    forward_from="forwarder@aws.example.com",
    administrator="cloud-team@example.com",
)
ID = "111122223333"


@pytest.fixture
def read(tmp_path):
    """Reads the rows of a text."""

    def rows(text):
        path = tmp_path / "accounts.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_rows(str(path), SETTINGS)

    return rows


@pytest.mark.parametrize(
    "text",
    [
        f"account id,owner,name\n{ID},a@example.com,Payments\n",
        f"\ufeffaccount id,owner,name\r\n{ID},a@example.com,Payments\r\n",
        f"Account_ID;Owner;Owner Name\n{ID};a@example.com;Payments\n",
        f"accountId\towner\tname\n{ID}\ta@example.com\tPayments",
        f'"name","owner","id","more"\n"Payments","a@example.com","{ID}","x, y"\n',
        f"\n\nowner,more,account,name\n\n a@example.com ,,'{ID}, Payments \n,,,\n",
        "account id,owner,name\n1111-2222-3333,a@example.com,Payments\n",
    ],
    ids=["plain", "bom and crlf", "semicolons", "tabs", "quotes", "blank lines", "dashes"],
)
def test_the_same_account_is_read_from_any_kind_of_file(read, text):
    [row] = read(text)
    assert (row.account_id, row.owner_emails, row.owner_name) == (ID, ("a@example.com",), "Payments")
    assert row.problem == ""


def test_quotes_hold_line_breaks_commas_and_quotes(read):
    [first, second] = read(
        f'account id,owner,name\n{ID},"a@example.com, b@example.com","The ""A"" team"\n'
        '"444455556666","c@example.com","C"\n'
    )
    assert first.owner_emails == ("a@example.com", "b@example.com")
    assert first.owner_name == 'The "A" team'
    assert (second.line, second.account_id) == (3, "444455556666")


def test_a_file_without_names_needs_none(read):
    assert read(f"owner,account id\na@example.com,{ID}") == [Row(2, ID, ("a@example.com",))]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",a@example.com", "has no account id"),
        (f"{ID}", "has no owner"),
        (f"{ID},", "has no owner"),
        ("11112222333,a@example.com", "leading zeros"),
        ("1111222233334,a@example.com", "13 digits instead of 12"),
        ("1.11122E+11,a@example.com", "is not a number"),
        (f"{ID},nobody", "must be a mail address"),
        (f"{ID},x@aws.example.com", "for ever"),
        (f"{ID},a@example.com,{'x' * 101}", "the name is too long"),
        ("x,y", "must be a mail address"),
    ],
)
def test_a_wrong_row_says_why_and_the_next_one_is_read(read, row, problem):
    wrong, right = read(f"account id,owner,name\n{row}\n444455556666,b@example.com,\n")
    assert problem in wrong.problem
    assert right.problem == ""


def test_of_rows_about_one_account_the_first_good_one_counts(read):
    rows = read(
        f"account id,owner\n{ID},nobody\n{ID},a@example.com\n{ID},A@example.com\n{ID},b@example.com\n"
    )
    assert [bool(row.problem) for row in rows] == [True, False, True, True]
    assert [row.duplicate for row in rows] == [False, False, True, False]
    assert "same as line 3" in rows[2].problem
    assert "another owner" in rows[3].problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no column for account id and owner; it has: nothing"),
        ("a,b\n1,2\n", "it has: a, b"),
        ("account id,name\n", "no column for owner"),
        ("owner\na@example.com\n", "no column for account id"),
        (b"account id,owner\n\xff\n", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_accounts_is_refused(read, text, problem):
    with pytest.raises(AccountsUnreadable, match=problem):
        read(text)


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(AccountsUnreadable, match="no such file"):
        read_rows("nowhere.csv", SETTINGS)


def test_two_thousand_rows_are_read(read):
    rows = read("account id,owner\n" + "".join(f"{n:012},t{n}@example.com\n" for n in range(2000)))
    assert len(rows) == 2000
    assert not any(row.problem for row in rows)
