"""`vend request`: an account for each request, once."""

from __future__ import annotations

import json
import re
import signal

import pytest


def test_a_watched_request_ends_with_the_account_and_its_owner(vend, aws, unique):
    document = vend.json("request", vend.request(organizationalUnit="Sandbox"), "--watch")
    assert document["status"] == "SUCCEEDED"
    assert "error" not in document
    assert document["requestId"].startswith(f"payments-{unique}-")
    assert document["executionArn"].endswith(f":{document['requestId']}")
    assert document["owner"] == {"email": ["team@example.com"], "name": "Payments team"}
    account = document["account"]
    assert account["name"] == f"payments-{unique}"
    assert account["address"] == f"payments-{unique}@aws.example.com"
    assert account["organizationalUnit"] == "Sandbox"
    assert [one["Id"] for one in aws.accounts(email=account["address"])] == [account["id"]]


def test_without_a_terminal_each_change_of_a_state_is_a_line_on_standard_error(vend, unique):
    result = vend("request", vend.request(), "--watch")
    assert result.exit_code == 0
    for state in ("ReadRequest", "VendEmail", "CreateAccount", "CheckAccount", "SendWelcome"):
        assert re.search(rf"^[\d:]+  {state} +succeeded +\d", result.stderr, re.MULTILINE)
    assert "SUCCEEDED" in result.stdout
    assert f"payments-{unique}@aws.example.com" in result.stdout
    assert "\x1b" not in result.output


def test_the_same_request_again_shows_the_same_answer_and_makes_no_second_account(vend, aws):
    first = vend.json("request", vend.request(), "--watch")
    assert vend.json("request", vend.request(), "--watch") == first
    again = vend("request", vend.request())
    assert again.exit_code == 0
    assert "was vended before" in again.stderr
    assert len(aws.accounts(email=first["account"]["address"])) == 1


def test_a_request_under_way_is_joined(vend, aws):
    aws.control("organizations", {"polls": 3})
    started = vend.json("request", vend.request())
    assert (started["status"], started["executionArn"].split(":")[-1]) == ("RUNNING", started["requestId"])
    assert vend.json("request", vend.request(), "--watch")["executionArn"] == started["executionArn"]


def test_another_asks_for_one_more_account(vend, unique):
    path = vend.file(
        "request.json",
        json.dumps(
            {
                "owner": {"email": "team@example.com"},
                "tags": {"BusinessUnit": unique, "ApplicationName": "ledger"},
            }
        ),
    )
    first = vend.json("request", path, "--watch")
    second = vend.json("request", path, "--watch", "--another")
    assert first["account"]["name"] == f"{unique}-ledger-eval-001"
    assert second["account"]["name"] == f"{unique}-ledger-eval-002"
    assert first["requestId"] != second["requestId"]


def test_an_id_is_the_request_id_and_the_executions_name(vend, unique):
    document = vend.json("request", vend.request(), "--id", f"CLOUD-{unique}", "--watch")
    assert document["requestId"] == f"CLOUD-{unique}"
    assert document["executionArn"].endswith(f":CLOUD-{unique}")
    other = vend("request", vend.request("another"), "--id", f"CLOUD-{unique}", "--watch")
    assert other.exit_code == 0
    assert "other content under the same request id" in other.stderr


def test_a_request_comes_from_standard_input_too(vend, unique):
    text = vend.request().read_text()
    result = vend("request", "-", "--watch", "--json", stdin=text)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["account"]["name"] == f"payments-{unique}"


def test_a_failed_request_gives_error_message_and_remedy(vend):
    document = vend.json("request", vend.request(owner={}), "--watch", exit_code=1)
    assert document["status"] == "FAILED"
    assert document["error"] == {
        "name": "InvalidRequest",
        "message": "owner.email: is missing.",
        "remedy": "Correct the request and start it again.",
    }


def test_a_failed_request_for_people_has_the_reason_and_one_sentence_of_advice(vend):
    result = vend("request", vend.request(owner={}), "--watch")
    assert result.exit_code == 1
    assert "owner.email: is missing." in result.stdout
    assert result.stderr.splitlines()[-1].endswith("InvalidRequest: correct the request and send it again.")


