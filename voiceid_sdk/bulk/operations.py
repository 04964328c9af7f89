"""The bulk operations: each function here is ``run`` with a method of the item's handle."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, Generic, TypeVar, Unpack

import attrs

from voiceid_sdk import service_model
from voiceid_sdk._connection import connection_of
from voiceid_sdk.bulk.attempts import ItemT, ValueT
from voiceid_sdk.bulk.running import Options, Run
from voiceid_sdk.client import VoiceID
from voiceid_sdk.domain import Domain
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.fraudster import Fraudster
from voiceid_sdk.models import DomainInfo, FraudsterInfo, SessionEvaluation, SpeakerInfo
from voiceid_sdk.session import Session
from voiceid_sdk.speaker import Speaker
from voiceid_sdk.watchlist import Watchlist

HandleT = TypeVar("HandleT")


@attrs.frozen(repr=False)
class HandleMethod(Generic[ItemT, HandleT, ValueT]):
    """Makes a handle from an item, and calls a method of it; it can be pickled if the client can."""

    make_handle: Callable[[ItemT], HandleT]
    method: Callable[[HandleT], ValueT]

    def __call__(self, item: ItemT) -> ValueT:
        """Call the method for one item."""
        return self.method(self.make_handle(item))


@attrs.frozen(repr=False)
class BulkOperation(Generic[HandleT, ValueT]):
    """A row of the table: an operation, and the method of a handle that calls it."""

    name: str
    """The API operation, called once for each item."""
    what: str
    """The work, for progress."""
    unit: str
    """The resource, for progress."""
    method: Callable[[HandleT], ValueT]

    def run(
        self,
        owner: object,
        make_handle: Callable[[ItemT], HandleT],
        items: Iterable[ItemT],
        options: Options,
    ) -> Run[ItemT, ValueT]:
        """Return a run over the items, through the connection of a client or handle."""
        connection = connection_of(owner)
        return Run(
            HandleMethod(make_handle, self.method),
            items,
            operation=self.name,
            what=self.what,
            unit=self.unit,
            clock=connection.clock,
            pool_size=connection.transport.pool_size,
            **options,
        )


_DESCRIBE_SPEAKERS: Final = BulkOperation(
    "DescribeSpeaker", "describing speakers", "speaker", Speaker.describe
)
_OPT_OUT_SPEAKERS: Final = BulkOperation("OptOutSpeaker", "opting out speakers", "speaker", Speaker.opt_out)
_DELETE_SPEAKERS: Final = BulkOperation("DeleteSpeaker", "deleting speakers", "speaker", Speaker.delete)
_DESCRIBE_FRAUDSTERS: Final = BulkOperation(
    "DescribeFraudster", "describing fraudsters", "fraudster", Fraudster.describe
)
_DELETE_FRAUDSTERS: Final = BulkOperation(
    "DeleteFraudster", "deleting fraudsters", "fraudster", Fraudster.delete
)
_EVALUATE_SESSIONS: Final = BulkOperation(
    "EvaluateSession", "evaluating sessions", "session", Session.evaluate
)


def describe_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: Unpack[Options]
) -> Run[str | SpeakerInfo, SpeakerInfo]:
    """Describe many speakers. Calls DescribeSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data, for example from a list.
        options: see ``Options``.
    """
    return _DESCRIBE_SPEAKERS.run(domain, domain.speaker, speakers, options)


def opt_out_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: Unpack[Options]
) -> Run[str | SpeakerInfo, SpeakerInfo]:
    """Opt out many speakers; unknown ones are created. Calls OptOutSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data, for example from a list.
        options: see ``Options``.
    """
    return _OPT_OUT_SPEAKERS.run(domain, domain.speaker, speakers, options)


def delete_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: Unpack[Options]
) -> Run[str | SpeakerInfo, None]:
    """Delete many speakers and their voiceprints. Calls DeleteSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data, for example from a list.
        options: see ``Options``.
    """
    return _DELETE_SPEAKERS.run(domain, domain.speaker, speakers, options)


def describe_fraudsters(
    domain: Domain, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, FraudsterInfo]:
    """Describe many fraudsters. Calls DescribeFraudster for each.

    Args:
        domain: the domain of the fraudsters.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``.
    """
    return _DESCRIBE_FRAUDSTERS.run(domain, domain.fraudster, fraudsters, options)


def delete_fraudsters(
    domain: Domain, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, None]:
    """Delete many fraudsters from all watchlists, and their voiceprints. Calls DeleteFraudster for each.

    Args:
        domain: the domain of the fraudsters.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``.
    """
    return _DELETE_FRAUDSTERS.run(domain, domain.fraudster, fraudsters, options)


def associate_fraudsters(
    watchlist: Watchlist, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, FraudsterInfo]:
    """Put many fraudsters on a watchlist of their domain. Calls AssociateFraudster for each.

    AWS published no rate for it, so there is no limit until the service throttles, unless ``rate`` sets one.

    Args:
        watchlist: the watchlist.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``.
    """
    method = partial(Fraudster.associate, watchlist=watchlist.watchlist_id)
    operation = BulkOperation("AssociateFraudster", "putting fraudsters on a watchlist", "fraudster", method)
    return operation.run(watchlist, _domain_of(watchlist).fraudster, fraudsters, options)


def disassociate_fraudsters(
    watchlist: Watchlist, fraudsters: Iterable[str | FraudsterInfo], **options: Unpack[Options]
) -> Run[str | FraudsterInfo, FraudsterInfo]:
    """Take many fraudsters off a watchlist. Calls DisassociateFraudster for each.

    AWS published no rate for it, so there is no limit until the service throttles, unless ``rate`` sets one.

    Args:
        watchlist: the watchlist.
        fraudsters: ids, or data, for example from a list.
        options: see ``Options``.
    """
    method = partial(Fraudster.disassociate, watchlist=watchlist.watchlist_id)
    operation = BulkOperation(
        "DisassociateFraudster", "taking fraudsters off a watchlist", "fraudster", method
    )
    return operation.run(watchlist, _domain_of(watchlist).fraudster, fraudsters, options)


def tag_domains(
    voiceid: VoiceID,
    domains: Iterable[str | DomainInfo],
    tags: Mapping[str, str],
    **options: Unpack[Options],
) -> Run[str | DomainInfo, None]:
    """Add the same tags to many domains, or change their values. Calls TagResource for each.

    It calls DescribeDomain first for a domain whose ARN is not known: give data rather than ids.

    Args:
        voiceid: the client.
        domains: ids, or data, for example from a list.
        tags: keys of 1 to 128 characters, values of 0 to 256.
        options: see ``Options``.
    """
    operation = BulkOperation(
        "TagResource", "tagging domains", "domain", partial(Domain.tag, tags=dict(tags))
    )
    return operation.run(voiceid, voiceid.domain, domains, options)


def evaluate_sessions(
    domain: Domain, sessions: Iterable[str], **options: Unpack[Options]
) -> Run[str, SessionEvaluation]:
    """Return the current decisions and scores of many calls. Calls EvaluateSession for each.

    Args:
        domain: the domain of the sessions.
        sessions: names (the contact ids in Amazon Connect), or ids chosen by the service.
        options: see ``Options``.
    """
    return _EVALUATE_SESSIONS.run(domain, domain.session, sessions, options)


def run(
    function: Callable[[ItemT], ValueT],
    items: Iterable[ItemT],
    *,
    operation: str | None = None,
    **options: Unpack[Options],
) -> Run[ItemT, ValueT]:
    """Call a function for many items: for operations that no other function here covers.

    Args:
        function: takes an item and makes one call, such as a method of a handle. For an executor of other
            processes, it must be possible to pickle it.
        items: the arguments of the function, one for each call.
        operation: the API operation that the function calls, for its published rate; no limit when None.
        options: see ``Options``.

    Raises:
        RequestValidationError: there is no such operation.
    """
    if operation is not None and operation not in service_model.operation_names():
        rule = "must be an operation of the API, such as 'DescribeSpeaker'"
        raise RequestValidationError.of("bulk.run", (Problem(parameter="operation", rule=rule),))
    return Run(
        function,
        items,
        operation=operation,
        what=f"calling {operation or 'a function'}",
        unit="item",
        **options,
    )


def _domain_of(watchlist: Watchlist) -> Domain:
    return Domain(connection_of(watchlist), watchlist.domain_id)
