"""The front door names every call, breaks it on order and answers in the service's own protocol."""

from __future__ import annotations

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from workflows.local.front_door import FrontDoor
from workflows.local.listener import PortInUse

CALLS = [
    ("organizations", "list_roots", {}, "ListRoots"),
    ("dynamodb", "list_tables", {"Limit": 7}, "ListTables"),
    ("stepfunctions", "list_state_machines", {"maxResults": 7}, "ListStateMachines"),
    ("sqs", "list_queues", {"QueueNamePrefix": "a"}, "ListQueues"),
    ("events", "list_rules", {"NamePrefix": "a"}, "ListRules"),
    ("sns", "create_topic", {"Name": "topic"}, "CreateTopic"),
    ("sts", "get_caller_identity", {}, "GetCallerIdentity"),
    ("cloudformation", "describe_stacks", {}, "DescribeStacks"),
    ("lambda", "list_functions", {"MaxItems": 7}, "ListFunctions"),
    ("sesv2", "get_account", {}, "GetAccount"),
    ("s3", "list_buckets", {}, "ListBuckets"),
]


@pytest.mark.parametrize(("service", "method", "arguments", "operation"), CALLS)
def test_a_call_of_any_protocol_is_recorded_with_who_called_what(
    aws: Any, service: str, method: str, arguments: dict[str, Any], operation: str
) -> None:
    getattr(aws.client(service, "CheckAccount"), method)(**arguments)
    status, recorded = aws.control("GET", "/_local/calls")
    assert status == 200
    assert recorded == [
        {
            "service": service,
            "operation": operation,
            "principal": "CheckAccount",
            "request": arguments,
            "status": 200,
            "error": None,
        }
    ]


def test_members_in_path_header_and_body_are_all_named_as_in_the_api(aws: Any) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="mails")
    s3.put_object(
        Bucket="mails", Key="in/1 2", Body=b"\0\xff", ContentType="message/rfc822", Metadata={"a_b": "c"}
    )
    put = aws.control("GET", "/_local/calls?operation=PutObject")[1][0]["request"]
    assert {name: put[name] for name in ("Bucket", "Key", "ContentType", "Metadata")} == {
        "Bucket": "mails",
        "Key": "in/1 2",
        "ContentType": "message/rfc822",
        "Metadata": {"a_b": "c"},
    }


def test_the_record_is_searched_by_what_was_called_and_what_a_request_contains(aws: Any) -> None:
    s3 = aws.client("s3")
    for bucket in ("letters", "parcels"):
        s3.create_bucket(Bucket=bucket)
    s3.list_buckets()
    assert len(aws.control("GET", "/_local/calls?operation=CreateBucket")[1]) == 2
    [found] = aws.control("GET", "/_local/calls?operation=CreateBucket&match=parcel")[1]
    assert found["request"] == {"Bucket": "parcels"}


def test_blobs_stay_out_of_the_record(aws: Any) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="mails")
    s3.put_object(Bucket="mails", Key="a", Body=b"secret" * 100)
    assert "secret" not in str(aws.control("GET", "/_local/calls")[1])
    assert s3.get_object(Bucket="mails", Key="a")["Body"].read() == b"secret" * 100


def test_an_unrecorded_key_leaves_no_trace(aws: Any) -> None:
    aws.client("sqs", "poller", recorded=False).list_queues()
    assert aws.control("GET", "/_local/calls")[1] == []


def test_an_unsigned_request_does_not_disturb_the_door(aws: Any) -> None:
    assert aws.control("GET", "/_local/nowhere")[0] == 404
    assert aws.client("organizations").list_roots()["Roots"]


ERRORS = [
    ("organizations", "list_roots", {}, "ServiceException", 500),
    ("organizations", "list_roots", {}, "TooManyRequestsException", 400),
    ("dynamodb", "list_tables", {}, "ProvisionedThroughputExceededException", 400),
    ("dynamodb", "list_tables", {}, "InternalServerError", 500),
    ("stepfunctions", "list_executions", {}, "StateMachineDoesNotExist", 400),
    ("sqs", "list_queues", {}, "RequestThrottled", 400),
    ("events", "list_rules", {}, "InternalException", 500),
    ("sns", "list_topics", {}, "AuthorizationError", 403),
    ("sns", "list_topics", {}, "InternalFailure", 500),
    ("cloudformation", "describe_stacks", {}, "ValidationError", 400),
    ("lambda", "list_functions", {}, "TooManyRequestsException", 429),
    ("sesv2", "get_account", {}, "SendingPausedException", 400),
    ("s3", "list_buckets", {}, "AccessDenied", 403),
    ("s3", "list_buckets", {}, "InternalError", 500),
]