def test_a_request_that_failed_before_points_to_redrive(vend, aws):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    failed = vend.json("request", vend.request(), "--watch", exit_code=1)
    assert failed["error"]["name"] == "AccountCreationFailed"
    again = vend("request", vend.request())
    assert again.exit_code == 1
    assert "ACCOUNT_LIMIT_EXCEEDED" in again.stderr
    assert f"`vend redrive {failed['executionArn'].split(':')[-1]}`" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_a_corrected_request_may_use_its_id_again(vend, unique):
    name = f"CLOUD-{unique}"
    vend.json("request", vend.request(owner={}), "--id", name, "--watch", exit_code=1)
    corrected = vend.json("request", vend.request(), "--id", name, "--watch")
    assert corrected["requestId"] == name
    assert corrected["executionArn"].endswith(f":{name}-2")
    assert vend.json("request", vend.request(), "--id", name, "--watch") == corrected


def test_what_another_request_is_called_is_not_taken_for_a_second_start(vend, aws, unique):
    other = vend.json("request", vend.request("other"), "--id", f"{unique}-2", "--watch")
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    vend.json("request", vend.request(), "--id", unique, "--watch", exit_code=1)
    vend.json("cancel", unique)
    anew = vend.json("request", vend.request(), "--id", unique, "--watch")
    assert (anew["status"], anew["requestId"]) == ("SUCCEEDED", unique)
    assert anew["account"]["name"] == f"payments-{unique}"
    assert anew["executionArn"].endswith(f":{unique}-3")
    assert anew["account"]["id"] != other["account"]["id"]


def test_a_request_that_was_refused_before_anything_was_reserved_may_simply_be_sent_again(vend, aws, unique):
    path = vend.request(organizationalUnit=f"Unit-{unique}")
    refused = vend.json("request", path, "--watch", exit_code=1)
    organizations = aws.client("organizations")
    [root] = organizations.list_roots()["Roots"]
    organizations.create_organizational_unit(ParentId=root["Id"], Name=f"Unit-{unique}")
    vended = vend.json("request", path, "--watch")
    assert (vended["status"], vended["requestId"]) == ("SUCCEEDED", refused["requestId"])


def test_a_check_shows_name_and_address_and_starts_nothing(vend, aws, unique):
    document = vend.json("request", vend.request(), "--check")
    assert document["account"] == {
        "name": f"payments-{unique}",
        "address": f"payments-{unique}@aws.example.com",
    }
    assert document["problems"] == []
    assert not aws.calls("stepfunctions", "StartExecution", containing=unique)
    assert (
        vend.json("request", vend.request(), "--watch")["account"]["address"]
        == document["account"]["address"]
    )


def test_a_check_gives_the_next_counter_without_using_it(vend, unique):
    tags = {"BusinessUnit": unique, "ApplicationName": "ledger", "Environment": "PRODUCTION"}
    path = vend.request(account={}, tags=tags)
    for _ in range(2):
        assert vend.json("request", path, "--check")["account"]["name"] == f"{unique}-ledger-prod-001"
    vend.json("request", path, "--watch")
    other = vend.request("other", account={}, tags=tags, ticket="another one")
    assert vend.json("request", other, "--check")["account"]["name"] == f"{unique}-ledger-prod-002"


def test_a_check_names_every_problem_by_its_field(vend):
    path = vend.request(owner={}, acount={}, organizationalUnit="Workloads/Prd")
    document = vend.json("request", path, "--check", exit_code=1)
    assert document["account"] is None
    assert {one["field"] for one in document["problems"]} == {"owner.email", "acount", "organizationalUnit"}
    shown = vend("request", path, "--check")
    assert shown.exit_code == 1
    assert "did you mean account?" in shown.stdout
    assert "3 problems; nothing was started." in shown.stderr


def test_a_check_takes_an_address_of_ones_own_that_a_cancel_has_freed(vend, aws, unique):
    account = {"name": unique, "email": f"own-{unique}@elsewhere.example"}
    aws.control("organizations", {"failures": ["EMAIL_ALREADY_EXISTS"]})
    failed = vend.json("request", vend.request(account=account), "--watch", exit_code=1)
    other = vend.request("other", account=account, ticket="another one")
    assert len(vend.json("request", other, "--check", exit_code=1)["problems"]) == 2
    vend.json("cancel", failed["requestId"])
    assert vend.json("request", other, "--check")["account"]["address"] == account["email"]


