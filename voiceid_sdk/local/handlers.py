"""The functions of all operations and of all background tasks, and the tables that they work on."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from voiceid_sdk.local.core import idempotency
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.idempotency import CLIENT_TOKENS, once_per_token
from voiceid_sdk.local.core.tasks import SCHEDULED_TASKS, ScheduledTask
from voiceid_sdk.local.events import delivery
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.rules import (
    domains,
    evaluation,
    fraudsters,
    jobs,
    sessions,
    speakers,
    tags,
    watchlists,
)
from voiceid_sdk.local.rules.domain_access import DOMAINS
from voiceid_sdk.local.rules.job_records import JOB_REQUESTS, JOBS
from voiceid_sdk.local.rules.keys import DISABLED_KEYS
from voiceid_sdk.local.rules.session_records import SESSIONS, UTTERANCES

# The request is Any, because each function has a TypedDict of its own; check_request has checked its members.
Handler: TypeAlias = Callable[[RequestContext, Any], Document | None]
Task: TypeAlias = Callable[[RequestContext, ScheduledTask], None]

HANDLERS: Final[Mapping[str, Handler]] = {
    "AssociateFraudster": fraudsters.associate_fraudster,
    "CreateDomain": once_per_token("CreateDomain", domains.create_domain),
    "CreateWatchlist": once_per_token("CreateWatchlist", watchlists.create_watchlist),
    "DeleteDomain": domains.delete_domain,
    "DeleteFraudster": fraudsters.delete_fraudster,
    "DeleteSpeaker": speakers.delete_speaker,
    "DeleteWatchlist": watchlists.delete_watchlist,
    "DescribeDomain": domains.describe_domain,
    "DescribeFraudster": fraudsters.describe_fraudster,
    "DescribeFraudsterRegistrationJob": partial(jobs.describe_job, jobs.REGISTRATION),
    "DescribeSpeaker": speakers.describe_speaker,
    "DescribeSpeakerEnrollmentJob": partial(jobs.describe_job, jobs.ENROLLMENT),
    "DescribeWatchlist": watchlists.describe_watchlist,
    "DisassociateFraudster": fraudsters.disassociate_fraudster,
    "EvaluateSession": evaluation.evaluate_session,
    "ListDomains": domains.list_domains,
    "ListFraudsterRegistrationJobs": partial(jobs.list_jobs, jobs.REGISTRATION),
    "ListFraudsters": fraudsters.list_fraudsters,
    "ListSpeakerEnrollmentJobs": partial(jobs.list_jobs, jobs.ENROLLMENT),
    "ListSpeakers": speakers.list_speakers,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ListWatchlists": watchlists.list_watchlists,
    "OptOutSpeaker": speakers.opt_out_speaker,
    "StartFraudsterRegistrationJob": once_per_token(
        "StartFraudsterRegistrationJob", partial(jobs.start_job, jobs.REGISTRATION)
    ),
    "StartSpeakerEnrollmentJob": once_per_token(
        "StartSpeakerEnrollmentJob", partial(jobs.start_job, jobs.ENROLLMENT)
    ),
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateDomain": domains.update_domain,
    "UpdateWatchlist": watchlists.update_watchlist,
}

TASKS: Final[Mapping[str, Task]] = {
    domains.ACTIVATE: domains.activate,
    domains.ERASE: domains.erase,
    delivery.EXPIRE: delivery.expire,
    domains.REENCRYPT: domains.reencrypt,
    idempotency.EXPIRE: idempotency.expire,
    jobs.ADVANCE: jobs.advance,
    sessions.FORGET: sessions.forget,
    speakers.EXPIRE: speakers.expire,
}

TABLES: Final = (
    CLIENT_TOKENS,
    DISABLED_KEYS,
    DOMAINS,
    SCHEDULED_TASKS,
    JOBS,
    JOB_REQUESTS,
    delivery.OUTBOX,
    fraudsters.FRAUDSTERS,
    SESSIONS,
    UTTERANCES,
    speakers.SPEAKERS,
    tags.TAGS,
    watchlists.MEMBERSHIPS,
    watchlists.WATCHLISTS,
)