@pytest.mark.parametrize(("service", "method", "arguments", "code", "status"), ERRORS)
def test_a_fault_reaches_boto3_as_the_services_own_error(
    aws: Any, refused: Any, service: str, method: str, arguments: dict[str, Any], code: str, status: int
) -> None:
    client = aws.client(service)
    aws.fault(service, client.meta.method_to_api_mapping[method], code, message="on order")
    response = refused(getattr(client, method), **arguments)
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, "on order")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert aws.control("GET", "/_local/calls")[1][0]["error"] == code


def test_a_fault_carries_the_errors_further_members(aws: Any, refused: Any) -> None:
    aws.fault(
        "organizations", "ListRoots", "ConstraintViolationException", Reason="ACCOUNT_NUMBER_LIMIT_EXCEEDED"
    )
    assert refused(aws.client("organizations").list_roots)["Reason"] == "ACCOUNT_NUMBER_LIMIT_EXCEEDED"
    reasons = [{"Code": "TransactionConflict", "Message": "busy"}]
    aws.fault("dynamodb", "TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)
    put = {"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}}}}
    response = refused(aws.client("dynamodb").transact_write_items, TransactItems=[put])
    assert response["CancellationReasons"] == reasons


def test_after_means_it_happened_and_the_answer_is_lost(aws: Any, table: Any) -> None:
    client, name = table
    aws.fault("dynamodb", "PutItem", "Timeout", when="after")
    item = {"pk": {"S": "a"}, "sk": {"S": "STATE"}}
    with pytest.raises(ConnectionClosedError):
        client.put_item(TableName=name, Item=item)
    assert client.get_item(TableName=name, Key=item)["Item"] == item
    lost = aws.control("GET", "/_local/calls?operation=PutItem")[1]
    assert [(call["status"], call["error"]) for call in lost] == [(None, "Timeout")]


def test_before_means_it_never_happened(aws: Any, table: Any) -> None:
    client, name = table
    aws.fault("dynamodb", "PutItem", "Timeout", when="before")
    with pytest.raises(ConnectionClosedError):
        client.put_item(TableName=name, Item={"pk": {"S": "a"}, "sk": {"S": "STATE"}})
    assert client.scan(TableName=name)["Items"] == []


def test_kill_ends_the_caller_and_its_connection(aws: Any) -> None:
    killed: list[str] = []
    aws.door.kill = killed.append
    client = aws.client("organizations")
    aws.fault("organizations", "ListRoots", "Kill")
    with pytest.raises(ConnectionClosedError):
        client.list_roots()
    assert [aws.door.principals.name(key) for key in killed] == ["somebody"]


def test_a_fault_hits_only_the_principal_and_the_text_it_names(aws: Any) -> None:
    aws.fault("sqs", "ListQueues", "RequestThrottled", principal="B", match="wanted")
    aws.client("sqs", "A").list_queues(QueueNamePrefix="wanted")
    aws.client("sqs", "B").list_queues(QueueNamePrefix="other")
    with pytest.raises(ClientError, match="RequestThrottled"):
        aws.client("sqs", "B").list_queues(QueueNamePrefix="wanted")


def test_a_fault_skips_and_repeats_as_ordered(aws: Any) -> None:
    aws.fault("sqs", "ListQueues", "RequestThrottled", skip=1, times=2)
    client = aws.client("sqs")

    def outcome() -> str:
        try:
            client.list_queues()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    assert [outcome() for _ in range(4)] == ["ok", "RequestThrottled", "RequestThrottled", "ok"]


def test_exactly_as_many_racing_calls_fail_as_ordered(aws: Any) -> None:
    aws.fault("sqs", "ListQueues", "RequestThrottled", times=5)
    client = aws.client("sqs")
    start = threading.Barrier(12)

    def call(_: int) -> bool:
        start.wait()
        try:
            client.list_queues()
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(call, range(12))).count(False) == 5


def test_deleted_faults_hit_nobody(aws: Any) -> None:
    aws.fault("sqs", "ListQueues", "RequestThrottled", times=9)
    assert aws.control("DELETE", "/_local/faults")[0] == 200
    aws.client("sqs").list_queues()


def test_what_moto_lacks_is_an_error_in_the_services_protocol(aws: Any, refused: Any) -> None:
    response = refused(aws.client("account").get_account_information)
    assert response["Error"]["Code"] == "NotImplemented"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_connection_serves_many_calls(aws: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", aws.door.port)
    connection.connect()
    kept = connection.sock
    for _ in range(3):
        connection.request("GET", "/_local/faults")
        assert connection.getresponse().read() == b"[]"
        assert connection.sock is kept
    connection.close()


def test_a_chunked_body_is_put_together(aws: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", aws.door.port)
    chunks = (piece for piece in [b'{"service": "sqs", "operation": "ListQueues",', b' "error": "x"}'])
    connection.request("POST", "/_local/faults", body=chunks, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_a_port_in_use_is_said_so(aws: Any) -> None:
    with pytest.raises(PortInUse, match=f"port {aws.door.port} is in use"):
        FrontDoor(aws.door.port)
