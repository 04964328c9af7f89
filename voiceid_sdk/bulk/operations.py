"""The bulk operations: each function here is ``run`` with a method of the item's handle.

With async handles, the functions return async runs. The two overloads of each function say so.
"""

import inspect
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Final, TypeGuard, Unpack, cast, overload

from voiceid_sdk import _types, service_model
from voiceid_sdk._arguments import check_types
from voiceid_sdk._connection import Connection
from voiceid_sdk.bulk.attempts import ItemT, ValueT
from voiceid_sdk.bulk.handle_methods import BulkOperation, handle_maker, no_handle, sync_or_async_connection
from voiceid_sdk.bulk.options import AsyncOptions, Options
from voiceid_sdk.bulk.running import Run
from voiceid_sdk.client import VoiceID
from voiceid_sdk.domain import Domain
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.models import DomainInfo, FraudsterInfo, SessionEvaluation, SpeakerInfo
from voiceid_sdk.watchlist import Watchlist

_DESCRIBE_SPEAKERS: Final = BulkOperation("DescribeSpeaker", "describing speakers", "speaker", "describe")
_OPT_OUT_SPEAKERS: Final = BulkOperation("OptOutSpeaker", "opting out speakers", "speaker", "opt_out")
_DELETE_SPEAKERS: Final = BulkOperation("DeleteSpeaker", "deleting speakers", "speaker", "delete")
_DESCRIBE_FRAUDSTERS: Final = BulkOperation(
    "DescribeFraudster", "describing fraudsters", "fraudster", "describe"
)
_DELETE_FRAUDSTERS: Final = BulkOperation("DeleteFraudster", "deleting fraudsters", "fraudster", "delete")
_ASSOCIATE_FRAUDSTERS: Final = BulkOperation(
    "AssociateFraudster", "putting fraudsters on a watchlist", "fraudster", "associate"
)
_DISASSOCIATE_FRAUDSTERS: Final = BulkOperation(
    "DisassociateFraudster", "taking fraudsters off a watchlist", "fraudster", "disassociate"
)
_TAG_DOMAINS: Final = BulkOperation("TagResource", "tagging domains", "domain", "tag")
_EVALUATE_SESSIONS: Final = BulkOperation("EvaluateSession", "evaluating sessions", "session", "evaluate")


@overload
def describe_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: Unpack[Options]
) -> Run[str | SpeakerInfo, SpeakerInfo]: ...
@overload
def describe_speakers(
    domain: "_types.AsyncDomain",
    speakers: Iterable[str | SpeakerInfo] | AsyncIterable[str | SpeakerInfo],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | SpeakerInfo, SpeakerInfo]": ...
def describe_speakers(
    domain: "Domain | _types.AsyncDomain",
    speakers: Iterable[str | SpeakerInfo] | AsyncIterable[str | SpeakerInfo],
    **options: Unpack[Options],
) -> "Run[str | SpeakerInfo, SpeakerInfo] | _types.AsyncRun[str | SpeakerInfo, SpeakerInfo]":
    """Describe many speakers. Calls DescribeSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data, for example from a list.
        options: see ``Options``, or ``AsyncOptions`` for an async run.

    Example:
        >>> for outcome in bulk.describe_speakers(domain, ["customer-42", "customer-99"], progress=False):
        ...     print(outcome.index, outcome.value and outcome.value.status, type(outcome.error).__name__)
        0 ENROLLED NoneType
        1 None ResourceNotFoundError
    """
    run: Run[str | SpeakerInfo, SpeakerInfo] | _types.AsyncRun[str | SpeakerInfo, SpeakerInfo]
    run = _DESCRIBE_SPEAKERS.run(domain, handle_maker(domain, "domain", "speaker"), speakers, options)
    return run


@overload
def opt_out_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: Unpack[Options]
) -> Run[str | SpeakerInfo, SpeakerInfo]: ...
@overload
def opt_out_speakers(
    domain: "_types.AsyncDomain",
    speakers: Iterable[str | SpeakerInfo] | AsyncIterable[str | SpeakerInfo],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | SpeakerInfo, SpeakerInfo]": ...
