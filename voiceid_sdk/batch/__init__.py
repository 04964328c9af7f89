"""Batch work: from recordings to results, with the manifests that jobs read and the outputs they write."""

from voiceid_sdk.batch import policies
from voiceid_sdk.batch.manifests import EnrollmentManifest, RegistrationManifest
from voiceid_sdk.batch.outcomes import EnrollmentOutcome, RegistrationOutcome
from voiceid_sdk.batch.requests import AudioSpecification, EnrollmentRequest, RegistrationRequest
from voiceid_sdk.batch.results import EnrollmentResults, RegistrationResults
from voiceid_sdk.enums import EnrollmentStatus, RegistrationStatus

__all__ = [
    "AudioSpecification",
    "EnrollmentManifest",
    "EnrollmentOutcome",
    "EnrollmentRequest",
    "EnrollmentResults",
    "EnrollmentStatus",
    "RegistrationManifest",
    "RegistrationOutcome",
    "RegistrationRequest",
    "RegistrationResults",
    "RegistrationStatus",
    "policies",
]