def test_a_check_says_that_a_name_is_taken(vend):
    vend.json("request", vend.request(), "--watch")
    document = vend.json("request", vend.request(ticket="another one"), "--check", exit_code=1)
    assert [one["field"] for one in document["problems"]] == ["account.name"]


def test_several_files_are_answered_each_and_a_bad_one_stops_no_other(vend):
    files = [
        vend.request("one"),
        vend.file("bad.json", "{"),
        vend.request("two"),
        vend.request("three", owner={}),
    ]
    documents = vend.json("request", *files, "--watch", exit_code=1)
    assert [one["file"] for one in documents] == [str(path) for path in files]
    assert [one["status"] for one in documents] == ["SUCCEEDED", "NOT_STARTED", "SUCCEEDED", "FAILED"]
    assert "line 1, column 2" in documents[1]["error"]["message"]
    assert documents[3]["error"]["name"] == "InvalidRequest"
    assert documents[0]["account"]["id"] != documents[2]["account"]["id"]


def test_several_files_end_with_a_summary_of_every_file(vend):
    result = vend("request", vend.request("one"), vend.file("bad.json", "{"), "--watch")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert any("one.json" in line and "SUCCEEDED" in line for line in lines)
    assert any("bad.json" in line and "NOT_STARTED" in line for line in lines)
    assert result.stderr.splitlines()[-1] == "1 of 2 requests did not go well; see the summary."


def test_several_files_are_checked_together(vend):
    documents = vend.json(
        "request", vend.request("one"), vend.request("two", owner={}), "--check", exit_code=1
    )
    assert [one["status"] for one in documents] == ["VALID", "INVALID"]


def test_several_files_with_one_content_are_one_request(vend, aws):
    first = vend.request("one")
    second = vend.file("copy.json", first.read_text())
    one, other = vend.json("request", first, second, "--watch")
    assert one["account"] == other["account"]
    assert len(aws.accounts(email=one["account"]["address"])) == 1


def test_the_stack_is_named_where_there_is_none(vend):
    for command in (["list"], ["request", vend.request()], ["request", vend.request(), "--check"]):
        result = vend(*command, "--stack", "Nowhere")
        assert result.exit_code == 1
        assert result.stderr.startswith("There is no stack Nowhere in us-east-1: deploy it")
        assert len(result.stderr.splitlines()) == 1


def test_a_watch_survives_what_passes_by_itself(vend, aws):
    busy = {"service": "stepfunctions", "operation": "GetExecutionHistory", "when": "before"}
    with aws.fault(**busy, error="ThrottlingException", times=7):  # the SDK gives up after five
        assert vend.json("request", vend.request(), "--watch")["status"] == "SUCCEEDED"


@pytest.mark.parametrize("files", [1, 2])
def test_a_watch_that_ends_with_the_credentials_says_what_goes_on(vend, aws, files):
    aws.control("organizations", {"polls": 20})
    operation = "GetExecutionHistory" if files == 1 else "ListExecutions"
    expired = {"service": "stepfunctions", "operation": operation, "when": "before", "times": 1000}
    with aws.fault(**expired, error="ExpiredTokenException"):
        requests = [vend.request(f"n{number}") for number in range(files)]
        result = vend("request", *requests, "--watch", "--json")
    assert result.exit_code == 1
    assert "sign in again" in result.stderr
    assert "vend watch" in result.stderr
    documents = [json.loads(result.stdout)] if files == 1 else json.loads(result.stdout)
    for document in documents:
        assert document["status"] == "RUNNING"
        assert vend.json("watch", document["executionArn"])["status"] == "SUCCEEDED"


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["people", "json"])
def test_an_interrupted_watch_leaves_the_execution_running(vend, aws, options, unique):
    aws.control("organizations", {"polls": 10})
    process = vend.process("request", vend.request(), "--watch", "--id", unique, *options)
    for line in process.stderr:
        if "WaitForAccount" in line:
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"{unique} goes on: `vend watch {unique}` follows it again." in err
    if options:
        assert json.loads(out)["status"] == "RUNNING"
    assert vend.json("watch", unique)["status"] == "SUCCEEDED"
