"""Objects in S3 are read, written and looked for, and what goes wrong is said without their names."""

import contextlib
import pickle
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, StubResponseError
from botocore.stub import Stubber

from tests.support.botocore_errors import IN_CALLS, WHILE_READING, failing_body, made
from tests.support.canned_responses import aws_response
from voiceid_sdk import errors
from voiceid_sdk.batch.s3_objects import digest_of, has_object, read_object, split_uri, write_object

URI = "s3://our-bucket/deep/Secret name.json"
SAID = "No access to our-bucket: s3://our-bucket/deep/Secret name.json, deep/Secret name.json"


class FakeS3:
    """Answers a real S3 client from a dictionary, where it would open a connection."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.sent: dict[str, str] = {}
        self.failure: tuple[int, str] | Exception | None = None
        self.sends_whole = True

    def __call__(self, request: Any, **_: object) -> AWSResponse:
        if isinstance(self.failure, Exception):
            raise self.failure
        if self.failure is not None:
            status, code = self.failure
            text = f"<Error><Code>{code}</Code><Message>{SAID}</Message></Error>" if code else ""
            return aws_response(request, status, {}, text.encode())
        key = request.url.partition(".invalid/")[2]
        if request.method == "PUT":
            self.sent = {
                name.lower(): value if isinstance(value, str) else value.decode()
                for name, value in request.headers.items()
            }
            body = request.body if isinstance(request.body, bytes) else request.body.read()
            meta = {name: value for name, value in self.sent.items() if name.startswith("x-amz-meta-")}
            self.objects[key] = body, meta
            return aws_response(request, 200, {}, b"")
        if key not in self.objects:
            said = b"" if request.method == "HEAD" else b"<Error><Code>NoSuchKey</Code></Error>"
            return aws_response(request, 404, {}, said)
        content, meta = self.objects[key]
        headers = {**meta, "Content-Length": str(len(content))}
        sent = content if self.sends_whole else content[:-1]
        return aws_response(request, 200, headers, b"" if request.method == "HEAD" else sent)


@pytest.fixture
def fake() -> FakeS3:
    return FakeS3()


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    client = session.client("s3", endpoint_url="http://s3.invalid", config=config)
    yield client
    client.close()


@pytest.fixture
def s3(client: Any, fake: FakeS3) -> Iterator[Any]:
    client.meta.events.register("before-send.s3", fake)
    yield client
    client.meta.events.unregister("before-send.s3", fake)


def failure_of(s3: Any, uri: str = URI) -> errors.VoiceIDError:
    with pytest.raises(errors.VoiceIDError) as caught:
        read_object(s3, uri)
    return caught.value


def test_what_is_written_is_read(s3: Any) -> None:
    write_object(s3, URI, b"content")
    assert read_object(s3, URI) == b"content"


def test_an_object_is_known_by_the_digest_of_its_content(s3: Any) -> None:
    write_object(s3, URI, b"content")
    assert has_object(s3, URI, digest_of(b"content"))
    assert not has_object(s3, URI, digest_of(b"other content"))


def test_an_object_that_somebody_else_wrote_is_not_known(s3: Any) -> None:
    s3.put_object(Bucket="our-bucket", Key="deep/Secret name.json", Body=b"content")
    assert not has_object(s3, URI, digest_of(b"content"))


def test_an_object_that_is_not_there_is_not_known(s3: Any) -> None:
    assert not has_object(s3, URI, digest_of(b"content"))


def test_an_object_that_may_not_be_looked_at_is_not_known(fake: FakeS3, s3: Any) -> None:
    fake.failure = 403, ""
    assert not has_object(s3, URI, digest_of(b"content"))


def test_an_object_is_encrypted_as_the_bucket_says_unless_a_key_is_given(fake: FakeS3, s3: Any) -> None:
    write_object(s3, URI, b"content")
    assert "x-amz-server-side-encryption" not in fake.sent
    write_object(s3, URI, b"content", kms_key_id="a-key")
    assert fake.sent["x-amz-server-side-encryption"] == "aws:kms"
    assert fake.sent["x-amz-server-side-encryption-aws-kms-key-id"] == "a-key"


@pytest.mark.parametrize(
    ("failure", "kind", "next_step"),
    [
        ((404, "NoSuchBucket"), errors.ResourceNotFoundError, "make the bucket"),
        ((404, "NoSuchKey"), errors.ResourceNotFoundError, "Check the bucket's name"),
        ((403, "AccessDenied"), errors.AccessDeniedError, "IAM policy"),
        ((403, "InvalidAccessKeyId"), errors.AuthenticationError, "credentials"),
        ((403, "ExpiredToken"), errors.AuthenticationError, "credentials"),
        ((503, "SlowDown"), errors.ThrottlingError, "fewer requests"),
        ((500, "InternalError"), errors.InternalServerError, "later"),
        ((400, "KMS.DisabledException"), errors.AccessDeniedError, "KMS key"),
        ((400, "KMS.KMSInvalidStateException"), errors.AccessDeniedError, "KMS key"),
        ((400, "KMS.NotFoundException"), errors.AccessDeniedError, "KMS key"),
        ((400, "RequestTimeout"), errors.InternalServerError, "later"),
        ((403, "AccountProblem"), errors.AccessDeniedError, "IAM policy"),
        ((403, "AllAccessDisabled"), errors.AccessDeniedError, "IAM policy"),
        ((403, "InvalidToken"), errors.AuthenticationError, "credentials"),
        ((403, "InvalidObjectState"), errors.ServiceError, "restore"),
        ((400, "AuthorizationHeaderMalformed"), errors.ServiceError, "region_name"),
        ((418, "Teapot"), errors.ServiceError, ""),
        ((502, ""), errors.InternalServerError, "later"),
    ],
)
def test_a_refusal_of_s3_is_one_of_our_errors(
    fake: FakeS3, s3: Any, failure: tuple[int, str], kind: type[errors.ServiceError], next_step: str
) -> None:
    fake.failure = failure
    error = failure_of(s3)
    assert type(error) is kind
    assert error.operation == "GetObject"
    assert next_step in (error.next_step or "")


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "Teapot"])
def test_no_error_names_the_bucket_or_the_object(fake: FakeS3, s3: Any, code: str) -> None:
    fake.failure = 403, code
    error = failure_of(s3)
    assert error.__cause__ is None
    assert error.__context__ is None
    for text in (str(error), repr(error), str(vars(error))):
        assert "our-bucket" not in text
        assert "Secret" not in text


def test_an_error_of_s3_pickles(fake: FakeS3, s3: Any) -> None:
    fake.failure = 404, "NoSuchBucket"
    error = failure_of(s3)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


def test_s3_that_cannot_be_reached_is_a_transport_error(fake: FakeS3, s3: Any) -> None:
    fake.failure = EndpointConnectionError(endpoint_url="https://our-bucket.invalid")
    error = failure_of(s3)
    assert type(error) is errors.TransportError
    assert "our-bucket" not in str(error)


def test_an_object_that_does_not_arrive_whole_is_a_transport_error(fake: FakeS3, s3: Any) -> None:
    write_object(s3, URI, b"content")
    fake.sends_whole = False
    assert type(failure_of(s3)) is errors.TransportError


@pytest.mark.parametrize("kind", IN_CALLS, ids=lambda kind: kind.__name__)
def test_every_error_of_botocore_is_one_of_ours(fake: FakeS3, s3: Any, kind: type[Exception]) -> None:
    fake.failure = made(kind)
    for call in (
        lambda: read_object(s3, URI),
        lambda: write_object(s3, URI, b"content"),
        lambda: has_object(s3, URI, ""),
    ):
        with pytest.raises(errors.VoiceIDError) as caught:
            call()
        assert caught.value.__context__ is None


@pytest.mark.parametrize("error", WHILE_READING, ids=repr)
def test_every_error_while_a_body_is_read_is_one_of_ours(s3: Any, error: Exception) -> None:
    body = failing_body(error)
    with mock.patch.object(s3, "get_object", return_value={"Body": body}):
        failure = failure_of(s3)
    assert isinstance(failure, errors.TransportError)
    assert failure.__context__ is None


def test_a_file_that_a_setting_names_is_said_to_be_missing(
    fake: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/voice-id")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/absent/token")
    with (
        contextlib.closing(boto3.Session(region_name="us-east-1").client("s3")) as client,
        pytest.raises(errors.ConfigurationError, match=r"^AWS_WEB_IDENTITY_TOKEN_FILE "),
    ):
        read_object(client, URI)


def test_an_error_of_botocores_stubber_passes_unchanged(s3: Any) -> None:
    with Stubber(s3), pytest.raises(StubResponseError):
        read_object(s3, URI)


def test_a_client_without_credentials_is_not_configured() -> None:
    client = boto3.client("s3", region_name="us-east-1")
    with pytest.raises(errors.ConfigurationError, match="credentials"):
        read_object(client, URI)


def test_a_name_that_no_bucket_can_have_is_refused_without_saying_it(s3: Any) -> None:
    with pytest.raises(errors.RequestValidationError) as caught:
        read_object(s3, "s3://Not A Bucket/key")
    assert "Not A Bucket" not in str(caught.value)


@pytest.mark.parametrize("uri", ["s3://bucket", "s3://bucket/", "s3:///key", "bucket/key", "", "https://a/b"])
def test_a_uri_that_names_no_object_is_refused(s3: Any, uri: str) -> None:
    with pytest.raises(errors.RequestValidationError, match="must name an object"):
        read_object(s3, uri)


def test_a_uri_is_split_into_bucket_and_key() -> None:
    assert split_uri("s3://bucket/a/b c.json") == ("bucket", "a/b c.json")


def test_an_asynchronous_client_is_refused_before_it_is_called() -> None:
    class Asynchronous:
        async def _make_api_call(self, *_: object) -> None:
            raise AssertionError

        def put_object(self, **_: object) -> object:
            return self._make_api_call()

        head_object = get_object = put_object

    client: Any = Asynchronous()
    for use in (
        lambda: read_object(client, URI),
        lambda: write_object(client, URI, b""),
        lambda: has_object(client, URI, digest_of(b"")),
    ):
        with pytest.raises(errors.RequestValidationError, match=r"s3 must be .* this one is asynchronous"):
            use()


@pytest.mark.parametrize("other", [None, "bucket", object()])
def test_what_is_no_s3_client_is_refused(other: Any) -> None:
    with pytest.raises(errors.RequestValidationError, match=r"s3 must be a boto3 client"):
        read_object(other, URI)


def test_what_is_not_botocores_is_raised_as_it_is(fake: FakeS3, s3: Any) -> None:
    fake.failure = LookupError()
    with pytest.raises(LookupError):
        read_object(s3, URI)
