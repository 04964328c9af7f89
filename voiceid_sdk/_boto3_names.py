"""The names of boto3's methods, and the methods of this package that call the same operations."""

from typing import Final

METHODS: Final = {
    "AssociateFraudster": "domain.fraudster(...).associate(...)",
    "CreateDomain": "voiceid.create_domain(...)",
    "CreateWatchlist": "domain.create_watchlist(...)",
    "DeleteDomain": "domain.delete()",
    "DeleteFraudster": "domain.fraudster(...).delete()",
    "DeleteSpeaker": "domain.speaker(...).delete()",
    "DeleteWatchlist": "domain.watchlist(...).delete()",
    "DescribeDomain": "domain.describe()",
    "DescribeFraudster": "domain.fraudster(...).describe()",
    "DescribeFraudsterRegistrationJob": "domain.registration_job(...).describe()",
    "DescribeSpeaker": "domain.speaker(...).describe()",
    "DescribeSpeakerEnrollmentJob": "domain.enrollment_job(...).describe()",
    "DescribeWatchlist": "domain.watchlist(...).describe()",
    "DisassociateFraudster": "domain.fraudster(...).disassociate(...)",
    "EvaluateSession": "domain.session(...).evaluate()",
    "ListDomains": "voiceid.domains()",
    "ListFraudsterRegistrationJobs": "domain.registration_jobs()",
    "ListFraudsters": "domain.fraudsters()",
    "ListSpeakerEnrollmentJobs": "domain.enrollment_jobs()",
    "ListSpeakers": "domain.speakers()",
    "ListTagsForResource": "voiceid.tags(...)",
    "ListWatchlists": "domain.watchlists()",
    "OptOutSpeaker": "domain.speaker(...).opt_out()",
    "StartFraudsterRegistrationJob": "domain.start_registration_job(...)",
    "StartSpeakerEnrollmentJob": "domain.start_enrollment_job(...)",
    "TagResource": "voiceid.tag(...)",
    "UntagResource": "voiceid.untag(...)",
    "UpdateDomain": "domain.update(...)",
    "UpdateWatchlist": "domain.watchlist(...).update(...)",
}
"""The method for each operation; ``voiceid`` is a client and ``domain`` is ``voiceid.domain(...)``."""

_OTHERS: Final = {
    "can_paginate": "lists are iterables of all pages, such as voiceid.domains()",
    "exceptions": "the errors are classes of voiceid_sdk.errors",
    "generate_presigned_url": "use voiceid.boto3_client.generate_presigned_url(...)",
    "get_paginator": "lists are iterables of all pages, such as voiceid.domains()",
    "get_waiter": "handles wait by themselves, such as domain.wait_until_active()",
    "meta": "use voiceid.boto3_client.meta",
}


def missing_attribute(owner: object, name: str) -> AttributeError:
    """Return the error for an attribute that ``owner`` lacks, with the replacement of a name of boto3."""
    from voiceid_sdk.service_model.names import wire_name

    message = f"{type(owner).__name__!r} object has no attribute {name!r}"
    if hint := _OTHERS.get(name):
        message = f"{message}; {hint}"
    elif method := METHODS.get(wire_name(name)):
        message = f"{message}; call {method} instead"
    return AttributeError(message, name=name, obj=owner)
