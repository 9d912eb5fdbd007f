"""Any number of requests at once: distinct names and addresses, and never more creations than AWS allows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from requests_for_tests import an_account_request

IN_FLIGHT = 5
LONG_AGO, FAR_AHEAD = "2020-01-01T00:00:00.000000Z", "2099-01-01T00:00:00.000000Z"


def hold_all_slots(aws, expires):
    for number in range(1, IN_FLIGHT + 1):
        aws.client("dynamodb").put_item(
            TableName=aws.outputs["TableName"],
            Item={
                "pk": {"S": "SLOTS"},
                "sk": {"S": str(number)},
                "holder": {"S": f"dead-{number}@aws.example.com"},
                "expires": {"S": expires},
            },
        )


def free_all_slots(aws):
    for number in range(1, IN_FLIGHT + 1):
        aws.client("dynamodb").delete_item(
            TableName=aws.outputs["TableName"], Key={"pk": {"S": "SLOTS"}, "sk": {"S": str(number)}}
        )


def test_a_slot_whose_holder_died_is_free_after_its_lease(aws, unique):
    hold_all_slots(aws, LONG_AGO)
    assert aws.vend(an_account_request(unique)).status == "SUCCEEDED"


def test_while_all_slots_are_held_organizations_is_not_asked(aws, unique):
    hold_all_slots(aws, FAR_AHEAD)
    execution = aws.start(an_account_request(unique))
    aws.eventually(lambda: any("taskFailedEventDetails" in event for event in execution.history))
    assert aws.calls("organizations", "CreateAccount", containing=f"{unique}@") == []
    [failed] = [
        event["taskFailedEventDetails"] for event in execution.history if "taskFailedEventDetails" in event
    ][:1]
    assert failed["error"] == "OrganizationsBusy"
    free_all_slots(aws)
    assert execution.wait().status == "SUCCEEDED"


def test_two_executions_of_one_request_at_once_make_one_account(aws, unique):
    request = an_account_request(unique, requestId=f"r-{unique}")
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(aws.vend, [request, request])
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
    assert first.output == second.output
    assert len(aws.accounts(email=f"{unique}@aws.example.com")) == 1
    assert len(aws.calls("organizations", "CreateAccount", containing=f"{unique}@")) == 1
    assert len(aws.mails(to=f"{unique}@example.com")) == 1


def test_two_hundred_requests_of_one_pattern_at_once(aws, unique):
    tags = {"BusinessUnit": unique, "ApplicationName": "app", "Environment": "PRODUCTION"}
    aws.control("organizations", {"polls": 0})
    requests = [{"owner": {"email": "many@example.com"}, "tags": tags} for _ in range(200)]
    with ThreadPoolExecutor(10) as pool:
        executions = list(pool.map(aws.start, requests))
    aws.eventually(lambda: all(execution.status != "RUNNING" for execution in executions), patience=300)
    outputs = [execution.output for execution in executions]
    assert len({output["account"]["name"] for output in outputs}) == 200
    assert len({output["account"]["address"] for output in outputs}) == 200
    assert len({output["account"]["id"] for output in outputs}) == 200
    assert all(output["account"]["name"].startswith(f"{unique}-app-prod-") for output in outputs)
    for output in outputs[::20]:
        assert aws.item(f"ADDRESS#{output['account']['address']}")["status"] == "ACTIVE"
    asked = aws.calls("organizations", "CreateAccount", containing=unique)
    assert [call["error"] for call in asked] == [None] * 200  # a sixth in flight would have been refused


def test_fifty_requests_while_create_account_is_throttled_all_end_active(aws, unique):
    throttled = {"service": "organizations", "operation": "CreateAccount", "when": "before", "match": unique}
    requests = [an_account_request(f"{unique}-{number}") for number in range(50)]
    with aws.fault(**throttled, error="TooManyRequestsException", times=25, skip=3):
        with ThreadPoolExecutor(10) as pool:
            executions = list(pool.map(aws.start, requests))
        aws.eventually(lambda: all(execution.status != "RUNNING" for execution in executions), patience=120)
    assert {execution.status for execution in executions} == {"SUCCEEDED"}
    for number in range(50):
        assert aws.item(f"ADDRESS#{unique}-{number}@aws.example.com")["status"] == "ACTIVE"
    asked = aws.calls("organizations", "CreateAccount", containing=unique)
    assert (
        sorted((call["error"] or "" for call in asked), reverse=True)[:25]
        == ["TooManyRequestsException"] * 25
    )
    assert [call["error"] for call in asked].count(None) == 50
