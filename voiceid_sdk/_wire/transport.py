"""The one door to botocore: makes the client, sends requests, returns typed data or raises our errors."""

import contextvars
import copy
import functools
import logging
import re
import threading
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import attrs
import boto3
import botocore.config
import botocore.exceptions
import botocore.session

from voiceid_sdk import service_model
from voiceid_sdk._conversion.structuring import ConversionError
from voiceid_sdk._version import __version__
from voiceid_sdk._wire.decoding import decode
from voiceid_sdk._wire.requests import Body, Call, method_name, takes_client_token
from voiceid_sdk.errors import ConfigurationError, RequestValidationError, ResponseError, VoiceIDError

if TYPE_CHECKING:
    # It brings the data classes along, which no client needs before its first call.
    from voiceid_sdk._wire.operations import Operation

T = TypeVar("T")

_logger: Final = logging.getLogger("voiceid_sdk")

DEFAULT_MAX_ATTEMPTS: Final = 3
"""How often a call is sent at most; botocore's own default differs from version to version."""

POOL_SIZE: Final = 256
"""How many connections are kept for further calls, unless a config says so: as many as threads may call.

A connection is only opened when it is needed. Beyond botocore's own 10, threads that call at the same time
would close and open one for nearly every call.
"""


class _Capture:
    """Where the raw body of a call in progress is put; None when botocore never showed it."""

    body: bytes | None = None

    def __init__(self, operation: str) -> None:
        self.operation = operation


_capturing: Final[contextvars.ContextVar[_Capture | None]] = contextvars.ContextVar("capturing", default=None)


def _take_body(operation_model: Any, response_dict: dict[str, Any], **_: object) -> None:
    """Keep the raw body of a successful answer, and leave botocore nothing to parse.

    botocore drops members that its model lacks, takes broken JSON for an empty success, and spends most of
    its time on timestamps. Only our own calls are captured: whoever uses the client directly notices nothing,
    not even from a handler that is run by a call of ours.
    """
    capture = _capturing.get()
    if (
        capture is not None
        and capture.operation == operation_model.name
        and response_dict["status_code"] < HTTPStatus.MULTIPLE_CHOICES
    ):
        capture.body = response_dict["body"]
        response_dict["body"] = b""


@functools.cache
def _say_that_bodies_are_not_shown() -> None:
    """Log it, once."""
    _logger.debug("botocore shows no raw bodies, or the client is stubbed; reading what botocore parsed")


