"""`vend address`: an address for an account that somebody else creates."""

from __future__ import annotations

import json


def test_an_address_is_printed_and_nothing_else(vend, aws, unique):
    shown = vend("address", vend.request("factory"))
    assert shown.exit_code == 0
    assert shown.stdout == f"factory-{unique}@aws.example.com\n"
    assert aws.item(f"ADDRESS#factory-{unique}@aws.example.com")["status"] == "RESERVED"
    assert aws.accounts(email=f"factory-{unique}@aws.example.com") == []


def test_the_document_of_an_address_has_no_account_id_yet(vend, unique):
    outcome = vend.json("address", vend.request("factory"), "--id", f"r-{unique}")
    assert (outcome["requestId"], outcome["status"]) == (f"r-{unique}", "SUCCEEDED")
    assert outcome["account"]["address"] == f"factory-{unique}@aws.example.com"
    assert outcome["account"]["id"] is None
    assert outcome["owner"] == {"email": ["team@example.com"], "name": "Payments team"}


def test_the_history_of_an_address_ends_where_the_address_is_reserved(vend):
    outcome = vend.json("address", vend.request("factory"))
    shown = vend("history", outcome["requestId"])
    assert "AddressReserved" in shown.stdout
    assert "running" not in shown.stdout
    assert "RESERVED" in vend("show", outcome["account"]["address"]).stdout


def test_the_same_file_is_answered_with_the_same_address(vend):
    request = vend.request("factory")
    assert vend.json("address", request)["account"] == vend.json("address", request)["account"]


def test_after_a_cancel_the_same_file_gets_another_address(vend, aws):
    request = vend.request("factory")
    first = vend.json("address", request)
    vend.json("cancel", first["requestId"])
    second = vend.json("address", request)
    assert second["account"]["address"] != first["account"]["address"]
    assert aws.item(f"ADDRESS#{second['account']['address']}")["status"] == "RESERVED"


def test_a_request_in_the_aws_patterns_shape_gets_an_address_and_no_account(vend, aws, unique):
    document = {"OwnerAddress": "team@example.com", "AccountName": f"pattern-{unique}"}
    shown = vend("address", vend.file("pattern.json", json.dumps(document)))
    assert shown.stdout == f"pattern-{unique}@aws.example.com\n"
    assert aws.accounts(email=f"pattern-{unique}@aws.example.com") == []


def test_a_wrong_request_says_what_is_wrong(vend):
    refused = vend("address", vend.request("factory", colour="red"))
    assert refused.exit_code == 1
    assert "colour" in refused.stdout


def test_a_file_that_asks_for_something_else_is_refused(vend):
    for document in (
        {"mode": "adopt", "account": {"id": "111122223333"}},
        {"account_info": {"account": {"id": "111122223333"}}},
        {"detail-type": "Account Requested", "detail": {}},
    ):
        refused = vend("address", vend.file("other.json", json.dumps(document)))
        assert refused.exit_code == 1
        assert "something else than an address" in refused.stderr
