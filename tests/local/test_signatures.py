"""AWS Signature Version 4: what botocore signs is accepted, and nothing else is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest import mock
from urllib.parse import quote, urlsplit

import attrs
import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, given
from hypothesis import strategies as st

from voiceid_sdk.local import ManualClock
from voiceid_sdk.local.http.access import AccessRules
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.http.sigv4 import CLOCK_SKEW, Credential, verify_head, verify_signature
from voiceid_sdk.local.protocol.errors import ServiceException

NOW: Final = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
REGION: Final = "eu-west-2"
URL: Final = "http://127.0.0.1:8787/"

KEY: Final = Credential("AKIDEXAMPLE", "sEcReT/+=")
TEMPORARY: Final = Credential(
    "ASIAEXAMPLE", "other", session_token="token/+==", expires_at=NOW + timedelta(days=8)
)
KNOWN: Final = {credential.access_key_id: credential for credential in (KEY, TEMPORARY)}

_NAMES = st.from_regex(r"x-[a-z][a-z0-9-]{0,20}", fullmatch=True).filter(
    lambda name: not name.startswith(("x-amz-", "x-amzn-"))
)
_VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40)
_PATHS = st.lists(
    st.text(min_size=1, max_size=8).filter(lambda part: part not in {".", ".."}), max_size=3
).map(lambda parts: "/" + "/".join(quote(part, safe="") for part in parts))
_QUERIES = st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=4).map(
    lambda pairs: "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
)


def signed(
    body: bytes = b"{}",
    *,
    credential: Credential = KEY,
    headers: dict[str, str] | None = None,
    path: str = "/",
    query: str = "",
    region: str = REGION,
    service: str = "voiceid",
    at: datetime = NOW,
    presigned_for: int | None = None,
    endpoint: str = URL,
) -> SignedRequest:
    """Return a request as botocore signs it and urllib3 sends it."""
    url = endpoint.rstrip("/") + path + (f"?{query}" if query else "")
    request: Any = AWSRequest(method="POST", url=url, data=body, headers=headers or {})
    credentials = Credentials(
        credential.access_key_id, credential.secret_access_key, credential.session_token
    )
    signer: Any
    if presigned_for is None:
        signer = botocore.auth.SigV4Auth(credentials, service, region)
    else:
        signer = botocore.auth.SigV4QueryAuth(credentials, service, region, expires=presigned_for)
    with _botocore_at(at):
        signer.add_auth(request)
    sent = request.prepare()
    parts = urlsplit(sent.url)
    given_headers = [("Host", parts.netloc), *((name, _text(value)) for name, value in sent.headers.items())]
    return SignedRequest("POST", parts.path, parts.query, given_headers, b"" if presigned_for else body)


def _botocore_at(moment: datetime) -> Any:
    """Set botocore's clock; its older versions read another one."""
    if hasattr(botocore.auth, "get_current_datetime"):
        now = moment.replace(tzinfo=None)
        return mock.patch.object(botocore.auth, "get_current_datetime", return_value=now)
    # There the clock is the class datetime of a module that is imported as datetime.
    old: Any = botocore.auth
    clock = mock.Mock(wraps=old.datetime, datetime=mock.Mock(wraps=datetime))
    clock.datetime.utcnow.side_effect = lambda: moment.replace(tzinfo=None)
    return mock.patch.object(old, "datetime", clock)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def check(request: SignedRequest, *, now: datetime = NOW) -> None:
    verify_signature(request, verify_head(request, KNOWN, now=now), now=now)


def error(request: SignedRequest, *, now: datetime = NOW) -> str:
    """Return the code of the error, whose message must not contain a header of the request."""
    with pytest.raises(ServiceException) as caught:
        check(request, now=now)
    assert not any(len(value) > 16 and value in str(caught.value) for _, value in request.headers)
    return caught.value.code


def with_header(request: SignedRequest, name: str, change: Callable[[str], str]) -> SignedRequest:
    headers = [(key, change(value) if key.lower() == name else value) for key, value in request.headers]
    assert headers != list(request.headers)
    return attrs.evolve(request, headers=headers)


