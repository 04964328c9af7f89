"""AWS JSON 1.0 as bytes: targets, bodies, statuses and error answers."""

import gzip
import inspect
import json
import logging
import re
import time
import tracemalloc
import typing

import pytest

from tests.local.conftest import Send
from voiceid_sdk import service_model
from voiceid_sdk.local import LocalVoiceID, ManualClock, handlers
from voiceid_sdk.local.protocol.aws_json import MAX_BODY_BYTES, Response


def error_of(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["__type"]


def test_an_answer_is_json_with_a_length_and_a_request_id(send: Send) -> None:
    response = send("ListDomains")
    assert response.status == 200
    assert json.loads(response.body) == {"DomainSummaries": []}
    assert response.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert response.headers["Content-Length"] == str(len(response.body))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", response.headers["x-amzn-RequestId"])


def test_a_delete_is_answered_with_an_empty_body(send: Send, domain_id: str) -> None:
    response = send("DeleteDomain", {"DomainId": domain_id})
    assert (response.status, response.body, response.headers["Content-Length"]) == (200, b"", "0")


def test_tagging_is_answered_with_an_empty_object(send: Send, domain_id: str) -> None:
    arn = f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain_id}"
    assert send("TagResource", {"ResourceArn": arn, "Tags": []}).body == b"{}"


def test_times_are_numbers_of_seconds_with_a_fraction(send: Send, clock: ManualClock) -> None:
    clock.advance(0.123456)
    content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "k"}}
    body = send("CreateDomain", content).body.decode()
    assert f'"CreatedAt":{clock.now().timestamp():.3f}' in body


def test_an_error_names_its_type_with_the_namespace(send: Send) -> None:
    response = send("DescribeDomain", {"DomainId": "N" * 22})
    assert json.loads(response.body) == {
        "__type": "com.amazonaws.voiceid#ResourceNotFoundException",
        "Message": "The domain does not exist.",
        "ResourceType": "DOMAIN",
    }


@pytest.mark.parametrize(
    ("code", "status", "documented"),
    [
        ("AccessDeniedException", 403, 400),
        ("ConflictException", 409, 400),
        ("InternalServerException", 500, 500),
        ("ResourceNotFoundException", 404, 400),
        ("ServiceQuotaExceededException", 402, 400),
        ("ThrottlingException", 429, 400),
        ("ValidationException", 400, 400),
    ],
)
def test_statuses_are_the_smithy_models_or_by_switch_the_documentations(
    code: str, status: int, documented: int
) -> None:
    headers = {"X-Amz-Target": "VoiceID.ListDomains", "Content-Type": "application/x-amz-json-1.0"}
    for switch, expected in ((False, status), (True, documented)):
        with LocalVoiceID(documented_statuses=switch) as service:
            service.faults.fail_next("ListDomains", code)
            assert service.handle(headers, b"{}").status == expected


@pytest.mark.parametrize(
    "target",
    ["VoiceID.Nonsense", "voiceid.ListDomains", "VoiceID.listDomains", "ListDomains", "", "VoiceID."],
)
def test_an_unknown_target_is_an_unknown_operation(send: Send, target: str) -> None:
    response = send("ListDomains", headers={"X-Amz-Target": target})
    assert error_of(response) == (404, "com.amazon.coral.service#UnknownOperationException")


@pytest.mark.parametrize("parts", [{"method": "GET"}, {"path": "/domains"}])
def test_only_a_post_to_the_root_is_an_operation(send: Send, parts: dict[str, str]) -> None:
    assert error_of(send("ListDomains", **parts))[0] == 404


def test_a_request_without_a_target_is_an_unknown_operation(service: LocalVoiceID) -> None:
    assert error_of(service.handle({}, b""))[0] == 404


def test_header_names_may_be_in_any_case(service: LocalVoiceID) -> None:
    headers = {
        "x-amz-target": "VoiceID.ListDomains",
        "CONTENT-TYPE": "Application/X-Amz-Json-1.0; charset=utf-8",
    }
    assert service.handle(headers, b"{}").status == 200


def test_plain_json_is_accepted_as_dynamodb_accepts_it(send: Send) -> None:
    response = send("ListDomains", headers={"Content-Type": "application/json"})
    assert (response.status, json.loads(response.body)) == (200, {"DomainSummaries": []})


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-amz-json-1.1", ""])
def test_another_content_type_is_refused(send: Send, content_type: str) -> None:
    response = send("ListDomains", headers={"Content-Type": content_type})
    assert error_of(response) == (415, "com.amazon.coral.service#UnsupportedMediaTypeException")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff",
        b'{"MaxResults": NaN}',
        b'{"MaxResults": -Infinity}',
        b'{"NextToken": "\\ud800"}',
        b"[" * 100_000,
        b'{"MaxResults": ' + b"9" * 5000 + b"}",
        b'{"a": 1} trailing',
    ],
)
def test_a_body_that_is_no_json_object_is_a_serialization_error(send: Send, body: bytes) -> None:
    response = send("ListDomains", body=body)
    assert error_of(response) == (400, "com.amazon.coral.service#SerializationException")


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"DomainId": 7}, "'domainId' is not a string"),
        ({"DomainId": "N" * 22, "MaxResults": "7"}, "'maxResults' is not an integer"),
        ({"DomainId": "N" * 22, "MaxResults": True}, "'maxResults' is not an integer"),
        ({"DomainId": "N" * 22, "MaxResults": 7.0}, "'maxResults' is not an integer"),
        ({"DomainId": {}}, "'domainId' is not a string"),
    ],
)
def test_a_value_of_another_type_is_a_serialization_error(
    send: Send, members: dict[str, object], says: str
) -> None:
    response = send("ListSpeakers", members)
    assert error_of(response) == (400, "com.amazon.coral.service#SerializationException")
    assert says in json.loads(response.body)["Message"]


