"""An operator sees that a request waits for others, and which."""

from __future__ import annotations

import pytest

SLOTS = range(1, 6)
FAR_AHEAD = "2099-01-01T00:00:00.000000Z"


@pytest.fixture
def all_slots_held(aws):
    """Five other creations that go on for ever; free again afterwards."""
    client, table = aws.client("dynamodb"), aws.outputs["TableName"]
    for number in SLOTS:
        lease = {"holder": {"S": f"other-{number}@aws.example.com"}, "expires": {"S": FAR_AHEAD}}
        client.put_item(TableName=table, Item={"pk": {"S": "SLOTS"}, "sk": {"S": str(number)}, **lease})
    yield lambda: _free(client, table)
    _free(client, table)


def _free(client, table):
    for number in SLOTS:
        client.delete_item(TableName=table, Key={"pk": {"S": "SLOTS"}, "sk": {"S": str(number)}})


def test_status_tells_that_a_request_waits_for_a_slot(vend, aws, unique, all_slots_held):
    vend.json("request", vend.request(), "--id", unique)
    waits_for = aws.eventually(lambda: vend.json("status", unique)["waitsFor"])
    assert waits_for["reason"] == "OrganizationsBusy"
    assert waits_for["message"].startswith("5 accounts are being created already, as many as AWS allows")
    aws.eventually(lambda: "as many as AWS allows" in vend("status", unique).stdout)  # and not just trying
    all_slots_held()
    assert vend.json("watch", unique)["status"] == "SUCCEEDED"