def without_header(request: SignedRequest, name: str) -> SignedRequest:
    headers = [(key, value) for key, value in request.headers if key.lower() != name]
    assert headers != list(request.headers)
    return attrs.evolve(request, headers=headers)


@given(
    body=st.binary(max_size=2000),
    headers=st.dictionaries(_NAMES, _VALUES, max_size=5),
    path=_PATHS,
    query=_QUERIES,
    credential=st.sampled_from([KEY, TEMPORARY]),
)
def test_what_botocore_signs_is_accepted(
    body: bytes, headers: dict[str, str], path: str, query: str, credential: Credential
) -> None:
    check(signed(body, headers=headers, path=path, query=query, credential=credential))


@given(
    headers=st.dictionaries(_NAMES, _VALUES, max_size=5),
    path=_PATHS,
    query=_QUERIES,
    credential=st.sampled_from([KEY, TEMPORARY]),
    seconds=st.integers(1, 7 * 24 * 3600),
)
def test_what_botocore_presigns_is_accepted(
    headers: dict[str, str], path: str, query: str, credential: Credential, seconds: int
) -> None:
    request = signed(headers=headers, path=path, query=query, credential=credential, presigned_for=seconds)
    check(request, now=NOW + timedelta(seconds=seconds))


@given(body=st.binary(max_size=200), changed=st.binary(max_size=200))
def test_another_body_is_refused(body: bytes, changed: bytes) -> None:
    assume(body != changed)
    assert error(attrs.evolve(signed(body), body=changed)) == "InvalidSignatureException"


@given(
    headers=st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=4),
    data=st.data(),
)
def test_another_value_of_a_signed_header_is_refused(headers: dict[str, str], data: st.DataObject) -> None:
    request = signed(headers={**headers, "X-Amz-Target": "VoiceID.ListDomains"})
    name = data.draw(st.sampled_from([*headers, "x-amz-target", "host"]))
    changed = with_header(request, name, lambda value: f"{value}x")
    assert error(changed) == "InvalidSignatureException"


@given(st.text(max_size=300), st.text(max_size=30), st.text(max_size=100))
def test_any_authorization_gets_an_answer(authorization: str, date: str, query: str) -> None:
    def latin(text: str) -> str:
        return text.encode().decode("latin-1")

    for scheme in ("", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/eu-west-2/voiceid/aws4_request,"):
        for name in ("Date", "X-Amz-Date"):
            headers = [("Authorization", latin(scheme + authorization)), (name, latin(date))]
            error(SignedRequest("POST", "/", latin(query), headers, b""))


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_any_query_string_gets_an_answer(signed_headers: str, credential: str, date: str) -> None:
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-Signature=0"
        f"&X-Amz-SignedHeaders={quote(signed_headers)}&X-Amz-Date={quote(date) or '20260304T050607Z'}"
        f"&X-Amz-Credential={quote(credential) or 'AKIDEXAMPLE/20260304/eu-west-2/voiceid/aws4_request'}"
    )
    error(SignedRequest("POST", "/", query, [("Host", "x")], b""))


@pytest.mark.parametrize(
    "date",
    ["Sat, 01 Jan 0001 00:00:00 +2300", "Fri, 31 Dec 9999 23:59:59 -2300", "now", "99991231T235959Z", "0"],
)
def test_a_date_that_is_none_is_refused(date: str) -> None:
    request = without_header(signed(), "x-amz-date")
    error(attrs.evolve(request, headers=[*request.headers, ("Date", date)]))


def test_a_request_without_a_signature_is_refused() -> None:
    request = without_header(signed(), "authorization")
    assert error(request) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("part", ["Credential", "SignedHeaders", "Signature"])
def test_an_authorization_that_lacks_a_part_is_refused(part: str) -> None:
    request = with_header(signed(), "authorization", lambda value: value.replace(f"{part}=", "Other="))
    assert error(request) == "IncompleteSignatureException"


