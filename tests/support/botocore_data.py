"""Reads botocore's data once for all tests.

Most tests make sessions or clients of their own. Each session would parse the file of all endpoints and look
into the folders of all services again, and each client would look for each event among all aliases. That
takes more time than most tests.
"""

import contextlib
import functools
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader, Loader

from voiceid_sdk._wire.sessions import _FileLoader

_LOADERS: Final = (JSONFileLoader, _FileLoader)


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
        yield


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
