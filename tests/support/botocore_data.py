"""Reads botocore's data once for all tests, and leaves out what no test uses.

Most tests make sessions or clients of their own. Each session would parse the file of all endpoints and look
into the folders of all services again. Each client would look for each event among all aliases, copy the
event handlers of all services, look for proxies and make a context for TLS. That takes more time than most
tests.
"""

import contextlib
import functools
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import botocore.endpoint
import botocore.hooks
import pytest
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import EventAliaser
from botocore.httpsession import URLLib3Session
from botocore.loaders import JSONFileLoader, Loader

from voiceid_sdk._wire.sessions import _FileLoader

_LOADERS: Final = (JSONFileLoader, _FileLoader)

_SERVICES: Final = {"s3", "sts", "voice-id"}
"""The services that tests send requests to."""


@contextlib.contextmanager
def read_once() -> Iterator[None]:
    """Let all loaders return the same object for the same file.

    No test changes it. botocore adds what is missing in the file of all endpoints, which is always the same.
    """
    with pytest.MonkeyPatch.context() as patch:
        for loader in _LOADERS:
            patch.setattr(loader, "load_file", _parsing_once(loader.load_file))
        patch.setattr(Loader, "list_available_services", _listing_once(Loader.list_available_services))
        patch.setattr(EventAliaser, "__init__", _aliasing_once(EventAliaser.__init__))
        patch.setattr(botocore.hooks, "accepts_kwargs", _inspecting_once(botocore.hooks.accepts_kwargs))
        patch.setattr(URLLib3Session, "_get_ssl_context", _if_used(vars(URLLib3Session)["_get_ssl_context"]))
        patch.setattr(botocore.endpoint, "get_environ_proxies", lambda _url: {})
        handlers = list(BUILTIN_HANDLERS)
        BUILTIN_HANDLERS[:] = [handler for handler in handlers if _is_used(handler[0])]
        yield
        BUILTIN_HANDLERS[:] = handlers


def read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the loaders parse each file again, for a test that compares them."""
    for loader in _LOADERS:
        original: Any = inspect.unwrap(loader.load_file)
        monkeypatch.setattr(loader, "load_file", original)


def _parsing_once(load_file: Any) -> Any:
    parsed: dict[tuple[Path, int], Any] = {}

    @functools.wraps(load_file)
    def load_once(self: JSONFileLoader, file_path: str) -> Any:
        for path in (Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")):
            with contextlib.suppress(OSError):
                key = (path, path.stat().st_mtime_ns)
                if key not in parsed:
                    parsed[key] = load_file(self, file_path)
                return parsed[key]
        return load_file(self, file_path)

    return load_once


def _listing_once(list_available_services: Any) -> Any:
    listed: dict[tuple[str, ...], list[str]] = {}

    def list_once(self: Loader, type_name: str) -> list[str]:
        key = (type_name, *self.search_paths)
        if key not in listed:
            listed[key] = list_available_services(self, type_name)
        return listed[key]

    return list_once


def _aliasing_once(init: Any) -> Any:
    names: dict[str, str] = {}

    def init_with_names(self: EventAliaser, *arguments: Any, **options: Any) -> None:
        init(self, *arguments, **options)
        vars(self)["_alias_name_cache"] = names  # no client has aliases of its own

    return init_with_names


def _inspecting_once(accepts_kwargs: Any) -> Any:
    known: dict[Any, bool] = {}

    def inspect_once(handler: Any) -> bool:
        code = getattr(handler, "__code__", None)
        if code is None:  # an object that can be called
            return bool(accepts_kwargs(handler))
        if code not in known:
            known[code] = bool(accepts_kwargs(handler))
        return known[code]

    return inspect_once


def _if_used(get_ssl_context: Any) -> Any:
    def context_for_own_certificates(self: Any) -> Any:
        # No server of the tests has a certificate of a public authority. urllib3 can do without a context.
        return None if self._verify is True else get_ssl_context(self)

    return context_for_own_certificates


def _is_used(event: str) -> bool:
    """Return whether botocore emits an event for all services, or for one that tests use."""
    kind, _, rest = event.partition(".")
    return kind != "docs" and (not rest or rest.partition(".")[0] in _SERVICES)
