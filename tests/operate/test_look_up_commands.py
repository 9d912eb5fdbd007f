"""`vend list`, `show`, `status`, `history`, `watch` and `redrive`: looking up and going on."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def vended(vend):
    """A request that was vended."""
    return vend.json("request", vend.request(), "--watch")


@pytest.fixture
def failed(vend, aws):
    """A request that AWS could not fulfil."""
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    return vend.json("request", vend.request("failing"), "--watch", exit_code=1)


def names_of(outcome):
    account = outcome["account"]
    return [
        outcome["requestId"],
        outcome["executionArn"],
        account["name"],
        account["address"].upper(),
        account["id"],
    ]


def test_list_gives_the_items_of_the_registry(vend, vended, unique):
    items = [item for item in vend.json("list") if item["accountName"] == f"payments-{unique}"]
    assert [(item["accountId"], item["status"]) for item in items] == [(vended["account"]["id"], "ACTIVE")]
    shown = vend("list", "--owner", "Team@Example.com", "--status", "active")
    assert shown.exit_code == 0
    assert vended["account"]["address"] in shown.stdout
    assert vend.json("list", "--owner", f"{unique}@example.com") == []


def test_show_finds_an_account_by_any_of_its_names(vend, vended):
    for name in names_of(vended):
        document = vend.json("show", name)
        assert document["address"] == vended["account"]["address"]
        assert document["accountId"] == vended["account"]["id"]
        assert document["history"][0]["what"] == "RESERVED"
    assert vended["account"]["id"] in vend("show", vended["account"]["name"]).stdout


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("show", "no one@aws.example.com"),
        ("status", "no-such-request"),
        ("watch", "000000000000"),
        ("history", "arn:aws:nonsense"),
        ("redrive", "…"),
    ],
)
def test_what_nobody_knows_is_one_sentence(vend, command, name):
    result = vend(command, name)
    assert result.exit_code == 1
    assert f"{name!r}: `vend list` shows" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_status_finds_a_request_by_any_of_its_names(vend, vended):
    for name in names_of(vended):
        document = vend.json("status", name)
        assert document["status"] == "SUCCEEDED"
        assert document["account"] == vended["account"]
        assert document["next"] == f"vend show {vended['account']['address']}"


def test_what_means_two_requests_is_named_otherwise(vend, vended):
    name = vended["account"]["name"]
    refused = vend.json("request", vend.request("other", owner={}), "--id", name, "--watch", exit_code=1)
    assert (refused["requestId"], refused["account"]) == (name, None)
    for command in ("status", "redrive", "cancel"):
        result = vend(command, name)
        assert result.exit_code == 1
        assert (
            f"{name!r} means the request {vended['requestId']} for {name} and the execution" in result.stderr
        )
    assert vend.json("status", refused["executionArn"])["error"]["name"] == "InvalidRequest"
    assert vend.json("status", vended["account"]["address"])["account"] == vended["account"]
    assert vend.json("show", name)["address"] == vended["account"]["address"]


def test_an_execution_is_found_whatever_others_have_called_it(vend, aws, unique):
    name = f"{unique} (1).pipeline@team".replace(" ", "_")
    execution = aws.vend({"owner": {}}, name=name)
    assert vend.json("status", name)["executionArn"] == execution.arn


def test_the_latest_execution_of_a_request_is_the_one_that_is_looked_at(vend, aws, unique):
    request = {
        "owner": {"email": "team@example.com"},
        "account": {"name": unique},
        "requestId": f"r-{unique}",
    }
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"] * 2})
    first, second = aws.vend(request), aws.vend(request)
    assert vend.json("status", f"r-{unique}")["executionArn"] == second.arn
    assert vend.json("status", first.arn)["executionArn"] == first.arn
    assert vend.json("status", first.arn)["next"] == f"vend status {second.arn.rpartition(':')[2]}"


def test_status_of_a_waiting_request_says_what_it_waits_for(vend, aws, unique):
    aws.control("organizations", {"polls": 1000})
    vend.json("request", vend.request(), "--id", unique)
    aws.eventually(lambda: (vend.json("status", unique)["state"] or {}).get("name") == "WaitForAccount")
    document = vend.json("status", unique)
    assert document["account"]["address"] == f"payments-{unique}@aws.example.com"
    assert document["account"]["id"] is None
    shown = vend("status", unique).stdout
    assert "RUNNING" in shown
    assert f"vend watch {unique}" in shown
    aws.control("organizations", {"polls": 1})
    aws.client("stepfunctions").stop_execution(executionArn=document["executionArn"])


def test_status_of_a_request_that_tries_again_gives_the_reason(vend, aws, unique):
    fault = {
        "service": "organizations",
        "operation": "CreateAccount",
        "when": "before",
        "error": "TooManyRequestsException",
        "match": unique,
        "times": 1000,
    }
    with aws.fault(**fault):
        vend.json("request", vend.request(), "--id", unique)
        aws.eventually(
            lambda: (vend.json("status", unique)["waitsFor"] or {}).get("reason") == "OrganizationsBusy"
        )
    assert vend.json("watch", unique)["status"] == "SUCCEEDED"
    runs = {run["name"]: run for run in vend.json("history", unique)["states"]}
    assert runs["CreateAccount"]["attempts"] > 1
    assert runs["CreateAccount"]["error"]["name"] == "OrganizationsBusy"


def test_history_is_the_path_of_states(vend, aws, vended):
    document = vend.json("history", vended["requestId"])
    path = [run["name"] for run in document["states"]]
    assert path == execution_path(aws, vended["executionArn"])
    assert {run["status"] for run in document["states"]} == {"SUCCEEDED"}
    shown = vend("history", vended["requestId"]).stdout
    for state in path:
        assert state in shown


def execution_path(aws, arn):
    pages = aws.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"]]
    return [one["stateEnteredEventDetails"]["name"] for one in events if "stateEnteredEventDetails" in one]


def test_watching_what_is_over_shows_how_it_ended(vend, vended, failed):
    assert vend.json("watch", vended["requestId"]) == vended
    assert vend.json("watch", failed["requestId"], exit_code=1) == failed


def test_status_of_a_failure_gives_reason_remedy_and_the_redrive(vend, failed):
    document = vend.json("status", failed["requestId"])
    assert document["error"]["name"] == "AccountCreationFailed"
    assert document["next"] == f"vend redrive {failed['executionArn'].split(':')[-1]}"
    shown = vend("status", failed["requestId"])
    assert shown.exit_code == 0
    assert "ACCOUNT_LIMIT_EXCEEDED" in shown.stdout
    assert "Request an increase" in shown.stdout


def test_what_aws_denies_is_no_success_of_redriving_all(vend, aws, failed):
    denied = {"service": "stepfunctions", "operation": "RedriveExecution", "when": "before", "times": 1000}
    with aws.fault(**denied, error="AccessDeniedException"):
        results = vend.json("redrive", "--all-failed", exit_code=1)
    [refused] = [one for one in results if one["executionArn"] == failed["executionArn"]]
    assert refused["status"] == "REFUSED"
    assert "AWS denies RedriveExecution" in refused["reason"]


def test_a_redrive_finishes_with_the_same_address(vend, failed):
    done = vend.json("redrive", failed["requestId"], "--watch")
    assert done["status"] == "SUCCEEDED"
    assert done["executionArn"] == failed["executionArn"]
    assert done["account"]["address"] == failed["account"]["address"]
    history = vend.json("history", failed["requestId"])
    attempts = [(run["status"], run["redrive"]) for run in history["states"] if run["name"] == "CheckAccount"]
    assert [redrive for status, redrive in attempts if status == "FAILED"] == [0]
    assert attempts[-1] == ("SUCCEEDED", 1)
    assert len(history["redrives"]) == 1
    assert "redriven" in vend("history", failed["requestId"]).stdout


def test_what_succeeded_is_not_redriven(vend, vended):
    result = vend("redrive", vended["requestId"])
    assert result.exit_code == 1
    assert "it has succeeded, there is nothing to run again" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_all_failed_are_redriven_except_those_a_redrive_cannot_help(vend, failed):
    invalid = vend.json("request", vend.request("invalid", owner={}), "--watch", exit_code=1)
    answered = vend(
        "redrive", "--all-failed", "--watch", "--json"
    )  # also what other tests left, however it ends
    results = {one["executionArn"]: one for one in json.loads(answered.stdout)}
    assert results[failed["executionArn"]]["status"] == "SUCCEEDED"
    assert results[invalid["executionArn"]]["status"] == "LEFT"
    assert "correct the request" in results[invalid["executionArn"]]["reason"]
