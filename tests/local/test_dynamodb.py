"""DynamoDB's transactions lose nothing and let nobody win twice, however many write at once."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import Item

WRITERS = 6


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "STATE"}}


def put(name: str, *, new: bool = True, **attributes: str) -> dict[str, Any]:
    item = key(name) | {attribute: {"S": value} for attribute, value in attributes.items()}
    condition = {"ConditionExpression": "attribute_not_exists(pk)"} if new else {}
    return {"Put": {"TableName": "registry", "Item": item, **condition}}


def names(client: Any) -> set[str]:
    pages = client.get_paginator("scan").paginate(TableName="registry", ConsistentRead=True)
    return {item["pk"]["S"] for page in pages for item in page["Items"]}


@pytest.mark.usefixtures("interleaved")
def test_six_writers_never_win_one_key_twice_and_no_other_put_is_lost(table: Any) -> None:
    client, _ = table
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> list[int]:
        start.wait()
        won = []
        for number in range(20):
            client.put_item(TableName="registry", Item=key(f"other-{writer}-{number}"))
            try:
                client.transact_write_items(
                    TransactItems=[put(f"mine-{writer}-{number}"), put(f"key-{number}")]
                )
                won.append(number)
            except ClientError as error:
                reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
                assert reasons == ["None", "ConditionalCheckFailed"]
        return won

    with ThreadPoolExecutor(WRITERS) as pool:
        wins = list(pool.map(write, range(WRITERS)))
    assert sorted(number for won in wins for number in won) == list(range(20))
    winners = {f"mine-{writer}-{number}" for writer, won in enumerate(wins) for number in won}
    others = {f"other-{writer}-{number}" for writer in range(WRITERS) for number in range(20)}
    assert names(client) == winners | others | {f"key-{number}" for number in range(20)}


def test_a_refused_transaction_leaves_every_item_as_it_was(table: Any, refused: Any) -> None:
    client, _ = table
    client.transact_write_items(
        TransactItems=[put("updated", v="1"), put("deleted", v="1"), put("replaced", v="1")]
    )
    before = client.scan(TableName="registry")["Items"]
    update = {
        "TableName": "registry",
        "Key": key("updated"),
        "UpdateExpression": "SET v = :v, w = :v",
        "ExpressionAttributeValues": {":v": {"S": "2"}},
    }
    response = refused(
        client.transact_write_items,
        TransactItems=[
            {"Update": update},
            {"Delete": {"TableName": "registry", "Key": key("deleted")}},
            put("replaced", new=False, v="2"),
            put("fresh"),
            {
                "ConditionCheck": {
                    "TableName": "registry",
                    "Key": key("absent"),
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
        ],
    )
    assert [reason["Code"] for reason in response["CancellationReasons"]] == ["None"] * 4 + [
        "ConditionalCheckFailed"
    ]
    assert client.scan(TableName="registry")["Items"] == before


def test_the_refusal_shows_the_item_that_was_in_the_way(table: Any, refused: Any) -> None:
    client, _ = table
    client.transact_write_items(TransactItems=[put("a", owner="first")])
    mine = put("a", owner="second")
    mine["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    response = refused(client.transact_write_items, TransactItems=[mine])
    assert response["CancellationReasons"][0]["Item"]["owner"] == {"S": "first"}


def test_a_transaction_repeated_with_its_token_happened_once_and_succeeds(table: Any) -> None:
    client, _ = table
    for _ in range(2):
        client.transact_write_items(TransactItems=[put("a")], ClientRequestToken="token")
    assert names(client) == {"a"}


def test_a_token_used_for_something_else_is_refused(table: Any, refused: Any) -> None:
    client, _ = table
    client.transact_write_items(TransactItems=[put("a")], ClientRequestToken="token")
    response = refused(client.transact_write_items, TransactItems=[put("b")], ClientRequestToken="token")
    assert response["Error"]["Code"] == "IdempotentParameterMismatchException"


def test_a_refused_transaction_may_be_tried_again_with_its_token(table: Any, refused: Any) -> None:
    client, _ = table
    client.put_item(TableName="registry", Item=key("a"))
    refused(client.transact_write_items, TransactItems=[put("a")], ClientRequestToken="token")
    client.delete_item(TableName="registry", Key=key("a"))
    client.transact_write_items(TransactItems=[put("a")], ClientRequestToken="token")


@pytest.mark.usefixtures("table")
def test_a_lost_answer_is_repeated_by_boto3_and_the_transaction_succeeds(aws: Any) -> None:
    aws.fault("dynamodb", "TransactWriteItems", "Timeout", when="after")
    patient = aws.client("dynamodb", retries={"mode": "standard", "total_max_attempts": 2})
    patient.transact_write_items(TransactItems=[put("a")])
    statuses = [
        call["status"] for call in aws.control("GET", "/_local/calls?operation=TransactWriteItems")[1]
    ]
    assert statuses == [None, 200]


def test_a_query_answers_from_its_partition_page_by_page_in_order(table: Any) -> None:
    client, _ = table
    for partition in ("a", "b"):
        for number in range(5):
            client.put_item(TableName="registry", Item={"pk": {"S": partition}, "sk": {"S": f"{number}"}})
    pages = client.get_paginator("query").paginate(
        TableName="registry",
        KeyConditionExpression="pk = :pk AND sk >= :from",
        ExpressionAttributeValues={":pk": {"S": "b"}, ":from": {"S": "1"}},
        ScanIndexForward=False,
        PaginationConfig={"PageSize": 3},
    )
    found = [[(one["pk"]["S"], one["sk"]["S"]) for one in page["Items"]] for page in pages]
    assert found == [[("b", "4"), ("b", "3"), ("b", "2")], [("b", "1")]]
    nobody = {":pk": {"S": "nobody"}}
    answer = client.query(
        TableName="registry", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=nobody
    )
    assert answer["Items"] == []


def test_what_was_answered_is_not_kept(table: Any) -> None:
    client, _ = table
    for number in range(10):
        client.put_item(TableName="registry", Item=key(f"item-{number}"))
    before = items_in_memory()
    for _ in range(3):
        assert len(names(client)) == 10
        client.query(
            TableName="registry",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "item-1"}},
        )
    assert items_in_memory() == before


def items_in_memory() -> int:
    gc.collect()
    return sum(isinstance(one, Item) for one in gc.get_objects())