class Transport:
    """One boto3 client and the way that calls take through it.

    Args:
        client: a boto3 client for ``voice-id``, or anything that has its methods.
        is_ours: whether the client was made here; such a client gives up raw bodies, and is closed with us.
        validate_requests: whether requests are checked against the model before they are sent.
    """

    def __init__(self, client: Any, *, is_ours: bool, validate_requests: bool) -> None:
        self.client = client
        self._is_ours = is_ours
        self._validates = validate_requests
        meta = getattr(client, "meta", None)
        self.region: str | None = _text(getattr(meta, "region_name", None))
        self.endpoint: str | None = _text(getattr(meta, "endpoint_url", None))
        pool_size = getattr(getattr(meta, "config", None), "max_pool_connections", None)
        self.pool_size: int | None = pool_size if isinstance(pool_size, int) else None
        if is_ours:
            client.meta.events.register("before-parse.voice-id", _take_body)

    def call(self, operation: "Operation[T]", request: Body) -> T:
        """Send a request and return what the operation's row makes of the answer."""
        return self.call_with_request_id(operation, request)[0]

    def check(self, operation: "Operation[T]", request: Body) -> None:
        """Refuse a request that ``call`` would refuse to send."""
        self._prepare(operation.name, request)

    def call_with_request_id(self, operation: "Operation[T]", request: Body) -> tuple[T, str | None]:
        """Do the same, and return the answer's request id with it."""
        call = self._prepare(operation.name, request)
        parsed, raw = self._send(call)
        metadata = cast("Mapping[str, object]", parsed.get("ResponseMetadata") or {})
        request_id = _text(metadata.get("RequestId"))
        try:
            return operation.read(_without_metadata(parsed) if raw is None else decode(raw)), request_id
        except ConversionError as error:
            problems = str(error)
        raise self._broken(call, request_id, problems)

    def call_raw(self, name: str, request: Body) -> dict[str, object]:
        """Send a request and return boto3's own dictionary."""
        if name not in service_model.operation_names():
            raise RequestValidationError(
                "No such operation",
                operation="call",
                next_step=f"Voice ID has {', '.join(service_model.operation_names())}.",
            )
        return dict(self._invoke(self._prepare(name, request)))

    def close(self) -> None:
        """Close the connections of a client that was made here."""
        if self._is_ours:
            self.client.close()

    def _prepare(self, name: str, request: Body) -> Call:
        sent = {member: value for member, value in request.items() if value is not None}
        if takes_client_token(name):
            # Made here and not by botocore, so that whoever retries the call can send the same token.
            sent.setdefault("ClientToken", str(uuid.uuid4()))
        if self._validates and (violations := service_model.violations(name, sent)):
            from voiceid_sdk._wire.botocore_errors import refuse

            raise refuse(name, violations)
        return Call(
            operation=name,
            request=sent,
            region=self.region,
            endpoint=self.endpoint,
            client_token=cast("str | None", sent.get("ClientToken")),
        )

    def _invoke(self, call: Call) -> Mapping[str, object]:
        """Call the client's method; errors are raised outside the handler, so that they chain nothing."""
        method = getattr(self.client, method_name(call.operation))
        try:
            return cast("Mapping[str, object]", method(**call.request))
        except Exception as error:
            # It costs start-up time, and most calls do not fail.
            from voiceid_sdk._wire.botocore_errors import translate

            failure = translate(error, call)
            if failure is None:
                raise
        raise failure

    def _send(self, call: Call) -> tuple[Mapping[str, object], bytes | None]:
        """Return what botocore parsed, and the raw body if it showed one."""
        capture = _Capture(call.operation)
        token = _capturing.set(capture if self._is_ours else None)
        try:
            parsed = self._invoke(call)
        finally:
            _capturing.reset(token)
        if self._is_ours and capture.body is None:
            _say_that_bodies_are_not_shown()
        return parsed, capture.body

    def _broken(self, call: Call, request_id: str | None, problems: str) -> ResponseError:
        return ResponseError(
            f"{call.operation} succeeded, but its answer cannot be read: {problems}",
            operation=call.operation,
            request_id=request_id,
            client_token=call.client_token,
            next_step="Describe or list to see what came of it.",
        )


def _without_metadata(parsed: Mapping[str, object]) -> Body:
    return {member: value for member, value in parsed.items() if member != "ResponseMetadata"}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


# --- Making a client ------------------------------------------------------------------------------------

# A boto3 session may not make two clients at the same time.
_making: Final = threading.Lock()


@attrs.frozen(kw_only=True, eq=False)
class Made:
    """A client that was made here, and what of its boto3 session is worth knowing."""

    client: Any
    profile_name: str
    """The profile of the session; ``default`` is what botocore calls none."""
    credentials_from: str | None
    """Which of botocore's ways found the credentials, by its name; None when there are none."""


_APP_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,50}")


def make_client(
    *,
    region_name: str | None,
    profile_name: str | None,
    endpoint_url: str | None,
    session: object,
    config: object,
    max_attempts: int | None,
    app_id: str | None,
) -> Made:
    """Make a boto3 client for Voice ID, whether or not the installed botocore still knows the service.

    Raises:
        ConfigurationError: no region, an unknown profile, an endpoint that is no URL, or a wrong argument.
    """
    if endpoint_url is not None and not endpoint_url.startswith(("http://", "https://")):
        raise ConfigurationError(
            "endpoint_url is not a URL", next_step="Give one that begins with http:// or https://."
        )
    options: dict[str, Any] = {"region_name": region_name, "endpoint_url": endpoint_url}
    try:
        with _making:
            options["config"] = _config(config, max_attempts, app_id)
            found = _session(session, profile_name)
            client = _client(found, options)
            # The client has just looked for them, so this looks no further.
            credentials = found.get_credentials()
            return Made(
                client=client,
                profile_name=found.profile_name,
                credentials_from=getattr(credentials, "method", None),
            )
    except VoiceIDError:
        raise
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        from voiceid_sdk._wire.botocore_errors import configuration_error

        failure = configuration_error(error) or ConfigurationError(
            f"The client cannot be made ({type(error).__name__})",
            next_step="Check region_name, endpoint_url, config and the AWS configuration.",
        )
    raise failure


