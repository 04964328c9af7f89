"""The sessions that clients are made on: the caller's, boto3's default, or our own for each profile.

boto3's clients are made by botocore. boto3 adds resources and transfers to S3, which Voice ID does not have,
and importing them takes a tenth of the time of making a client. So boto3 is imported only if the caller uses
it.
"""

import contextlib
import copy
import json
import os
import sys
from pathlib import Path
from typing import Any, ClassVar

import botocore.exceptions
import botocore.loaders
import botocore.session

from voiceid_sdk import service_model
from voiceid_sdk._forks import after_fork_in_child
from voiceid_sdk.errors import ConfigurationError
from voiceid_sdk.service_model.model import load_service


class _Process:
    """The state of this process."""

    sessions: ClassVar[dict[object, "BotocoreSession"]] = {}
    """The session that was made last, by its profile and environment."""


def _renew() -> None:
    _Process.sessions = {}


after_fork_in_child(_renew)


class BotocoreSession:
    """A session of botocore with those methods of a ``boto3.Session`` that are used to make clients.

    Args:
        session: the session of botocore.
    """

    def __init__(self, session: Any) -> None:
        self._session = session  # the name that boto3 gives it

    @property
    def profile_name(self) -> str:
        """The profile; ``default`` when none is set."""
        profile: str | None = self._session.profile
        return profile or "default"

    @property
    def region_name(self) -> str | None:
        """The region; None when none is set."""
        region: str | None = self._session.get_config_variable("region")
        return region

    def get_credentials(self) -> Any:
        """Return the credentials, or None when there are none."""
        return self._session.get_credentials()

    def client(self, service_name: str, **options: Any) -> Any:
        """Make a client."""
        return self._session.create_client(service_name, **options)


def session_for(session: object | None, profile_name: str | None) -> Any:
    """Return the session to make a client on.

    Args:
        session: the caller's ``boto3.Session``, if there is one.
        profile_name: the profile that the caller gave.

    Raises:
        ConfigurationError: both are given, or the session is none of boto3.
    """
    if session is None:
        # So that boto3.setup_default_session() takes effect.
        default = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
        return own_session(profile_name) if profile_name is not None or default is None else default
    if profile_name is not None:
        raise ConfigurationError("session and profile_name exclude each other", next_step="Give one of them.")
    import boto3

    if not isinstance(session, boto3.Session):
        raise ConfigurationError("session must be a boto3.Session", next_step="Give boto3.Session(...).")
    return session


class _FileLoader(botocore.loaders.JSONFileLoader):
    """Reads files as botocore does, into plain dictionaries.

    botocore makes ordered dictionaries, as was necessary before Python 3.7. They take twice the time and more
    memory, and the file of all endpoints has thousands.
    """

    def load_file(self, file_path: str) -> Any:
        try:
            content = Path(f"{file_path}.json").read_bytes()
        except OSError:
            return super().load_file(file_path)  # compressed, or not there
        return json.loads(content)


class _Loader(botocore.loaders.Loader):
    """Loads data as botocore does, except for the service model of Voice ID, which is the SDK's own.

    botocore lists the folders of some 450 services to find whether one of them exists, and its model
    contains the documentation. Together, that takes half of the time of making a client.
    """

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if service_name == service_model.SERVICE_NAME:
            if type_name == "service-2":
                return load_service()
            # Without such a file, botocore's own way below raises the error that callers expect.
            with contextlib.suppress(botocore.exceptions.DataNotFoundError):
                return self.load_data(str(Path(service_name, service_model.API_VERSION, type_name)))
        return super().load_service_model(service_name, type_name, api_version)


def own_session(profile_name: str | None) -> BotocoreSession:
    """Return the session of all clients that are made with this profile and this environment."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    key = (profile_name, frozenset(settings.items()))
    if key not in _Process.sessions:
        core: Any = botocore.session.get_session()
        if profile_name is not None:
            core.set_config_variable("profile", profile_name)
        own_models = Path(botocore.loaders.Loader.CUSTOMER_DATA_PATH, service_model.SERVICE_NAME)
        # A model that the user has installed is used, as botocore would.
        if core.get_config_variable("data_path") is None and not own_models.exists():
            core.register_component("data_loader", _Loader(file_loader=_FileLoader()))
        _Process.sessions = {key: BotocoreSession(core)}
    return _Process.sessions[key]


class _Credentials:
    """Gives a session the credentials of another session, which keeps refreshing them."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def load_credentials(self) -> object:
        return self._session.get_credentials()


def with_model(session: Any) -> BotocoreSession:
    """Return a session like the given one that also has our copy of the service model.

    botocore drops the clients of services that have ended. The caller's own session is not changed.

    Args:
        session: a ``boto3.Session``, or one of ours.
    """
    core = session._session  # noqa: SLF001 - boto3 has no public name for it
    profile = core.profile if core.profile in core.available_profiles else None
    ours = botocore.session.Session(
        profile=profile,
        event_hooks=copy.copy(core.get_component("event_emitter")),
        include_builtin_handlers=False,
    )
    ours.get_component("data_loader").search_paths.append(service_model.LOADER_PATH)
    ours.register_component("credential_provider", _Credentials(session))
    if session.region_name is not None:
        ours.set_config_variable("region", session.region_name)
    return BotocoreSession(ours)
