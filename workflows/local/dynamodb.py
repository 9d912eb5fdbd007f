"""DynamoDB transactions: safe beside other writers, quick at any size, repeatable with their token."""

from __future__ import annotations

import json
import threading
import time
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any

from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from workflows.local import seams
from workflows.local.record import readable
from workflows.local.wire import Answer, Refusal, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workflows.local.calls import Call

_TOKEN_SECONDS = 600.0
_HAPPENED = 200
_INDEX_NAME = 6
"""Where moto gives the name of an index, behind the hash key."""
_inside = threading.local()


class Transactions:
    """TransactWriteItems with ClientRequestToken: the same request again within ten minutes changes nothing.

    Runs under the front door's lock for DynamoDB.

    Args:
        carry_out: hands a call to moto.
        now: a clock in seconds.
    """

    def __init__(
        self, carry_out: Callable[[Call], Answer], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._carry_out = carry_out
        self._now = now
        self._done: dict[str, tuple[float, str]] = {}

    def write(self, call: Call) -> Answer:
        """TransactWriteItems."""
        token = call.request.get("ClientRequestToken")
        if token is None:
            return self._carry_out(call)
        self._forget_old()
        content = json.dumps(readable(call.request), sort_keys=True)
        if token in self._done:
            if self._done[token][1] != content:
                message = "The request uses the same client token as a previous, but non-identical request."
                raise Refusal("IdempotentParameterMismatchException", message)
            return answer(call, {})
        answered = self._carry_out(call)
        if answered.status == _HAPPENED:
            self._done[token] = (self._now(), content)
        return answered

    def _forget_old(self) -> None:
        oldest = self._now() - _TOKEN_SECONDS
        for token, (when, _) in list(self._done.items()):
            if when >= oldest:
                break
            del self._done[token]


def make_transactions_safe() -> None:
    """Replace moto's way of undoing a refused transaction.

    moto copies every table it touches (0.6 s at 4,000 items) and puts the copy back over whatever others
    wrote meanwhile. Here only the touched items are remembered and put back; tables are not copied at all.
    """
    write = seams.original(models.DynamoDBBackend, "transact_write_items")
    seams.replace(models.DynamoDBBackend, "transact_write_items", _undoing_items_only(write))
    table: Any = Table
    table.__deepcopy__ = _table_copy


def make_queries_quick() -> None:
    """Let a query of a table look at its own partition; moto sorts all items of the table first."""
    query = seams.original(Table, "query")

    def query_partition(self: Any, hash_key: Any, *rest: Any, **named: Any) -> Any:
        index_name = named.get("index_name") or rest[_INDEX_NAME]
        if index_name:
            return query(self, hash_key, *rest, **named)
        partition = copy(self)
        partition.items = {hash_key: self.items[hash_key]} if hash_key in self.items else {}
        return query(partition, hash_key, *rest, **named)

    seams.replace(Table, "query", query_partition)


def keep_no_copies() -> None:
    """Let go of what was answered: for a page that shows them, moto keeps all items and tables ever made.

    A scan copies all items. Hours of scans took gigabytes, and minutes to stop.
    """
    for kind in (Item, Table):
        seams.replace(kind, "__new__", staticmethod(_untracked))


def _untracked(kind: type[Any], *_: object, **__: object) -> Any:
    return object.__new__(kind)


def _undoing_items_only(write: Callable[..., None]) -> Callable[..., None]:
    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        before = [_Remembered(self, operation) for operation in map(_operation, transact_items)]
        _inside.transaction = True
        try:
            write(self, transact_items)
        except BaseException:
            for remembered in reversed(before):
                remembered.put_back()
            raise
        finally:
            _inside.transaction = False

    return transact_write_items


def _operation(transact_item: Mapping[str, Any]) -> dict[str, Any]:
    return next(iter(transact_item.values()), {})


def _table_copy(table: Any, memo: dict[int, Any]) -> Any:
    """Inside a transaction the table itself, which moto only wants to put back; else a real copy."""
    if getattr(_inside, "transaction", False):
        return table
    copied = object.__new__(type(table))
    memo[id(table)] = copied
    copied.__dict__.update({name: deepcopy(value, memo) for name, value in table.__dict__.items()})
    return copied


class _Remembered:
    """One item as it was before a transaction; an operation that names no item of ours remembers nothing."""

    def __init__(self, backend: Any, operation: Mapping[str, Any]) -> None:
        self._place = _place(backend, operation)
        self._item: Any = None
        if self._place is not None:
            items, key = self._place
            self._item = deepcopy(items.get(key))

    def put_back(self) -> None:
        if self._place is None:
            return
        items, key = self._place
        if self._item is None:
            items.pop(key, None)
        else:
            items[key] = self._item


def _place(backend: Any, operation: Mapping[str, Any]) -> tuple[dict[Any, Any], DynamoType] | None:
    """The dict of moto's that holds the item, and the item's key in it."""
    table = backend.tables.get(str(operation.get("TableName")).rpartition("/")[2])
    if table is None:
        return None
    attributes = operation.get("Key") or operation.get("Item") or {}
    if (
        table.hash_key_attr not in attributes
        or (table.range_key_attr or table.hash_key_attr) not in attributes
    ):
        return None
    hash_key = DynamoType(attributes[table.hash_key_attr])
    if table.range_key_attr is None:
        return table.items, hash_key
    return table.items[hash_key], DynamoType(attributes[table.range_key_attr])
