"""The request rates that the service allows, as AWS published them.

Source: the quota page of the Amazon Connect administrator guide.
"""

from collections.abc import Mapping
from typing import Final

_DOMAINS_AND_JOBS: Final = (
    "CreateDomain",
    "DescribeDomain",
    "UpdateDomain",
    "DeleteDomain",
    "ListDomains",
    "StartSpeakerEnrollmentJob",
    "DescribeSpeakerEnrollmentJob",
    "ListSpeakerEnrollmentJobs",
    "StartFraudsterRegistrationJob",
    "DescribeFraudsterRegistrationJob",
    "ListFraudsterRegistrationJobs",
)
_TAGS: Final = ("TagResource", "UntagResource", "ListTagsForResource")
_SPEAKERS_AND_FRAUDSTERS: Final = (
    "DescribeSpeaker",
    "OptOutSpeaker",
    "DeleteSpeaker",
    "DescribeFraudster",
    "DeleteFraudster",
)

PUBLISHED_RATES: Final[Mapping[str, float]] = {
    "EvaluateSession": 60.0,
    "ListSpeakers": 5.0,
    **dict.fromkeys(_SPEAKERS_AND_FRAUDSTERS, 10.0),
    **dict.fromkeys((*_DOMAINS_AND_JOBS, *_TAGS), 2.0),
}
"""Requests a second by operation; none is published for watchlists, their fraudsters and ListFraudsters."""
