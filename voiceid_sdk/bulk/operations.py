"""What can be done with many: each function here is ``run``, with a method of the item's handle."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import attrs

from voiceid_sdk import service_model
from voiceid_sdk._connection import connection_of
from voiceid_sdk.bulk.running import Options, Run
from voiceid_sdk.client import VoiceID
from voiceid_sdk.domain import Domain
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.fraudster import Fraudster
from voiceid_sdk.models import DomainInfo, FraudsterInfo, SessionEvaluation, SpeakerInfo
from voiceid_sdk.session import Session
from voiceid_sdk.speaker import Speaker
from voiceid_sdk.watchlist import Watchlist

if TYPE_CHECKING:
    from typing_extensions import Unpack

I = TypeVar("I")  # noqa: E741
H = TypeVar("H")
T = TypeVar("T")


@attrs.frozen(repr=False)
class OnEach(Generic[I, H, T]):
    """Makes the handle of an item, and calls a method of it; pickles, where the client does."""

    make: Callable[[I], H]
    act: Callable[[H], T]

    def __call__(self, item: I) -> T:
        """Do it with one item."""
        return self.act(self.make(item))


@attrs.frozen(repr=False)
class Kind(Generic[H, T]):
    """A row of the table: what is done with each handle."""

    operation: str
    """The API operation that is called once for each."""
    what: str
    unit: str
    act: Callable[[H], T]

    def run(self, of: object, make: Callable[[I], H], items: Iterable[I], options: Options) -> Run[I, T]:
        """Do it with each item, through the connection of a client or handle."""
        connection = connection_of(of)
        return Run(
            OnEach(make, self.act),
            items,
            operation=self.operation,
            what=self.what,
            unit=self.unit,
            clock=connection.clock,
            pool_size=connection.transport.pool_size,
            **options,
        )


_DESCRIBE_SPEAKERS: Final = Kind("DescribeSpeaker", "describing speakers", "speaker", Speaker.describe)
_OPT_OUT_SPEAKERS: Final = Kind("OptOutSpeaker", "opting out speakers", "speaker", Speaker.opt_out)
_DELETE_SPEAKERS: Final = Kind("DeleteSpeaker", "deleting speakers", "speaker", Speaker.delete)
_DESCRIBE_FRAUDSTERS: Final = Kind(
    "DescribeFraudster", "describing fraudsters", "fraudster", Fraudster.describe
)
_DELETE_FRAUDSTERS: Final = Kind("DeleteFraudster", "deleting fraudsters", "fraudster", Fraudster.delete)
_EVALUATE_SESSIONS: Final = Kind("EvaluateSession", "evaluating sessions", "session", Session.evaluate)


def describe_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: "Unpack[Options]"
) -> Run[str | SpeakerInfo, SpeakerInfo]:
    """Describe many speakers. Calls DescribeSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data such as from a list.
        options: those of ``Options``.
    """
    return _DESCRIBE_SPEAKERS.run(domain, domain.speaker, speakers, options)


def opt_out_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: "Unpack[Options]"
) -> Run[str | SpeakerInfo, SpeakerInfo]:
    """Opt out many speakers, and make those that are unknown. Calls OptOutSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data such as from a list.
        options: those of ``Options``.
    """
    return _OPT_OUT_SPEAKERS.run(domain, domain.speaker, speakers, options)


def delete_speakers(
    domain: Domain, speakers: Iterable[str | SpeakerInfo], **options: "Unpack[Options]"
) -> Run[str | SpeakerInfo, None]:
    """Delete many speakers and their voiceprints. Calls DeleteSpeaker for each.

    Args:
        domain: the domain of the speakers.
        speakers: ids, or data such as from a list.
        options: those of ``Options``.
    """
    return _DELETE_SPEAKERS.run(domain, domain.speaker, speakers, options)


def describe_fraudsters(
    domain: Domain, fraudsters: Iterable[str | FraudsterInfo], **options: "Unpack[Options]"
) -> Run[str | FraudsterInfo, FraudsterInfo]:
    """Describe many fraudsters. Calls DescribeFraudster for each.

    Args:
        domain: the domain of the fraudsters.
        fraudsters: ids, or data such as from a list.
        options: those of ``Options``.
    """
    return _DESCRIBE_FRAUDSTERS.run(domain, domain.fraudster, fraudsters, options)


def delete_fraudsters(
    domain: Domain, fraudsters: Iterable[str | FraudsterInfo], **options: "Unpack[Options]"
) -> Run[str | FraudsterInfo, None]:
    """Delete many fraudsters from all watchlists, and their voiceprints. Calls DeleteFraudster for each.

    Args:
        domain: the domain of the fraudsters.
        fraudsters: ids, or data such as from a list.
        options: those of ``Options``.
    """
    return _DELETE_FRAUDSTERS.run(domain, domain.fraudster, fraudsters, options)


def associate_fraudsters(
    watchlist: Watchlist, fraudsters: Iterable[str | FraudsterInfo], **options: "Unpack[Options]"
) -> Run[str | FraudsterInfo, FraudsterInfo]:
    """Put many fraudsters on a watchlist of their domain. Calls AssociateFraudster for each.

    AWS published no rate for it: there is no limit unless ``rate`` sets one, or the service throttles.

    Args:
        watchlist: the watchlist.
        fraudsters: ids, or data such as from a list.
        options: those of ``Options``.
    """
    act = partial(Fraudster.associate, watchlist=watchlist.watchlist_id)
    kind = Kind("AssociateFraudster", "putting fraudsters on a watchlist", "fraudster", act)
    return kind.run(watchlist, _domain_of(watchlist).fraudster, fraudsters, options)


def disassociate_fraudsters(
    watchlist: Watchlist, fraudsters: Iterable[str | FraudsterInfo], **options: "Unpack[Options]"
) -> Run[str | FraudsterInfo, FraudsterInfo]:
    """Take many fraudsters off a watchlist. Calls DisassociateFraudster for each.

    AWS published no rate for it: there is no limit unless ``rate`` sets one, or the service throttles.

    Args:
        watchlist: the watchlist.
        fraudsters: ids, or data such as from a list.
        options: those of ``Options``.
    """
    act = partial(Fraudster.disassociate, watchlist=watchlist.watchlist_id)
    kind = Kind("DisassociateFraudster", "taking fraudsters off a watchlist", "fraudster", act)
    return kind.run(watchlist, _domain_of(watchlist).fraudster, fraudsters, options)


def tag_domains(
    voiceid: VoiceID,
    domains: Iterable[str | DomainInfo],
    tags: Mapping[str, str],
    **options: "Unpack[Options]",
) -> Run[str | DomainInfo, None]:
    """Add the same tags to many domains, or change their values. Calls TagResource for each.

    It calls DescribeDomain first for a domain whose ARN is not known: give data rather than ids.

    Args:
        voiceid: the client.
        domains: ids, or data such as from a list.
        tags: keys of 1 to 128 characters, values of 0 to 256.
        options: those of ``Options``.
    """
    kind = Kind("TagResource", "tagging domains", "domain", partial(Domain.tag, tags=dict(tags)))
    return kind.run(voiceid, voiceid.domain, domains, options)


def evaluate_sessions(
    domain: Domain, sessions: Iterable[str], **options: "Unpack[Options]"
) -> Run[str, SessionEvaluation]:
    """Return what Voice ID knows of many calls so far. Calls EvaluateSession for each.

    Args:
        domain: the domain of the sessions.
        sessions: names (the contact ids in Amazon Connect), or the ids that the service chose.
        options: those of ``Options``.
    """
    return _EVALUATE_SESSIONS.run(domain, domain.session, sessions, options)


def run(
    function: Callable[[I], T],
    items: Iterable[I],
    *,
    operation: str | None = None,
    **options: "Unpack[Options]",
) -> Run[I, T]:
    """Call a function with many items: what the other functions here do, for whatever they do not cover.

    Args:
        function: takes an item and makes one call, such as a method of a handle. For other processes, it has
            to pickle.
        items: what it is given, one after the other.
        operation: the API operation that it calls, whose published rate is kept; there is no limit when None.
        options: those of ``Options``.

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
