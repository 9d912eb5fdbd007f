"""`vend cancel`: gives up what will never be finished, and loses nothing that may be coming."""

from __future__ import annotations

import pytest

KEYS = {"requestId", "executionArn", "address", "accountName", "status", "cancelledAt"}


@pytest.fixture
def failed(vend, aws):
    """A request that AWS could not fulfil."""
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    return vend.json("request", vend.request(), "--watch", exit_code=1)


def assert_refused(result, *words):
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    for word in words:
        assert word in result.stderr


def test_a_cancel_retires_the_address_and_frees_the_name(vend, aws, failed):
    cancelled = vend.json("cancel", failed["requestId"], "--reason", "not wanted any more")
    assert set(cancelled) == KEYS
    assert cancelled["address"] == failed["account"]["address"]
    item = aws.item(f"ADDRESS#{cancelled['address']}")
    assert (item["status"], item["cancelledAt"]) == ("RETIRED", cancelled["cancelledAt"])
    assert aws.item(f"NAME#{cancelled['accountName']}") is None
    entry = vend.json("show", cancelled["address"])["history"][-1]
    assert (entry["what"], entry["why"]) == ("CANCELLED", "not wanted any more")
    assert entry["who"].startswith("arn:aws:")


def test_after_a_cancel_the_same_request_starts_anew_with_another_address(vend, failed):
    shown = vend("cancel", failed["account"]["address"])
    assert shown.exit_code == 0
    assert "may be sent again" in shown.stderr
    anew = vend.json("request", vend.request(), "--watch")
    assert anew["status"] == "SUCCEEDED"
    assert anew["executionArn"] == f"{failed['executionArn']}-2"
    assert anew["account"]["name"] == failed["account"]["name"]
    assert anew["account"]["address"] != failed["account"]["address"]


def test_a_second_cancel_changes_nothing(vend, failed):
    first = vend.json("cancel", failed["requestId"])
    assert vend.json("cancel", failed["requestId"]) == first
    assert "was retired already" in vend("cancel", failed["requestId"]).stderr


def left_alone(vend, execution_arn):
    """Why `--all-failed` leaves an execution alone."""
    [left] = [one for one in vend.json("redrive", "--all-failed") if one["executionArn"] == execution_arn]
    assert left["status"] == "LEFT"
    return left["reason"]


def test_what_was_cancelled_is_not_redriven(vend, failed):
    vend.json("cancel", failed["requestId"])
    assert_refused(vend("redrive", failed["executionArn"], "--watch"), "its request was cancelled")
    assert "its request was cancelled" in left_alone(vend, failed["executionArn"])
    assert vend.json("status", failed["requestId"])["next"] == "vend request FILE"


def test_nor_is_it_after_its_request_was_sent_again(vend, failed):
    vend.json("cancel", failed["requestId"])
    anew = vend.json("request", vend.request(), "--watch")
    assert anew["requestId"] == failed["requestId"]
    assert f"{failed['requestId']}-2 goes on with its request" in left_alone(vend, failed["executionArn"])
    assert vend.json("status", failed["requestId"])["executionArn"] == anew["executionArn"]


def test_a_request_whose_execution_is_gone_can_be_cancelled(vend, aws, unique):
    aws.control("organizations", {"failures": ["ACCOUNT_LIMIT_EXCEEDED"]})
    request = {"owner": {"email": "team@example.com"}, "account": {"name": f"payments-{unique}"}}
    aws.vend({**request, "requestId": f"r-{unique}"}, name=f"portal-{unique}")
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["TableName"],
        Key={"pk": {"S": f"ADDRESS#payments-{unique}@aws.example.com"}, "sk": {"S": "STATE"}},
        UpdateExpression="SET execution = :gone",
        ExpressionAttributeValues={":gone": {"S": f"{aws.outputs['StateMachineArn']}:gone"}},
    )
    assert_refused(vend("redrive", f"payments-{unique}"), "is gone", "vend show")
    assert vend.json("cancel", f"payments-{unique}")["requestId"] == f"r-{unique}"
    assert aws.item(f"NAME#payments-{unique}") is None


def test_while_it_runs_a_request_is_not_cancelled(vend, aws, unique):
    aws.control("organizations", {"polls": 1000})
    running = vend.json("request", vend.request(), "--id", unique)
    aws.eventually(lambda: aws.item(f"REQUEST#{unique}"))
    assert_refused(vend("cancel", unique), "is running", f"vend watch {unique}", "stop-execution")
    aws.control("organizations", {"polls": 1})
    aws.client("stepfunctions").stop_execution(executionArn=running["executionArn"])


def test_what_has_an_account_is_not_cancelled(vend):
    vended = vend.json("request", vend.request(), "--watch")
    assert_refused(vend("cancel", vended["requestId"]), f"its account {vended['account']['id']} exists")


def test_what_aws_is_creating_is_not_cancelled(vend, aws, unique):
    aws.control("organizations", {"polls": 8})
    running = vend.json("request", vend.request(), "--id", unique)
    item = aws.eventually(lambda: _with(aws, unique, "createRequestId"))
    aws.client("stepfunctions").stop_execution(executionArn=running["executionArn"])
    assert_refused(vend("cancel", unique), item["createRequestId"], "Redrive its execution")
    assert vend.json("redrive", unique, "--watch")["status"] == "SUCCEEDED"


def test_what_may_be_coming_after_a_lost_answer_is_not_cancelled(vend, aws, unique):
    lost = {"service": "organizations", "operation": "CreateAccount", "when": "after", "error": "Timeout"}
    denied = {
        "service": "organizations",
        "operation": "ListCreateAccountStatus",
        "when": "before",
        "error": "AccessDeniedException",
        "principal": "CreateAccount",
    }
    aws.control("faults", {**lost, "match": unique})
    with aws.fault(**denied):
        vend.json("request", vend.request(), "--id", unique, "--watch", exit_code=1)
    assert_refused(vend("cancel", unique), "the answer was lost")
    assert vend.json("redrive", unique, "--watch")["status"] == "SUCCEEDED"


def test_a_request_for_which_nothing_was_reserved_needs_no_cancel(vend, unique):
    vend.json("request", vend.request(owner={}), "--id", unique, "--watch", exit_code=1)
    assert_refused(vend("cancel", unique), "Nothing was reserved", "send the request again")


def _with(aws, unique, attribute):
    item = aws.item(f"ADDRESS#payments-{unique}@aws.example.com")
    return item if item and attribute in item else None
