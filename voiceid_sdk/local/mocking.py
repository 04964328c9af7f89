"""``mock_voice_id``: connects all ``voice-id`` clients of the process to a Local Voice ID."""

import contextlib
import functools
import sys
import threading
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Final, Unpack
from weakref import WeakSet

from voiceid_sdk import service_model
from voiceid_sdk._decorating import FunctionT, decorated
from voiceid_sdk.local.clock import ManualClock
from voiceid_sdk.local.options import ServiceOptions
from voiceid_sdk.local.service import ENDPOINT_URL, LocalVoiceID

_SERVICE_ID: Final = service_model.load_service()["metadata"]["serviceId"]


def mock_voice_id(**options: Unpack[ServiceOptions]) -> "MockContext":
    """Connect every ``voice-id`` client of this process to a Local Voice ID while the context is active.

    A context manager and a decorator, also of ``async def`` functions. It applies to clients in all regions,
    whether they were made before or in the context, by your code or by a library. Inside moto's ``mock_aws``,
    jobs read and write moto's S3 unless ``options`` name another place. Clients need no credentials. With a
    ``ManualClock``, their retries take no time.

    Args:
        options: the arguments of ``LocalVoiceID``.

    Returns:
        A context manager whose value is the service, on which a test starts calls or sets faults.

    Raises:
        RuntimeError: another ``mock_voice_id`` is active.

    Example:
        >>> import boto3
        >>> from voiceid_sdk.local import mock_voice_id
        >>> with mock_voice_id() as service:
        ...     boto3.client("voice-id", "us-east-1").list_domains()["DomainSummaries"]
        []
    """
    return MockContext(options)


class MockContext:
    """The context of ``mock_voice_id``; each call of a decorated function has a service of its own."""

    def __init__(self, options: ServiceOptions) -> None:
        self._options = options
        self._exit_stack = contextlib.ExitStack()

    def __enter__(self) -> LocalVoiceID:
        from voiceid_sdk.local.clients.botocore_hook import event_handler

        options = self._options.copy()
        if "s3" not in options and "s3_root" not in options and _moto_is_active():
            import boto3

            boto3_module: Any = boto3  # type checkers cannot resolve its overloads for hundreds of services
            options["s3"] = boto3_module.client("s3", region_name=options.get("region_name", "us-east-1"))
        with contextlib.ExitStack() as stack:
            service = stack.enter_context(LocalVoiceID(**options))
            instant_retries = isinstance(service.clock, ManualClock)
            handler = event_handler(service.handle)
            stack.enter_context(_all_clients_handled_by(handler, instant_retries=instant_retries))
            self._exit_stack = stack.pop_all()
        return service

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit_stack.__exit__(exc_type, exc, traceback)

    def __call__(self, function: FunctionT) -> FunctionT:
        """Decorate a function: the context is active while its body runs.

        Raises:
            TypeError: it is a class.
        """
        return decorated(function, lambda: MockContext(self._options), "mock_voice_id")


_active: Final = threading.Lock()


@contextlib.contextmanager
def _all_clients_handled_by(
    handler: Callable[..., object], *, instant_retries: bool = False
) -> Generator[None]:
    """Register an event handler with each client at its first call, and give it credentials if it has none.

    botocore keeps no registry of clients, so each is hooked at its first call. The handler is registered for
    ``voice-id`` alone, so botocore calls it before moto's handler, which is registered for all services.
    """
    import botocore.client
    from botocore.credentials import Credentials

    from voiceid_sdk.local.clients.botocore_hook import EVENT
    from voiceid_sdk.local.clients.instant_retries import make_retries_instant

    if not _active.acquire(blocking=False):
        raise RuntimeError("mock_voice_id is active already; leave that context first")
    hooked: WeakSet[Any] = WeakSet()
    without_credentials: WeakSet[Any] = WeakSet()
    # The method is private, but other mocking libraries replace it as well, as the guide of moto shows.
    patched: Any = botocore.client.BaseClient
    make_api_call = patched._make_api_call

    @functools.wraps(make_api_call)
    def hook(client: Any, *arguments: object) -> object:  # a class made at run time
        # A client that LocalVoiceID made has a handler already, and botocore would call both.
        if client not in hooked and _is_for_voice_id(client) and client.meta.endpoint_url != ENDPOINT_URL:
            hooked.add(client)
            client.meta.events.register(EVENT, handler)
            if instant_retries:
                make_retries_instant(client.meta.events)
            # A request is signed before it is handled. Only this client gets these credentials, so that
            # clients of other services keep theirs.
            signer = client._request_signer
            if signer._credentials is None:
                signer._credentials = Credentials("local", "local")
                without_credentials.add(signer)
        return make_api_call(client, *arguments)

    patched._make_api_call = hook
    try:
        yield
    finally:
        patched._make_api_call = make_api_call
        for signer in without_credentials:
            signer._credentials = None
        for client in hooked:
            client.meta.events.unregister(EVENT, handler)
        _active.release()


def _is_for_voice_id(client: Any) -> bool:
    return str(client.meta.service_model.service_id) == _SERVICE_ID


def _moto_is_active() -> bool:
    moto = sys.modules.get("moto.core.models")
    return moto is not None and bool(moto.botocore_stubber.enabled)