def opt_out_speakers(
    domain: "Domain | _types.AsyncDomain",
    speakers: Iterable[str | SpeakerInfo] | AsyncIterable[str | SpeakerInfo],
    **options: Unpack[Options],
) -> "Run[str | SpeakerInfo, SpeakerInfo] | _types.AsyncRun[str | SpeakerInfo, SpeakerInfo]":
    """Opt out many speakers; unknown ones are created. Calls OptOutSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data, for example from a list.
        options: see ``Options``, or ``AsyncOptions`` for an async run.

    Example:
        >>> run = bulk.opt_out_speakers(domain, ["customer-7", "customer-8"], progress=False)
        >>> [outcome.value.status for outcome in run]
        [<SpeakerStatus.OPTED_OUT: 'OPTED_OUT'>, <SpeakerStatus.OPTED_OUT: 'OPTED_OUT'>]
    """
    run: Run[str | SpeakerInfo, SpeakerInfo] | _types.AsyncRun[str | SpeakerInfo, SpeakerInfo]
    run = _OPT_OUT_SPEAKERS.run(domain, handle_maker(domain, "domain", "speaker"), speakers, options)
    return run


@overload
def delete_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: Unpack[Options]
) -> Run[str | SpeakerInfo, None]: ...
@overload
def delete_speakers(
    domain: "_types.AsyncDomain",
    speakers: Iterable[str | SpeakerInfo] | AsyncIterable[str | SpeakerInfo],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | SpeakerInfo, None]": ...
def delete_speakers(
    domain: "Domain | _types.AsyncDomain",
    speakers: Iterable[str | SpeakerInfo] | AsyncIterable[str | SpeakerInfo],
    **options: Unpack[Options],
) -> "Run[str | SpeakerInfo, None] | _types.AsyncRun[str | SpeakerInfo, None]":
    """Delete many speakers and their voiceprints. Calls DeleteSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data, for example from a list.
        options: see ``Options``, or ``AsyncOptions`` for an async run.
    """
    run: Run[str | SpeakerInfo, None] | _types.AsyncRun[str | SpeakerInfo, None]
    run = _DELETE_SPEAKERS.run(domain, handle_maker(domain, "domain", "speaker"), speakers, options)
    return run


@overload
def describe_fraudsters(
    domain: Domain, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, FraudsterInfo]: ...
@overload
def describe_fraudsters(
    domain: "_types.AsyncDomain",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | FraudsterInfo, FraudsterInfo]": ...
def describe_fraudsters(
    domain: "Domain | _types.AsyncDomain",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[Options],
) -> "Run[str | FraudsterInfo, FraudsterInfo] | _types.AsyncRun[str | FraudsterInfo, FraudsterInfo]":
    """Describe many fraudsters. Calls DescribeFraudster for each.

    Args:
        domain: the domain of the fraudsters.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``, or ``AsyncOptions`` for an async run.
    """
    run: Run[str | FraudsterInfo, FraudsterInfo] | _types.AsyncRun[str | FraudsterInfo, FraudsterInfo]
    run = _DESCRIBE_FRAUDSTERS.run(domain, handle_maker(domain, "domain", "fraudster"), fraudsters, options)
    return run


@overload
def delete_fraudsters(
    domain: Domain, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, None]: ...
@overload
def delete_fraudsters(
    domain: "_types.AsyncDomain",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | FraudsterInfo, None]": ...
def delete_fraudsters(
    domain: "Domain | _types.AsyncDomain",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[Options],
) -> "Run[str | FraudsterInfo, None] | _types.AsyncRun[str | FraudsterInfo, None]":
    """Delete many fraudsters from all watchlists, and their voiceprints. Calls DeleteFraudster for each.

    Args:
        domain: the domain of the fraudsters.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``, or ``AsyncOptions`` for an async run.
    """
    run: Run[str | FraudsterInfo, None] | _types.AsyncRun[str | FraudsterInfo, None]
    run = _DELETE_FRAUDSTERS.run(domain, handle_maker(domain, "domain", "fraudster"), fraudsters, options)
    return run


@overload
def associate_fraudsters(
    watchlist: Watchlist, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, FraudsterInfo]: ...
@overload
def associate_fraudsters(
    watchlist: "_types.AsyncWatchlist",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | FraudsterInfo, FraudsterInfo]": ...
