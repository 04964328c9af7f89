"""``mock_voice_id``: catches every ``voice-id`` client in the process, whoever made it and when."""

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from voiceid_sdk import service_model
from voiceid_sdk.local.service import ENDPOINT_URL, LocalVoiceID

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from voiceid_sdk.local.options import ServiceOptions

# boto3 is imported where it is needed: who only reads this module should not wait for it.

_SERVICE_ID: Final = service_model.load_service()["metadata"]["serviceId"]


@contextlib.contextmanager
def mock_voice_id(**options: "Unpack[ServiceOptions]") -> Generator[LocalVoiceID]:
    """Answer every ``voice-id`` client of this process from a Local Voice ID, as long as the context lasts.

    A context manager and a decorator. It catches clients that are made before, meanwhile, or by code that you
    cannot reach, in all regions. Inside moto's ``mock_aws``, jobs read and write moto's S3 unless ``options``
    name another place.

    Args:
        options: those of ``LocalVoiceID``.

    Returns:
        The service, to start calls on it or to look inside.

    Raises:
        RuntimeError: another ``mock_voice_id`` lasts still.
    """
    if "s3" not in options and "s3_root" not in options and _moto_is_active():
        import boto3

        boto3_module: Any = boto3  # whose overloads for hundreds of services no checker gets through
        options["s3"] = boto3_module.client("s3", region_name=options.get("region_name", "us-east-1"))
    from voiceid_sdk.local.clients.botocore_hook import event_handler

    with LocalVoiceID(**options) as service, _every_client_answered_by(event_handler(service.handle)):
        yield service


_active: Final = threading.Lock()


@contextlib.contextmanager
def _every_client_answered_by(response: Callable[..., object]) -> Generator[None]:
    """Give each client the handler when it makes its first call.

    The handler is for ``voice-id`` alone, so botocore asks it before moto's, which is for all services. A
    client cannot be had before its first call: botocore knows its sessions no better than we do.
    """
    import botocore.client

    from voiceid_sdk.local.clients.botocore_hook import EVENT

    if not _active.acquire(blocking=False):
        raise RuntimeError("mock_voice_id is active already, and catches every client once")
    caught: WeakSet[Any] = WeakSet()
    # The name is private, but it is where everybody replaces botocore's calls, moto's guide included.
    patched: Any = botocore.client.BaseClient
    make_api_call = patched._make_api_call  # noqa: SLF001

    @functools.wraps(make_api_call)
    def catch(client: Any, *arguments: object) -> object:  # noqa: ANN401 - a class made at run time
        # A client that a Local Voice ID made has one that answers; botocore would ask both.
        if client not in caught and _is_for_voice_id(client) and client.meta.endpoint_url != ENDPOINT_URL:
            caught.add(client)
            client.meta.events.register(EVENT, response)
        return make_api_call(client, *arguments)

    patched._make_api_call = catch  # noqa: SLF001
    try:
        yield
    finally:
        patched._make_api_call = make_api_call  # noqa: SLF001
        for client in caught:
            client.meta.events.unregister(EVENT, response)
        _active.release()


def _is_for_voice_id(client: Any) -> bool:  # noqa: ANN401 - as above
    return str(client.meta.service_model.service_id) == _SERVICE_ID


def _moto_is_active() -> bool:
    moto = sys.modules.get("moto.core.models")
    return moto is not None and bool(moto.botocore_stubber.enabled)
