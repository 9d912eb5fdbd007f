"""The DynamoDB calls of this product: consistent reads, conditional writes, errors with a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from workflows.vending.errors import RegistryBusy, RegistryRefused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
Key = tuple[str, str]

_PASSING = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_SERVER_ERROR = 500
_LONGEST_PARTITION_KEY = 2048
"""Bytes (DynamoDB developer guide, "Quotas")."""


class ConditionFailed(Exception):
    """A write found the table other than it required; nothing was written.

    Attributes:
        failed: positions, among the writes given, of those whose condition did not hold.
    """

    def __init__(self, failed: Sequence[int]) -> None:
        self.failed = tuple(failed)
        super().__init__(f"the condition of write {', '.join(map(str, failed))} did not hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Writes a whole item. In `condition`, `#name` is an attribute and `:name` one of `values`."""

    item: Item
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Sets, adds to and removes attributes of one item."""

    key: Key
    assign: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: Sequence[str] = ()
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Removes one item."""

    key: Key
    condition: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


Write = Put | Update | Delete


class Table:
    """One DynamoDB table with the string keys `pk` and `sk`.

    Every method raises `RegistryBusy` for what passes by itself and `RegistryRefused` for what does not.
    """

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: Key) -> Item | None:
        """One item, strongly consistent, or None; a stranger's text that cannot be a key has none."""
        if not _can_be(key):
            return None
        answer = self._call("get_item", Key=_marshal(_key(key)), ConsistentRead=True)
        return _unmarshal(answer["Item"]) if "Item" in answer else None

    def query(self, pk: str, *, prefix: str = "") -> Iterator[Item]:
        """All items of one partition in the order of their sort key, strongly consistent."""
        expression = "pk = :pk" + (" AND begins_with(sk, :prefix)" if prefix else "")
        values = {":pk": pk, **({":prefix": prefix} if prefix else {})}
        yield from self._pages(
            "query",
            KeyConditionExpression=expression,
            ExpressionAttributeValues=_marshal(values),
            ConsistentRead=True,
        )

    def scan(self, *, pk_prefix: str, sk: str) -> Iterator[Item]:
        """All items whose partition key starts so and whose sort key is this; reads the whole table."""
        yield from self._pages(
            "scan",
            FilterExpression="begins_with(pk, :pk) AND sk = :sk",
            ExpressionAttributeValues=_marshal({":pk": pk_prefix, ":sk": sk}),
        )

    def scan_where(self, *, sk_prefix: str, attribute: str, value: Any) -> Iterator[Item]:
        """All items whose sort key starts so and whose attribute has this value; reads the whole table."""
        yield from self._pages(
            "scan",
            FilterExpression="begins_with(sk, :sk) AND #attribute = :value",
            ExpressionAttributeNames={"#attribute": attribute},
            ExpressionAttributeValues=_marshal({":sk": sk_prefix, ":value": value}),
        )

    def add(self, key: Key, attribute: str, amount: int, **assign: Any) -> int:
        """Add to a number and return the sum; an absent one counts as 0.

        Args:
            key: the item.
            attribute: the number.
            amount: what is added.
            assign: attributes to set along the way.
        """
        update = Update(key=key, add={attribute: amount}, assign=assign)
        request = {**_request(update), "ReturnValues": "UPDATED_NEW"}
        return int(_unmarshal(self._call("update_item", **request)["Attributes"])[attribute])

    def write(self, *writes: Write) -> None:
        """Do all writes, or none.

        Raises:
            ConditionFailed: a condition did not hold. boto3 repeats a call whose answer was lost, so what the
                condition met may be our own first call: look whether the item is as wanted already.
        """
        if len(writes) == 1:
            self._call(f"{type(writes[0]).__name__.lower()}_item", **_request(writes[0]))
        else:
            items = [{type(write).__name__: {"TableName": self._name, **_request(write)}} for write in writes]
            self._call("transact_write_items", TransactItems=items)

    def _pages(self, operation: str, **request: Any) -> Iterator[Item]:
        while True:
            page = self._call(operation, **request)
            yield from map(_unmarshal, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _call(self, operation: str, **request: Any) -> Any:
        if operation != "transact_write_items":
            request["TableName"] = self._name
        try:
            return getattr(self._client, operation)(**request)
        except ClientError as error:
            raise _named(error, operation) from error
        except BotoCoreError as error:
            raise RegistryBusy(f"The registry did not answer {operation}: {error}.") from error


def _named(error: ClientError, operation: str) -> Exception:
    code = error.response["Error"]["Code"]
    message = error.response["Error"].get("Message", "")
    if code == "ConditionalCheckFailedException":
        return ConditionFailed([0])
    if code == "TransactionCanceledException":
        reasons = [one.get("Code") for one in error.response.get("CancellationReasons", [])]
        failed = [index for index, reason in enumerate(reasons) if reason == "ConditionalCheckFailed"]
        passing = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
        if failed and not passing & set(reasons):
            return ConditionFailed(failed)
        if passing & set(reasons) or not reasons:
            return RegistryBusy(f"Another execution was writing the same items of the registry: {message}")
    if code in _PASSING or error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
        return RegistryBusy(f"The registry did not take {operation}: {code}: {message}")
    return RegistryRefused(f"The registry refused {operation}: {code}: {message}.")


def _request(write: Write) -> dict[str, Any]:
    """The parameters that PutItem, UpdateItem, DeleteItem and TransactWriteItems share."""
    request: dict[str, Any] = {}
    values = {f":{name}": value for name, value in write.values.items()}
    expression = ""
    if isinstance(write, Put):
        request["Item"] = _marshal(write.item)
    else:
        request["Key"] = _marshal(_key(write.key))
    if isinstance(write, Update):
        expression = _update_expression(write)
        request["UpdateExpression"] = expression
        values |= {f":set_{name}": value for name, value in write.assign.items()}
        values |= {f":add_{name}": value for name, value in write.add.items()}
    if write.condition:
        request["ConditionExpression"] = write.condition
    if names := set(re.findall(r"#(\w+)", expression + " " + write.condition)):
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in sorted(names)}
    if values:
        request["ExpressionAttributeValues"] = _marshal(values)
    return request


def _update_expression(update: Update) -> str:
    clauses = {
        "SET": [f"#{name} = :set_{name}" for name in update.assign],
        "ADD": [f"#{name} :add_{name}" for name in update.add],
        "REMOVE": [f"#{name}" for name in update.remove],
    }
    return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)


def _can_be(key: Key) -> bool:
    try:
        return len(key[0].encode()) <= _LONGEST_PARTITION_KEY
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _key(key: Key) -> Item:
    return {"pk": key[0], "sk": key[1]}


def _marshal(values: Mapping[str, Any]) -> dict[str, Any]:
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items()}


def _unmarshal(attributes: Mapping[str, Any]) -> Item:
    deserialize = TypeDeserializer().deserialize
    return {name: _plain(deserialize(value)) for name, value in attributes.items()}


def _plain(value: Any) -> Any:
    """Numbers as int (this product stores no others), containers all the way down."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value
