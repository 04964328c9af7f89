"""Lets a forked child process use a boto3 client that it inherited: new locks, and connections of its own.

boto3 has no function for this, so it is done on the attributes of botocore and urllib3.
"""

import functools
import gc
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any, Final, cast

_LOCKS: Final[dict[type, Callable[[], object]]] = {
    type(factory()): factory for factory in (threading.Lock, threading.RLock)
}
_CONTAINERS: Final[tuple[type, ...]] = (
    dict,
    list,
    tuple,
    set,
    frozenset,
    deque,
    MethodType,
    functools.partial,
)

_DATA: Final = {"botocore.endpoint_provider", "botocore.loaders", "botocore.model", "botocore.regions"}
"""Modules whose objects have much data and no locks."""


def renew(client: Any) -> None:
    """Let go of the connections of a client, which its parent process still uses, and replace its locks.

    A thread of the parent may have held any of the locks, and does not exist in the child. Closing the
    child's copy of a socket leaves the parent's connection open.
    """
    for owner in _objects_of(client):
        attributes = cast("dict[str, object]", vars(owner))
        for name, value in attributes.items():
            if type(value) in _LOCKS:
                setattr(owner, name, _LOCKS[type(value)]())
    session = client._endpoint.http_session
    for manager in (session._manager, *session._proxy_managers.values()):
        manager.pools.lock = threading.RLock()
        for pool in manager.pools._container.values():
            _empty(pool)
        manager.pools._container.clear()


def _empty(pool: Any) -> None:
    """Close the idle connections of a pool, without its lock; it is closed itself when it is collected."""
    if pool.pool is None:
        return
    idle = [connection for connection in pool.pool.queue if connection is not None]
    pool.pool.__init__(pool.pool.maxsize)
    for connection in idle:
        connection.close()


def _objects_of(client: Any) -> Iterator[Any]:
    """Yield each object of botocore that a client uses: the endpoint, credentials, handlers, retries."""
    seen = {id(client)}
    found: deque[Any] = deque([client])
    while found:
        owner = found.popleft()
        if not isinstance(owner, _CONTAINERS):
            yield owner
        for part in gc.get_referents(owner):
            if id(part) not in seen and _is_followed(part):
                seen.add(id(part))
                found.append(part)


def _is_followed(part: object) -> bool:
    if isinstance(part, _CONTAINERS):
        return True
    module = type(part).__module__
    return module.startswith(("botocore.", "boto3.")) and module not in _DATA and hasattr(part, "__dict__")
