"""`vend registry copy`: what the registry lacks comes back as it was, and what it has stays."""

from __future__ import annotations

import pytest

KEYS = ("pk", "sk")


@pytest.fixture
def backup(aws, unique):
    """Another table with the same keys, as a restore makes one."""
    return a_table(aws, f"backup-{unique}", KEYS)


def a_table(aws, name, keys):
    aws.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def lost(aws, vend, backup, unique):
    """An account whose items are in the backup only; gives its address."""
    vended = aws.vend({"owner": {"email": "team@example.com"}, "account": {"name": f"lost-{unique}"}})
    table, items = aws.client("dynamodb"), []
    for page in table.get_paginator("scan").paginate(TableName=aws.outputs["TableName"]):
        items += [one for one in page["Items"] if unique in str(one)]
    for item in items:
        table.put_item(TableName=backup, Item=item)
        table.delete_item(TableName=aws.outputs["TableName"], Key={key: item[key] for key in KEYS})
    address = vended.output["account"]["address"]
    assert vend("show", address).exit_code == 1
    return address


def put(aws, table, pk, sk="STATE", **attributes):
    values = {"pk": pk, "sk": sk, **attributes}
    aws.client("dynamodb").put_item(
        TableName=table, Item={name: {"S": value} for name, value in values.items()}
    )


def by_kind(document):
    return {one.pop("kind"): {name: n for name, n in one.items() if n} for one in document["kinds"]}


def test_a_dry_run_counts_what_is_missing_and_writes_nothing(aws, vend, backup, lost):
    document = vend.json("registry", "copy", "--from", backup, "--dry-run")
    assert (document["from"], document["to"]) == (backup, aws.outputs["TableName"])
    kinds = by_kind(document)
    assert kinds["address"] == kinds["request"] == kinds["name"] == kinds["account"] == {"toCopy": 1}
    assert kinds["history"]["toCopy"] >= 1
    assert vend("show", lost).exit_code == 1


def test_a_lost_account_is_as_it_was_and_a_second_copy_finds_all_there(aws, vend, backup, lost):
    shown = vend("registry", "copy", "--from", backup)
    assert shown.exit_code == 0, shown.output
    assert "items read" in shown.stderr
    assert "Copied" in shown.stdout
    there = {"TableName": backup, "Key": {"pk": {"S": f"ADDRESS#{lost}"}, "sk": {"S": "STATE"}}}
    table = aws.client("dynamodb")
    kept, back = (table.get_item(**{**there, "TableName": one}) for one in (backup, aws.outputs["TableName"]))
    assert back["Item"] == kept["Item"]
    assert vend.json("show", lost)["history"]
    again = by_kind(vend.json("registry", "copy", "--from", backup))
    assert all(set(outcomes) == {"there"} for outcomes in again.values())


def test_what_belongs_to_the_other_deployment_is_left_out(aws, vend, backup, unique):
    put(aws, backup, "SLOTS", f"old-{unique}", execution="arn:old")
    put(aws, backup, f"RULE_SET#old-{unique}", before="theirs")
    assert by_kind(vend.json("registry", "copy", "--from", backup)) == {
        "rule_set": {"leftOut": 1},
        "slots": {"leftOut": 1},
    }
    assert aws.item("SLOTS", f"old-{unique}") is None
    assert aws.item(f"RULE_SET#old-{unique}") is None


def test_an_item_that_differs_stays_and_is_named(aws, vend, backup, unique):
    put(aws, backup, f"COUNTER#{unique}", count="4")
    put(aws, aws.outputs["TableName"], f"COUNTER#{unique}", count="7")
    document = vend.json("registry", "copy", "--from", backup, exit_code=1)
    assert document["different"] == [{"pk": f"COUNTER#{unique}", "sk": "STATE"}]
    assert aws.item(f"COUNTER#{unique}")["count"] == "7"
    shown = vend("registry", "copy", "--from", backup)
    assert shown.exit_code == 1
    assert f"Different: COUNTER#{unique}  STATE" in shown.stderr
    assert "1 item could not be copied" in shown.stderr


def test_after_a_refusal_the_same_command_does_the_rest(aws, vend, backup, lost):
    refused = {"service": "dynamodb", "operation": "PutItem", "when": "before"}
    with aws.fault(**refused, error="AccessDeniedException", match="HISTORY#", times=50):
        document = vend.json("registry", "copy", "--from", backup, exit_code=1)
    assert document["to"] == aws.outputs["TableName"]
    shown = vend("registry", "copy", "--from", backup)
    assert shown.exit_code == 0, shown.output
    assert vend.json("show", lost)["history"]


@pytest.mark.parametrize("own", [True, False])
def test_a_table_that_cannot_be_meant_is_refused_in_a_sentence(aws, vend, own, unique):
    name = aws.outputs["TableName"] if own else f"no-table-{unique}"
    shown = vend("registry", "copy", "--from", name)
    assert shown.exit_code == (2 if own else 1)
    assert ("is the table of this stack" if own else f"There is no table {name}") in shown.stderr


def test_a_table_of_something_else_is_refused(aws, vend, unique):
    other = a_table(aws, f"other-{unique}", ("id",))
    aws.client("dynamodb").put_item(TableName=other, Item={"id": {"S": "1"}})
    shown = vend("registry", "copy", "--from", other)
    assert shown.exit_code == 1
    assert f"{other} is no registry" in shown.stderr


def test_an_empty_table_is_said_to_be_empty(vend, backup):
    shown = vend("registry", "copy", "--from", backup)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert f"{backup} is empty." in shown.stderr