def associate_fraudsters(
    watchlist: "Watchlist | _types.AsyncWatchlist",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[Options],
) -> "Run[str | FraudsterInfo, FraudsterInfo] | _types.AsyncRun[str | FraudsterInfo, FraudsterInfo]":
    """Put many fraudsters on a watchlist of their domain. Calls AssociateFraudster for each.

    AWS published no rate for it, so there is no limit until the service throttles, unless ``rate`` sets one.

    Args:
        watchlist: the watchlist.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``, or ``AsyncOptions`` for an async run.
    """
    run: Run[str | FraudsterInfo, FraudsterInfo] | _types.AsyncRun[str | FraudsterInfo, FraudsterInfo]
    make_handle = _fraudster_handles(watchlist)
    run = _ASSOCIATE_FRAUDSTERS.run(
        watchlist, make_handle, fraudsters, options, watchlist=watchlist.watchlist_id
    )
    return run


@overload
def disassociate_fraudsters(
    watchlist: Watchlist, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, FraudsterInfo]: ...
@overload
def disassociate_fraudsters(
    watchlist: "_types.AsyncWatchlist",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | FraudsterInfo, FraudsterInfo]": ...
def disassociate_fraudsters(
    watchlist: "Watchlist | _types.AsyncWatchlist",
    fraudsters: Iterable[str | FraudsterInfo] | AsyncIterable[str | FraudsterInfo],
    **options: Unpack[Options],
) -> "Run[str | FraudsterInfo, FraudsterInfo] | _types.AsyncRun[str | FraudsterInfo, FraudsterInfo]":
    """Take many fraudsters off a watchlist. Calls DisassociateFraudster for each.

    AWS published no rate for it, so there is no limit until the service throttles, unless ``rate`` sets one.

    Args:
        watchlist: the watchlist.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``, or ``AsyncOptions`` for an async run.
    """
    run: Run[str | FraudsterInfo, FraudsterInfo] | _types.AsyncRun[str | FraudsterInfo, FraudsterInfo]
    make_handle = _fraudster_handles(watchlist)
    run = _DISASSOCIATE_FRAUDSTERS.run(
        watchlist, make_handle, fraudsters, options, watchlist=watchlist.watchlist_id
    )
    return run


@overload
def tag_domains(
    voiceid: VoiceID, domains: Iterable[str | DomainInfo], tags: Mapping[str, str], **options: Unpack[Options]
) -> Run[str | DomainInfo, None]: ...
@overload
def tag_domains(
    voiceid: "_types.AsyncVoiceID",
    domains: Iterable[str | DomainInfo] | AsyncIterable[str | DomainInfo],
    tags: Mapping[str, str],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str | DomainInfo, None]": ...
def tag_domains(
    voiceid: "VoiceID | _types.AsyncVoiceID",
    domains: Iterable[str | DomainInfo] | AsyncIterable[str | DomainInfo],
    tags: Mapping[str, str],
    **options: Unpack[Options],
) -> "Run[str | DomainInfo, None] | _types.AsyncRun[str | DomainInfo, None]":
    """Add the same tags to many domains, or change their values. Calls TagResource for each.

    It calls DescribeDomain first for a domain whose ARN is not known: give data rather than ids.

    Args:
        voiceid: the client.
        domains: ids, or data, for example from a list.
        tags: keys of 1 to 128 characters, values of 0 to 256.
        options: see ``Options``, or ``AsyncOptions`` for an async run.
    """
    check_types("tag_domains", tags=(tags, (Mapping,), "must be a dictionary of keys and values"))
    run: Run[str | DomainInfo, None] | _types.AsyncRun[str | DomainInfo, None]
    run = _TAG_DOMAINS.run(
        voiceid, handle_maker(voiceid, "voiceid", "domain"), domains, options, tags=dict(tags)
    )
    return run


