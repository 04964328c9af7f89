"""Clean-up steps that fail: the interrupt or cancellation that is on its way wins, and a record is logged."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NoReturn, TypeVar

import pytest

from voiceid_sdk import AsyncVoiceID, VoiceID, bulk
from voiceid_sdk import progress as progress_module
from voiceid_sdk._files import writing_whole
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.migration import Inventory
from voiceid_sdk.progress import ProgressOption, track_progress
from voiceid_sdk.runs import uploads
from voiceid_sdk.testing import VoiceIDStub

ValueT = TypeVar("ValueT")
URL: Final = "http://127.0.0.1:1"
SHOWN: Final[ProgressOption] = True
SILENT: Final[ProgressOption] = False


def fail(*_: object, **__: object) -> NoReturn:
    raise OSError("canary: the clean-up failed")


def broken(thing: ValueT, close: Any) -> ValueT:
    """Return a thing whose clean-up fails after it was carried out."""
    owner, name = close
    work = getattr(owner, name)

    def failing() -> NoReturn:
        work()
        fail()

    setattr(owner, name, failing)
    return thing


def client() -> VoiceID:
    made = VoiceID(endpoint_url=URL)
    return broken(made, (made.boto3_client, "close"))


def service() -> LocalVoiceID:
    made = LocalVoiceID()
    return broken(made, (made._store, "close"))


def stub() -> VoiceIDStub:
    made = VoiceIDStub()
    return broken(made, (made.client.boto3_client, "close"))


def inventory() -> Inventory:
    made = Inventory.read(())
    return broken(made, (made._store, "close"))


def temporary_folder() -> AbstractContextManager[Path]:
    class Folder(tempfile.TemporaryDirectory[str]):
        def cleanup(self) -> None:
            super().cleanup()
            fail()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "TemporaryDirectory", Folder)
        context = uploads._temporary_folder()
        context.__enter__()
    return SimpleContext(context)  # type: ignore[return-value] # it is only left


class SimpleContext:
    """A context that was entered before."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        self._context.__exit__(*error)


def full_disk() -> Any:
    system = os.open

    def opening(_: str, flags: int, mode: int) -> int:
        return system("/dev/full", flags & ~(os.O_CREAT | os.O_EXCL), mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", opening)
        context = writing_whole(Path(tempfile.gettempdir()) / "no-such-file", private=True)
        context.__enter__().write("canary")
    return SimpleContext(context)


class Bar(SimpleNamespace):
    """A bar of tqdm that cannot be closed, because its terminal is gone."""

    n = 0
    close = staticmethod(fail)

    def update(self, _: int) -> None:
        pass


def with_bars(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sys.modules, "tqdm", SimpleNamespace(auto=SimpleNamespace(tqdm=Bar)))
    patch.setattr(progress_module, "_can_show_bars", lambda: True)


def bar() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        with_bars(patch)
        context = track_progress(SHOWN, what="work")
        context.__enter__()
    return SimpleContext(context)


CONTEXTS: Final[tuple[Callable[[], Any], ...]] = (
    client,
    service,
    stub,
    inventory,
    temporary_folder,
    pytest.param(full_disk, marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")),  # type: ignore[assignment]
    bar,
)


@pytest.mark.parametrize("make", CONTEXTS)
def test_an_interrupt_wins_over_a_clean_up_that_fails(
    make: Callable[[], AbstractContextManager[object]], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeyboardInterrupt), make():
        raise KeyboardInterrupt
    assert "A clean-up failed" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize("make", CONTEXTS)
def test_without_an_interrupt_the_error_of_the_clean_up_is_raised(
    make: Callable[[], AbstractContextManager[object]],
) -> None:
    with pytest.raises(OSError), make():  # noqa: PT011 - ours and those of the system
        pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, asyncio.CancelledError])
def test_an_async_client_lets_an_interrupt_pass(error: type[BaseException]) -> None:
    async def use() -> None:
        made = AsyncVoiceID(endpoint_url=URL)
        async with broken(made, (made.boto3_client, "close")):
            raise error

    coroutine = use()
    with pytest.raises(error):
        coroutine.send(None)


def items() -> Iterator[int]:
    yield 1
    raise KeyboardInterrupt


async def double(number: int) -> int:
    return 2 * number


def test_an_interrupt_of_a_bulk_run_wins_over_its_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    with_bars(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        list(bulk.run(str, items(), progress=SHOWN))


def test_an_interrupt_of_an_async_bulk_run_wins_over_its_progress_bar(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_bars(monkeypatch)

    async def use() -> None:
        async for _ in bulk.run(double, items(), progress=SHOWN):
            pass

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(use())


def test_a_client_closes_all_clients_with_other_options_even_if_one_fails() -> None:
    closed: list[str] = []
    voiceid = VoiceID(endpoint_url=URL)
    derived = [voiceid.with_options(timeout=seconds) for seconds in (1, 2)]
    for name, made in (("main", voiceid), ("first", derived[0]), ("second", derived[1])):
        boto3_client: Any = made.boto3_client
        work = boto3_client.close

        def close(name: str = name, work: Callable[[], None] = work) -> None:
            work()
            closed.append(name)
            fail()

        boto3_client.close = close
    with pytest.raises(OSError, match="clean-up"):
        voiceid.close()
    assert sorted(closed) == ["first", "main", "second"]