@pytest.mark.parametrize("part", ["Credential", "Date", "Expires", "SignedHeaders", "Signature"])
def test_a_presigned_url_that_lacks_a_part_is_refused(part: str) -> None:
    request = signed(presigned_for=60)
    request = attrs.evolve(request, query=request.query.replace(f"X-Amz-{part}=", "X-Amz-Other="))
    assert error(request) == "IncompleteSignatureException"


@pytest.mark.parametrize("seconds", ["0", "604801", "-1", "1.5", "soon", "٣"])
def test_a_presigned_url_with_another_lifetime_than_allowed_is_refused(seconds: str) -> None:
    request = signed(presigned_for=60)
    query = request.query.replace("X-Amz-Expires=60", f"X-Amz-Expires={quote(seconds)}")
    assert error(attrs.evolve(request, query=query)) == "IncompleteSignatureException"


def test_another_lifetime_of_a_presigned_url_is_refused() -> None:
    request = signed(presigned_for=60)
    request = attrs.evolve(request, query=request.query.replace("Expires=60", "Expires=61"))
    assert error(request) == "InvalidSignatureException"


def test_a_request_without_a_date_is_refused() -> None:
    assert error(without_header(signed(), "x-amz-date")) == "IncompleteSignatureException"


def test_another_algorithm_is_refused() -> None:
    request = with_header(
        signed(), "authorization", lambda value: value.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")
    )
    assert error(request) == "IncompleteSignatureException"


def test_another_algorithm_of_a_presigned_url_is_refused() -> None:
    request = signed(presigned_for=60)
    request = attrs.evolve(request, query=request.query.replace("AWS4-HMAC-SHA256", "AWS4-X"))
    assert error(request) == "IncompleteSignatureException"


def test_a_credential_of_four_parts_is_refused() -> None:
    request = with_header(signed(), "authorization", lambda value: value.replace("/aws4_request", ""))
    assert error(request) == "IncompleteSignatureException"


SCOPE: Final = f"20260304/{REGION}/voiceid/aws4_request"


@pytest.mark.parametrize(
    ("written", "query"),
    [
        (f"Credential=OTHER/{SCOPE}, Credential=", ""),
        (f"XCredential=OTHER/{SCOPE}, Credential=", ""),
        (f"A=Credential=OTHER/{SCOPE},Credential=", ""),
        ("Credential =", f"X-Amz-Credential={quote(f'OTHER/{SCOPE}', safe='')}"),
    ],
)
def test_a_request_is_for_the_account_of_the_key_that_signed_it(written: str, query: str) -> None:
    own = attrs.evolve(KEY, account_id="1" * 12)
    credentials = {KEY.access_key_id: own, "OTHER": Credential("OTHER", "its", account_id="2" * 12)}
    rules = AccessRules(credentials=credentials, clock=ManualClock(NOW))
    request = with_header(
        signed(query=query), "authorization", lambda value: value.replace("Credential=", written)
    )
    credential = rules.check_signed_head(request)
    rules.check_signature(request, credential)
    assert credential == own
    assert request.credential_scope is not None
    assert request.credential_scope.access_key_id == own.access_key_id


def test_a_header_that_is_signed_twice_is_refused() -> None:
    request = with_header(
        signed(), "authorization", lambda value: value.replace("=host;", f"={'host;' * 100}")
    )
    assert error(request) == "IncompleteSignatureException"


def test_an_unknown_access_key_is_refused() -> None:
    stranger = Credential("AKIDSTRANGER", KEY.secret_access_key)
    assert error(signed(credential=stranger)) == "UnrecognizedClientException"


def test_the_wrong_secret_is_refused() -> None:
    impostor = attrs.evolve(KEY, secret_access_key="guessed")
    assert error(signed(credential=impostor)) == "InvalidSignatureException"


@pytest.mark.parametrize("token", [None, "another"])
def test_the_wrong_session_token_is_refused(token: str | None) -> None:
    credential = attrs.evolve(TEMPORARY, session_token=token)
    assert error(signed(credential=credential)) == "UnrecognizedClientException"