@overload
def evaluate_sessions(
    domain: Domain, sessions: Iterable[str], **options: Unpack[Options]
) -> Run[str, SessionEvaluation]: ...
@overload
def evaluate_sessions(
    domain: "_types.AsyncDomain",
    sessions: Iterable[str] | AsyncIterable[str],
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[str, SessionEvaluation]": ...
def evaluate_sessions(
    domain: "Domain | _types.AsyncDomain",
    sessions: Iterable[str] | AsyncIterable[str],
    **options: Unpack[Options],
) -> "Run[str, SessionEvaluation] | _types.AsyncRun[str, SessionEvaluation]":
    """Return the current decisions and scores of many calls. Calls EvaluateSession for each.

    Args:
        domain: the domain of the sessions.
        sessions: names (the contact ids in Amazon Connect), or ids chosen by the service.
        options: see ``Options``, or ``AsyncOptions`` for an async run.

    Example:
        >>> for outcome in bulk.evaluate_sessions(domain, ["contact-1"], progress=False):
        ...     print(outcome.value.authentication_result.decision)
        ACCEPT
    """
    run: Run[str, SessionEvaluation] | _types.AsyncRun[str, SessionEvaluation]
    run = _EVALUATE_SESSIONS.run(domain, handle_maker(domain, "domain", "session"), sessions, options)
    return run


@overload  # The coroutine of an ``async def`` function is a value, too; the first overload is meant for it.
def run(  # type: ignore[overload-overlap] # see above
    function: Callable[[ItemT], Awaitable[ValueT]],
    items: Iterable[ItemT] | AsyncIterable[ItemT],
    *,
    operation: str | None = None,
    **options: Unpack[AsyncOptions],
) -> "_types.AsyncRun[ItemT, ValueT]": ...
@overload
def run(
    function: Callable[[ItemT], ValueT],
    items: Iterable[ItemT],
    *,
    operation: str | None = None,
    **options: Unpack[Options],
) -> Run[ItemT, ValueT]: ...
def run(
    function: Callable[[ItemT], ValueT] | Callable[[ItemT], Awaitable[ValueT]],
    items: Iterable[ItemT] | AsyncIterable[ItemT],
    *,
    operation: str | None = None,
    **options: Unpack[Options],
) -> "Run[ItemT, ValueT] | _types.AsyncRun[ItemT, ValueT]":
    """Call a function for many items: for operations that no other function here covers.

    Args:
        function: takes an item and makes one call, such as a method of a handle. An ``async def`` function,
            or an object whose ``__call__`` is one, makes an async run. For an executor of other processes, it
            must be possible to pickle it.
        items: the arguments of the function, one for each call.
        operation: the API operation that the function calls, for its published rate; no limit when None.
        options: see ``Options``, or ``AsyncOptions`` for an async run.

    Raises:
        RequestValidationError: there is no such operation.

    Example:
        >>> run = bulk.run(lambda name: domain.speaker(name).opt_out(), ["customer-7"], progress=False)
        >>> [outcome.value.status for outcome in run]
        [<SpeakerStatus.OPTED_OUT: 'OPTED_OUT'>]
    """
    if operation is not None and operation not in service_model.operation_names():
        rule = "must be an operation of the API, such as 'DescribeSpeaker'"
        raise RequestValidationError.of("bulk.run", (Problem(parameter="operation", rule=rule),))
    what = f"calling {operation or 'a function'}"
    if _is_async(function):
        from voiceid_sdk.bulk.async_running import AsyncRun

        asynchronous = cast("AsyncOptions", options)
        return AsyncRun(function, items, operation=operation, what=what, unit="item", **asynchronous)
    plain, iterable = cast("Callable[[ItemT], ValueT]", function), cast("Iterable[ItemT]", items)
    return Run(plain, iterable, operation=operation, what=what, unit="item", **options)


def _is_async(
    function: Callable[[ItemT], ValueT] | Callable[[ItemT], Awaitable[ValueT]],
) -> TypeGuard[Callable[[ItemT], Awaitable[ValueT]]]:
    """Return whether a function is an ``async def`` function, or an object with such a ``__call__``."""
    called: Callable[..., object] = function
    while isinstance(called, partial):
        called = called.func
    return inspect.iscoroutinefunction(called) or inspect.iscoroutinefunction(type(called).__call__)


def _fraudster_handles(
    watchlist: "Watchlist | _types.AsyncWatchlist",
) -> Callable[[str | FraudsterInfo], object]:
    """Return the function that makes handles on fraudsters of the domain of a watchlist."""
    if not isinstance(getattr(watchlist, "watchlist_id", None), str) or not hasattr(watchlist, "_connection"):
        raise no_handle("watchlist", "Domain.watchlist()")
    connection = sync_or_async_connection(watchlist)
    if isinstance(connection, Connection):
        return Domain(connection, watchlist.domain_id).fraudster
    from voiceid_sdk.aio.domain import AsyncDomain

    return AsyncDomain(connection, watchlist.domain_id).fraudster