def test_an_empty_body_is_an_empty_object(send: Send) -> None:
    assert send("ListDomains", body=b"").status == 200


def test_members_that_are_null_count_as_absent(send: Send) -> None:
    assert send("ListDomains", body=b'{"MaxResults": null}').status == 200
    assert "must not be null" in send("DescribeDomain", body=b'{"DomainId": null}').body.decode()


def test_members_that_the_model_does_not_know_are_ignored(send: Send, domain_id: str) -> None:
    config = {"ExistingEnrollmentAction": "SKIP", "Color": "red"}
    members = {
        "DomainId": domain_id,
        "DataAccessRoleArn": "arn:aws:iam::123456789012:role/VoiceID",
        "InputDataConfig": {"S3Uri": "s3://jobs/in"},
        "OutputDataConfig": {"S3Uri": "s3://jobs/out"},
        "EnrollmentConfig": config,
        "Shape": {"a": [1]},
    }
    response = json.loads(send("StartSpeakerEnrollmentJob", members).body)
    assert response["Job"]["EnrollmentConfig"] == {"ExistingEnrollmentAction": "SKIP"}


def test_a_body_may_come_packed_with_gzip(send: Send) -> None:
    response = send("ListDomains", body=gzip.compress(b"{}"), headers={"Content-Encoding": "GZIP"})
    assert response.status == 200


def test_what_only_claims_to_be_gzip_is_a_serialization_error(send: Send) -> None:
    response = send("ListDomains", body=b"{}", headers={"Content-Encoding": "gzip"})
    assert error_of(response)[1].endswith("#SerializationException")


def test_another_content_encoding_is_refused(send: Send) -> None:
    assert send("ListDomains", headers={"Content-Encoding": "br"}).status == 415


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_that_is_too_large_is_refused_packed_or_not(send: Send, *, packed: bool) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    response = send("ListDomains", body=gzip.compress(body) if packed else body, headers=headers)
    assert error_of(response) == (413, "com.amazon.coral.service#RequestEntityTooLargeException")


def test_a_small_body_that_unpacks_to_a_huge_one_is_not_unpacked(send: Send) -> None:
    bomb = gzip.compress(bytes(16 * 1024 * 1024))
    tracemalloc.start()
    try:
        assert send("ListDomains", body=bomb, headers={"Content-Encoding": "gzip"}).status == 413
        assert tracemalloc.get_traced_memory()[1] < 8 * MAX_BODY_BYTES
    finally:
        tracemalloc.stop()


def test_a_body_of_the_largest_size_is_read(send: Send) -> None:
    assert send("ListDomains", body=b"{}" + b" " * (MAX_BODY_BYTES - 2)).status == 200


def test_a_list_that_is_too_long_makes_no_long_error(send: Send, domain_id: str) -> None:
    arn = f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain_id}"
    response = send("TagResource", {"ResourceArn": arn, "Tags": [{}] * 50_000})
    assert response.status == 400
    assert "Value at 'tags' failed" in json.loads(response.body)["Message"]
    assert len(response.body) < 50_000


def test_a_long_header_that_repeats_the_beginning_of_a_credential_is_read_quickly(send: Send) -> None:
    began = time.process_time()
    assert send("ListDomains", headers={"Authorization": "Credential=" * 5_900}).status == 200
    assert time.process_time() - began < 1


def test_an_unexpected_failure_is_a_500_and_logs_no_data_of_the_caller(
    send: Send, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object, request: dict[str, str]) -> None:
        raise KeyError(request["NextToken"])

    monkeypatch.setitem(handlers.HANDLERS, "ListDomains", fail)
    with caplog.at_level(logging.ERROR, logger="voiceid_sdk.local.protocol.aws_json"):
        response = send("ListDomains", {"NextToken": "Jane"})
    assert error_of(response) == (500, "com.amazonaws.voiceid#InternalServerException")
    assert "unexpected KeyError" in caplog.text
    assert "in fail" in caplog.text
    assert "Jane" not in caplog.text + response.body.decode()


def test_every_operation_has_a_function() -> None:
    assert sorted(handlers.HANDLERS) == list(service_model.operation_names())


@pytest.mark.parametrize("operation", service_model.operation_names())
def test_each_function_expects_the_members_of_the_model(operation: str) -> None:
    function = inspect.unwrap(handlers.HANDLERS[operation])
    function = getattr(function, "func", function)  # of a partial function
    request = typing.get_type_hints(function)["request"]
    shape = service_model.shape(service_model.operation(operation)["input"]["shape"])
    unmodelled = set(request.__annotations__) - set(shape["members"])
    assert set(shape["members"]) <= set(request.__annotations__)
    assert unmodelled <= {"EnrollmentConfig", "RegistrationConfig"}
    assert set(request.__required_keys__) == set(shape.get("required", []))