def test_a_session_token_on_a_credential_that_has_none_is_refused() -> None:
    assert error(signed(credential=attrs.evolve(KEY, session_token="any"))) == "UnrecognizedClientException"


def test_an_expired_credential_is_refused() -> None:
    after = NOW + timedelta(days=8)
    assert error(signed(credential=TEMPORARY, at=after), now=after) == "ExpiredTokenException"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-2", "us-east-2"])
def test_a_signature_may_be_for_any_region(region: str) -> None:
    check(signed(region=region))


def test_a_signature_without_a_region_is_refused() -> None:
    assert error(signed(region="")) == "InvalidSignatureException"


@pytest.mark.parametrize("host", ["voiceid.eu-west-2.amazonaws.com", "voiceid-fips.eu-west-2.api.aws:8443"])
def test_the_endpoint_of_a_region_refuses_a_signature_for_another(host: str) -> None:
    check(signed(endpoint=f"https://{host}", region="eu-west-2"))
    assert error(signed(endpoint=f"https://{host}", region="us-east-1")) == "InvalidSignatureException"


@pytest.mark.parametrize("service", ["voice-id", "s3"])
def test_another_service_is_refused(service: str) -> None:
    assert error(signed(service=service)) == "InvalidSignatureException"


def test_another_end_of_the_scope_is_refused() -> None:
    request = with_header(signed(), "authorization", lambda value: value.replace("aws4_request", "aws5"))
    assert error(request) == "InvalidSignatureException"


def test_a_scope_of_another_day_is_refused() -> None:
    request = with_header(signed(), "authorization", lambda value: value.replace("/20260304/", "/20260303/"))
    assert error(request) == "InvalidSignatureException"


@pytest.mark.parametrize("distance", [CLOCK_SKEW, -CLOCK_SKEW])
def test_a_signature_is_good_for_fifteen_minutes_each_way(distance: timedelta) -> None:
    check(signed(at=NOW + distance))


@pytest.mark.parametrize("distance", [CLOCK_SKEW, -CLOCK_SKEW])
def test_a_signature_is_not_good_for_a_second_more(distance: timedelta) -> None:
    request = signed(at=NOW + distance + timedelta(seconds=1 if distance > timedelta(0) else -1))
    assert error(request) == "InvalidSignatureException"


def test_a_presigned_url_is_not_good_for_a_second_more() -> None:
    request = signed(presigned_for=60)
    assert error(request, now=NOW + timedelta(seconds=61)) == "InvalidSignatureException"


def test_the_date_may_stand_in_the_header_of_http() -> None:
    check(signed(headers={"Date": "to be replaced by the signer"}))


def test_a_body_that_is_declared_unsigned_is_refused() -> None:
    request = signed(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert error(request) == "InvalidSignatureException"


def test_an_amazon_header_need_not_be_signed_as_dynamodb_has_it() -> None:
    request = signed()
    check(attrs.evolve(request, headers=[*request.headers, ("X-Amz-Target", "VoiceID.ListDomains")]))


def test_a_second_value_of_a_signed_header_is_refused() -> None:
    request = signed(headers={"X-Amz-Target": "VoiceID.ListDomains"})
    headers = [*request.headers, ("X-Amz-Target", "VoiceID.DeleteDomain")]
    assert error(attrs.evolve(request, headers=headers)) == "InvalidSignatureException"


def test_a_signature_without_the_host_is_refused() -> None:
    request = with_header(signed(), "authorization", lambda value: value.replace("host;", ""))
    assert error(request) == "InvalidSignatureException"


def test_another_method_is_refused() -> None:
    assert error(attrs.evolve(signed(), method="PUT")) == "InvalidSignatureException"


def test_secrets_stand_in_no_repr() -> None:
    shown = repr(TEMPORARY) + repr(signed(b"the body", credential=TEMPORARY))
    assert not any(secret in shown for secret in ("other", "token", "the body", "Signature="))