def _session(session: object, profile_name: str | None) -> Any:
    if session is None:
        # The default session, so that boto3.setup_default_session() is heard.
        if profile_name is None and boto3.DEFAULT_SESSION is None:
            boto3.setup_default_session()
        return boto3.DEFAULT_SESSION if profile_name is None else boto3.Session(profile_name=profile_name)
    if profile_name is not None:
        raise ConfigurationError("session and profile_name exclude each other", next_step="Give one of them.")
    if not isinstance(session, boto3.Session):
        raise ConfigurationError("session must be a boto3.Session", next_step="Give boto3.Session(...).")
    return session


def _config(config: object, max_attempts: int | None, app_id: str | None) -> botocore.config.Config:
    extra = f"voiceid-sdk/{__version__}"
    if config is not None and not isinstance(config, botocore.config.Config):
        raise ConfigurationError(
            "config must be a botocore.config.Config", next_step="Give botocore.config.Config(...)."
        )
    if app_id is not None:
        if not _APP_ID.fullmatch(app_id):
            raise ConfigurationError(
                "app_id is not valid", next_step="Give 1 to 50 letters, digits, '-', '.' or '_'."
            )
        # As botocore's own user_agent_appid writes it, which its older versions do not have.
        extra = f"{extra} app/{app_id}"
    # botocore makes the attributes of a Config as it runs, so no checker knows them.
    given: Any = config or botocore.config.Config()
    if given.user_agent_extra:
        extra = f"{given.user_agent_extra} {extra}"
    ours: dict[str, Any] = {"user_agent_extra": extra, "retries": _retries(given.retries, max_attempts)}
    pool = botocore.config.Config(max_pool_connections=POOL_SIZE)
    merged: botocore.config.Config = pool.merge(given).merge(botocore.config.Config(**ours))
    return merged


def _retries(given: Mapping[str, Any] | None, max_attempts: int | None) -> dict[str, Any]:
    """Return what a config says of retries, with ours where it says nothing: botocore's defaults change."""
    retries = {"mode": "standard", **(given or {})}
    if max_attempts is not None or not retries.keys() & {"max_attempts", "total_max_attempts"}:
        retries.pop("max_attempts", None)
        retries["total_max_attempts"] = DEFAULT_MAX_ATTEMPTS if max_attempts is None else max_attempts
    return retries


def _client(session: Any, options: dict[str, Any]) -> object:
    try:
        return session.client(service_model.SERVICE_NAME, **options)
    except botocore.exceptions.UnknownServiceError:
        _logger.debug("the installed botocore has no voice-id; using the SDK's own model")
        return _with_model(session).client(service_model.SERVICE_NAME, **options)


class _Credentials:
    """Gives a session the credentials of another, which go on being refreshed."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def load_credentials(self) -> object:
        return self._session.get_credentials()


def _with_model(session: Any) -> Any:
    """Return a session like the given one that also knows our copy of the service model.

    botocore drops the clients of services that have ended. The caller's own session is left as it is.
    """
    profile = session.profile_name if session.profile_name in session.available_profiles else None
    ours = botocore.session.Session(
        profile=profile, event_hooks=copy.copy(session.events), include_builtin_handlers=False
    )
    ours.get_component("data_loader").search_paths.append(service_model.LOADER_PATH)
    ours.register_component("credential_provider", _Credentials(session))
    return boto3.Session(botocore_session=ours, region_name=session.region_name)
