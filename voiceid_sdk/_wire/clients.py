"""Makes boto3 clients for Voice ID, also where the installed botocore no longer has the service."""

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import botocore.config
import botocore.exceptions

from voiceid_sdk import service_model
from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk._values import COUNT, NUMBER, has_type
from voiceid_sdk._version import __version__
from voiceid_sdk._wire.client_settings import ClientSettings, PickledConfig
from voiceid_sdk._wire.endpoints import is_on_this_machine, is_server_url, missing_settings
from voiceid_sdk._wire.sessions import session_for, with_model
from voiceid_sdk.errors import ConfigurationError, VoiceIDError

_logger: Final = logging.getLogger("voiceid_sdk")

DEFAULT_MAX_ATTEMPTS: Final = 3
"""How often a call is sent at most; botocore's own default differs from version to version."""

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
"""The longest time to connect, and to wait for a response, unless the caller says otherwise.

All requests and responses are small, and a caller may be on the phone. botocore's own limits are 60 s each,
so that a call of three attempts could take six minutes.
"""

POOL_SIZE: Final = 256
"""How many connections are kept open for further calls, unless a config sets it.

A connection is only opened when it is needed. With botocore's own limit of 10, more threads than that would
close and open a connection for nearly every call.
"""


class _Process:
    """The state of this process."""

    making = threading.Lock()
    """A session may not make two clients at the same time."""


def _renew() -> None:
    _Process.making = threading.Lock()


after_fork_in_child(_renew)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewClient:
    """A client that was made here, and the facts that its session has about it."""

    client: Any
    profile_name: str
    """The profile of the session; ``default`` when none is set."""
    credentials_from: str | None
    """botocore's name of the provider that found the credentials; None when there are none."""


def make_client(settings: ClientSettings) -> NewClient:
    """Make a boto3 client for Voice ID, whether or not the installed botocore still has the service.

    Raises:
        ConfigurationError: no region, an unknown profile, an endpoint that is no URL, or a wrong argument.
    """
    check_types(settings)
    if settings.endpoint_url is not None and not is_server_url(settings.endpoint_url):
        raise ConfigurationError(
            "endpoint_url is not a URL",
            next_step="Give one that begins with http:// or https://, such as http://127.0.0.1:8787.",
        )
    options: dict[str, Any] = {"region_name": settings.region_name, "endpoint_url": settings.endpoint_url}
    try:
        with _Process.making:
            options["config"] = _config(settings)
            session = session_for(settings.session, settings.profile_name)
            if is_on_this_machine(settings.endpoint_url):
                options |= missing_settings(session, settings.region_name)
            client = _client(session, options)
            # The client has looked for credentials, so this returns what it found.
            credentials = None if "aws_access_key_id" in options else session.get_credentials()
            return NewClient(
                client=client,
                profile_name=session.profile_name,
                credentials_from=getattr(credentials, "method", None),
            )
    except VoiceIDError:
        raise
    except Exception as error:  # noqa: BLE001 - files, programs and plugins of the AWS settings raise any error
        from voiceid_sdk._wire.botocore_errors import configuration_error
        from voiceid_sdk._wire.system_errors import setting_error

        failure = (
            configuration_error(error)
            or setting_error(error)
            or ConfigurationError(
                f"The client cannot be made ({type(error).__name__})",
                next_step="Check region_name, endpoint_url, config and the AWS configuration.",
            )
        )
    raise failure


def check_types(settings: ClientSettings) -> None:
    """Raise a ConfigurationError if a text or a number among the settings has another type."""
    texts = ("region_name", "profile_name", "endpoint_url", "app_id")
    if wrong := [name for name in texts if not isinstance(getattr(settings, name), (str, type(None)))]:
        raise ConfigurationError(f"{' and '.join(wrong)} must be a string")
    numbers = {"max_attempts": (COUNT, "a whole number"), "timeout": (NUMBER, "a number of seconds")}
    for name, (types, what) in numbers.items():
        value: object = getattr(settings, name)
        if value is not None and not has_type(value, types):
            raise ConfigurationError(f"{name} must be {what}")


LONGEST_SECONDS: Final = 365 * 24 * 3600
"""The longest timeout, in seconds; the functions of the system reject much longer ones."""

_APP_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,50}")


def _config(settings: ClientSettings) -> botocore.config.Config:
    extra = f"voiceid-sdk/{__version__}"
    config, app_id = settings.config, settings.app_id
    if isinstance(config, PickledConfig):
        config = config.load()
    if config is not None and not isinstance(config, botocore.config.Config):
        raise ConfigurationError(
            "config must be a botocore.config.Config", next_step="Give botocore.config.Config(...)."
        )
    # Phrased positively, so that NaN fails.
    if settings.timeout is not None and not 0 < settings.timeout <= LONGEST_SECONDS:
        raise ConfigurationError(
            "timeout must be more than 0 and at most a year", next_step="Give it in seconds."
        )
    if app_id is not None:
        if not _APP_ID.fullmatch(app_id):
            raise ConfigurationError(
                "app_id is not valid", next_step="Give 1 to 50 letters, digits, '-', '.' or '_'."
            )
        # The format of botocore's own user_agent_appid, which its older versions lack.
        extra = f"{extra} app/{app_id}"
    # botocore sets the attributes of a Config at run time, so its types lack them.
    given: Any = config
    if given is not None and given.user_agent_extra:
        extra = f"{given.user_agent_extra} {extra}"
    defaults: dict[str, Any] = {
        "max_pool_connections": POOL_SIZE,
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
    }
    ours: dict[str, Any] = {
        "user_agent_extra": extra,
        "retries": _retries(None if given is None else given.retries, settings.max_attempts),
    }
    if settings.timeout is not None:
        ours |= {"connect_timeout": settings.timeout, "read_timeout": settings.timeout}
    if given is None:
        return botocore.config.Config(**{**defaults, **ours})
    merged: botocore.config.Config = (
        botocore.config.Config(**defaults).merge(given).merge(botocore.config.Config(**ours))
    )
    return merged


def _retries(given: Mapping[str, Any] | None, max_attempts: int | None) -> dict[str, Any]:
    """Return the retry settings of a config, with ours where it has none: botocore's defaults change."""
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
        return with_model(session).client(service_model.SERVICE_NAME, **options)
