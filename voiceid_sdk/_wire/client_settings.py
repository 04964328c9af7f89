"""What it takes to make a client like another one in another process: settings, and never credentials."""

from typing import TYPE_CHECKING, Final, NamedTuple, cast
from urllib.parse import urlsplit

from voiceid_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    # boto3 is imported when a client is made, not when the package is.
    from voiceid_sdk._wire.transport import Made

FOUND_BY_EVERY_MACHINE: Final = frozenset(
    {
        "assume-role",
        "assume-role-with-web-identity",
        "boto-config",
        "config-file",
        "container-role",
        "custom-process",
        "env",
        "iam-role",
        "login",
        "shared-credentials-file",
        "sso",
    }
)
"""Where botocore itself looks for credentials, by its names: each machine can do so for itself."""


# Plain classes, here and below: every program imports them, and attrs takes its time to make one.
class Recipe(NamedTuple):
    """The settings of a client that was made here."""

    region_name: str | None
    """The region that the client is in, wherever that was found."""
    profile_name: str | None
    endpoint_url: str | None
    max_attempts: int | None
    app_id: str | None
    validate_requests: bool
    pickled_config: bytes | None
    """The ``botocore.config.Config`` that was given, which by itself cannot be compared."""

    def __repr__(self) -> str:
        return f"<recipe of a client in {self.region_name}>"

    @property
    def config(self) -> object:
        """The ``botocore.config.Config`` that was given, if one was."""
        if self.pickled_config is None:
            return None
        import pickle  # costs start-up time, and few give a config

        return cast("object", pickle.loads(self.pickled_config))  # noqa: S301 - from the pickle of this recipe


class Stays:
    """Takes the place of a recipe where there is none: the client exists in this process alone."""

    def __init__(
        self,
        reason: str = "you brought its client (client=), with its connections and credentials",
        next_step: str = "Make the client with VoiceID() and settings.",
    ) -> None:
        self._reason = reason
        self._next_step = next_step

    def refuse(self) -> ConfigurationError:
        """Return the error for whoever sends it elsewhere."""
        message = f"This cannot be pickled for another process: {self._reason}"
        return ConfigurationError(message, next_step=self._next_step)


_SERVE: Final = "Serve the Local Voice ID over HTTP (python -m voiceid_sdk.local), and give endpoint_url=."
_BY_ENVIRONMENT: Final = "Let each machine find its own: by profile_name=, AWS_ variables or a role."


def recipe_of(
    made: "Made",
    *,
    endpoint_url: str | None,
    config: object,
    max_attempts: int | None,
    app_id: str | None,
    validate_requests: bool,
    clock: object,
) -> Recipe | Stays:
    """Return the recipe of a client that was made with these settings, if it has one."""
    endpoint: str = made.client.meta.endpoint_url
    # No name in this domain is ever resolved (RFC 2606), so whoever answers is here.
    if (urlsplit(endpoint).hostname or "").endswith(".invalid"):
        return Stays("the Local Voice ID that it talks to is in this process", _SERVE)
    if clock is not None:
        return Stays("its clock (clock=) is in this process", "Make the client without a clock.")
    if made.credentials_from not in {None, *FOUND_BY_EVERY_MACHINE}:
        return Stays("its credentials were given by hand", _BY_ENVIRONMENT)
    proxies: dict[str, str] = getattr(config, "proxies", None) or {}
    if any("@" in urlsplit(url).netloc for url in (endpoint_url or "", *proxies.values())):
        return Stays("there is a password in endpoint_url or a proxy", _BY_ENVIRONMENT)
    try:
        pickled_config = _pickled(config)
    except Exception:  # noqa: BLE001 - what is in a Config may fail in any way
        return Stays("its config cannot be pickled", "Give a config that can be.")
    return Recipe(
        region_name=made.client.meta.region_name,
        profile_name=None if made.profile_name == "default" else made.profile_name,
        endpoint_url=endpoint_url,
        max_attempts=max_attempts,
        app_id=app_id,
        validate_requests=validate_requests,
        pickled_config=pickled_config,
    )


def _pickled(config: object) -> bytes | None:
    if config is None:
        return None
    import pickle

    return pickle.dumps(config)
