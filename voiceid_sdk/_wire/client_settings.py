"""The settings of a client: made first, passed on, and sent to other processes, without credentials."""

from typing import TYPE_CHECKING, Final, NamedTuple, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    # boto3 is imported when a client is made, not when the package is.
    from voiceid_sdk._wire.clients import NewClient

FOUND_BY_EVERY_MACHINE: Final = frozenset(
    {
        "assume-role",
        "assume-role-with-web-identity",
        "boto-config",
        "config-file",
        "container-role",
        "custom-process",
        "ec2-credentials-file",
        "env",
        "iam-role",
        "login",
        "shared-credentials-file",
        "sso",
    }
)
"""botocore's names of the sources of credentials that each machine has for itself."""


# NamedTuples and a plain class: every program imports them, and attrs classes take longer to make.
class ClientSettings(NamedTuple):
    """The arguments of ``VoiceID`` that say how to make a client and what to check before sending."""

    region_name: str | None = None
    profile_name: str | None = None
    endpoint_url: str | None = None
    session: object = None
    """A ``boto3.Session``; None once the settings are to be sent to other processes."""
    config: object = None
    """A ``botocore.config.Config``; a ``PickledConfig`` once the settings are to be sent."""
    max_attempts: int | None = None
    app_id: str | None = None
    validate_requests: bool = True
    timeout: float | None = None
    """The longest time to connect, and the longest to wait for a response, in seconds."""

    def __repr__(self) -> str:
        return f"<settings of a client in {self.region_name}>"

    @property
    def given(self) -> list[str]:
        """The names of the arguments that were given and concern the making of a client."""
        ours = {"validate_requests"}
        return [name for name, value in self._asdict().items() if value is not None and name not in ours]


class PickledConfig(NamedTuple):
    """A ``botocore.config.Config`` as bytes, because a config itself cannot be compared or hashed."""

    pickled: bytes

    def load(self) -> object:
        """Return the config."""
        import pickle  # imported lazily: few programs give a config

        return cast("object", pickle.loads(self.pickled))  # noqa: S301 - from the pickle of the settings


class NotPicklable:
    """Takes the place of settings where a client cannot be made like this one in another process.

    Args:
        reason: why not.
        next_step: what to do about it.
    """

    def __init__(self, reason: str, next_step: str) -> None:
        self.reason = reason
        self.next_step = next_step


_SERVE: Final = "Serve the Local Voice ID over HTTP (python -m voiceid_sdk.local), and give endpoint_url=."
_BY_ENVIRONMENT: Final = "Let each machine find its own: by profile_name=, AWS_ variables or a role."


def settings_of(
    new: "NewClient", given: ClientSettings, clock: object, on_call: object = None
) -> ClientSettings | NotPicklable:
    """Return the settings that make a client like this one in another process.

    Args:
        new: the client.
        given: the settings that it was made with.
        clock: the clock of its waits, if it has one.
        on_call: the function that receives its calls, if it has one.
    """
    endpoint: str = new.client.meta.endpoint_url
    # Names in this domain never resolve (RFC 2606), so a hook in this process responds.
    if (urlsplit(endpoint).hostname or "").endswith(".invalid"):
        return NotPicklable("its Local Voice ID is in this process", _SERVE)
    in_process = {"clock": clock, "on_call": on_call}
    if name := next((name for name, one in in_process.items() if one is not None), None):
        return NotPicklable(f"its {name} ({name}=) is in this process", f"Make the client without a {name}.")
    if new.credentials_from not in {None, *FOUND_BY_EVERY_MACHINE}:
        return NotPicklable("its credentials were given by hand", _BY_ENVIRONMENT)
    proxies: dict[str, str] = getattr(given.config, "proxies", None) or {}
    # botocore takes proxies without a scheme, so a name or password may stand anywhere before an @.
    if any("@" in str(url) for url in (given.endpoint_url or "", *proxies.values())):
        return NotPicklable("there is a password in endpoint_url or a proxy", _BY_ENVIRONMENT)
    try:
        config = _pickled(given.config)
    except Exception:  # noqa: BLE001 - the objects in a Config may raise any error
        return NotPicklable("its config cannot be pickled", "Give a config that can be.")
    return given._replace(
        region_name=new.client.meta.region_name,
        profile_name=None if new.profile_name == "default" else new.profile_name,
        session=None,
        config=config,
    )


def _pickled(config: object) -> PickledConfig | None:
    if config is None or isinstance(config, PickledConfig):
        return config
    import pickle

    return PickledConfig(pickle.dumps(config))
