"""Request files, and the names and inputs of their executions."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.operate.problems import RequestUnreadable
from workflows.operate.requests import MAX_INPUT, Request, name_of_id, read_request
from workflows.vending.sources import request_id_of

TEXTS = st.text(max_size=12)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    TEXTS,
    st.lists(TEXTS, max_size=2),
    st.dictionaries(st.sampled_from(["name", "email", "x"]), TEXTS, max_size=2),
)
DOCUMENTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["owner", "account", "tags", "requestId", "AccountName"], VALUES)
)


def a_request(**changes):
    document = {"owner": {"email": "team@example.com"}, "account": {"name": "Payments Prod"}}
    return Request("request.json", document | changes)


def written(tmp_path, content):
    path = tmp_path / "request.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "line 1, column 1"),
        ('{"owner": 1,\n "account" 2}', "line 2, column 12"),
        ('{"owner": 1}}', "line 1, column 13"),
        ("[]", "this is a list"),
        ('"text"', "this is a text"),
        ("null", "this is null"),
        ("3", "this is a number"),
        ('{"owner": NaN}', "NaN, which JSON does not know"),
        (b'{"owner": "\xff"}', "not UTF-8 text (byte 11 is 0xff)"),
        ("[" * 100_000, "nested too deeply"),
        (json.dumps({"owner": "x" * MAX_INPUT}), "Step Functions takes 262,144"),
    ],
)
def test_what_is_no_request_is_refused_with_its_place(tmp_path, content, complaint):
    path = written(tmp_path, content)
    with pytest.raises(RequestUnreadable) as refused:
        read_request(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    with pytest.raises(RequestUnreadable, match=r"no-such\.json: there is no such file"):
        read_request(str(tmp_path / "no-such.json"))
    with pytest.raises(RequestUnreadable, match="cannot be read: Is a directory"):
        read_request(str(tmp_path))


def test_a_byte_order_mark_does_no_harm(tmp_path):
    assert read_request(written(tmp_path, b'\xef\xbb\xbf{"owner": 1}')).document == {"owner": 1}


def test_a_request_of_exactly_256_kib_is_taken(tmp_path):
    text = "x" * (MAX_INPUT - len('{"owner":"","requestId":"r"}'))
    document = {"owner": text, "requestId": "r"}
    assert read_request(written(tmp_path, json.dumps(document))).document == document


def test_the_input_of_the_execution_is_the_request_itself():
    request = a_request(ticket="Grüße \ud800", requestId="r")
    assert json.loads(request.execution_input) == request.document
    request.execution_input.encode()


@given(DOCUMENTS)
def test_the_input_names_the_request_id_whatever_the_execution_is_called(document):
    request = Request("-", {**document, "requestId": None})
    assert request_id_of(json.loads(request.execution_input), "execution-name") == request.request_id


def test_an_event_is_a_request_under_its_own_id_and_can_be_given_another():
    event = {"id": "e-1", "detail-type": "Account Requested", "detail": {"owner": {}}}
    request = Request("-", event)
    assert (request.request_id, json.loads(request.execution_input)) == ("e-1", event)
    other = request.with_id("r-1")
    assert (other.request_id, other.document["detail"]["requestId"]) == ("r-1", "r-1")


@given(DOCUMENTS)
def test_every_request_gets_a_name_that_aws_accepts(document):
    assert re.fullmatch(r"[0-9A-Za-z_-]{1,80}", Request("-", document).execution_name)


@given(DOCUMENTS)
def test_the_order_of_keys_does_not_change_the_name(document):
    turned = dict(reversed(document.items()))
    assert Request("-", document).execution_name == Request("-", turned).execution_name


@given(st.lists(DOCUMENTS, unique_by=lambda one: json.dumps(one, sort_keys=True), min_size=2, max_size=2))
def test_different_requests_have_different_names(documents):
    one, other = (Request("-", {**document, "requestId": None}) for document in documents)
    same = json.dumps(one.document, sort_keys=True) == json.dumps(other.document, sort_keys=True)
    assert same or one.execution_name != other.execution_name


@given(st.lists(st.text(min_size=1), unique=True, min_size=2, max_size=2))
def test_different_request_ids_have_different_names(ids):
    assert name_of_id(ids[0]) != name_of_id(ids[1])


@pytest.mark.parametrize(
    ("request_id", "name"),
    [
        ("CLOUD-1234", "CLOUD-1234"),
        ("a" * 80, "a{80}"),
        ("CLOUD 1234", "CLOUD-1234-[0-9a-f]{12}"),
        ("a" * 81, "a{67}-[0-9a-f]{12}"),
        ("…", "[0-9a-f]{12}"),
    ],
)
def test_a_request_id_is_its_executions_name_where_aws_allows_it(request_id, name):
    assert re.fullmatch(name, name_of_id(request_id))


def test_the_name_of_a_request_without_id_starts_with_its_accounts_name():
    assert re.fullmatch("payments-prod-[0-9a-f]{12}", a_request().execution_name)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"tags": {"BusinessUnit": "Payments", "ApplicationName": "The ledger"}}, "the-ledger-payments"),
        ({"AccountName": "Research", "Tags": {"x": "y"}}, "research"),
        ({"Tags": {"x": "y", "z": 1}}, "y"),
        ({"account": {"name": "x" * 90}}, "x{50}"),
        ({"account": {"name": "…"}}, "request"),
        ({"account": 1, "tags": 2}, "request"),
    ],
)
def test_a_name_shows_what_the_account_will_be_called(document, name):
    assert re.fullmatch(f"{name}-[0-9a-f]{{12}}", Request("-", document).execution_name)


def test_one_more_of_the_same_request_has_an_id_of_its_own():
    first, second = a_request().once_more(), a_request().once_more()
    assert first.request_id == first.execution_name
    assert len({first.execution_name, second.execution_name, a_request().execution_name}) == 3
    assert first.execution_name.startswith(a_request().execution_name)


def test_one_more_of_a_request_with_an_id_replaces_the_id():
    more = a_request(requestId="CLOUD-1234").once_more()
    assert re.fullmatch("CLOUD-1234-[0-9a-f]{12}", more.request_id)
    assert more.execution_name == more.request_id
