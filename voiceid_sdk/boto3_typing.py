"""Types for the boto3 objects in our signatures; boto3 itself has none.

They are written here, so that nobody needs a stub package to get complete types.
"""

from collections.abc import Mapping
from typing import Literal, Protocol

__all__ = ["Boto3Client", "Boto3Session", "S3Client"]


class Boto3Session(Protocol):
    """A ``boto3.Session``."""

    @property
    def region_name(self) -> str | None:
        """The session's region."""
        ...

    @property
    def profile_name(self) -> str:
        """The session's profile."""
        ...


class Boto3Client(Protocol):
    """What ``boto3.client("voice-id")`` offers: boto3's own methods, and one for each operation."""

    @property
    def exceptions(self) -> object:
        """The classes of boto3's errors, made when the client is."""
        ...

    @property
    def meta(self) -> object:
        """What boto3 says of the client: its region, endpoint, configuration, events and service model."""
        ...

    def can_paginate(self, operation_name: str) -> bool:
        """Return whether boto3 has a paginator for the operation, named as its method."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...

    def generate_presigned_url(
        self,
        ClientMethod: str,  # noqa: N803 - boto3's names
        Params: Mapping[str, object] | None = None,  # noqa: N803
        ExpiresIn: int = 3600,  # noqa: N803
        HttpMethod: str | None = None,  # noqa: N803
    ) -> str:
        """Return a signed URL that is good for ``ExpiresIn`` seconds."""
        ...

    def get_paginator(self, operation_name: str) -> object:
        """Return boto3's paginator for the operation, named as its method."""
        ...

    def get_waiter(self, waiter_name: str) -> object:
        """Return boto3's waiter. Voice ID has none, so this raises ValueError."""
        ...

    def associate_fraudster(self, **request: object) -> dict[str, object]:
        """Call AssociateFraudster with the names of the wire."""
        ...

    def create_domain(self, **request: object) -> dict[str, object]:
        """Call CreateDomain with the names of the wire."""
        ...

    def create_watchlist(self, **request: object) -> dict[str, object]:
        """Call CreateWatchlist with the names of the wire."""
        ...

    def delete_domain(self, **request: object) -> dict[str, object]:
        """Call DeleteDomain with the names of the wire."""
        ...

    def delete_fraudster(self, **request: object) -> dict[str, object]:
        """Call DeleteFraudster with the names of the wire."""
        ...

    def delete_speaker(self, **request: object) -> dict[str, object]:
        """Call DeleteSpeaker with the names of the wire."""
        ...

    def delete_watchlist(self, **request: object) -> dict[str, object]:
        """Call DeleteWatchlist with the names of the wire."""
        ...

    def describe_domain(self, **request: object) -> dict[str, object]:
        """Call DescribeDomain with the names of the wire."""
        ...

    def describe_fraudster(self, **request: object) -> dict[str, object]:
        """Call DescribeFraudster with the names of the wire."""
        ...

    def describe_fraudster_registration_job(self, **request: object) -> dict[str, object]:
        """Call DescribeFraudsterRegistrationJob with the names of the wire."""
        ...

    def describe_speaker(self, **request: object) -> dict[str, object]:
        """Call DescribeSpeaker with the names of the wire."""
        ...

    def describe_speaker_enrollment_job(self, **request: object) -> dict[str, object]:
        """Call DescribeSpeakerEnrollmentJob with the names of the wire."""
        ...

    def describe_watchlist(self, **request: object) -> dict[str, object]:
        """Call DescribeWatchlist with the names of the wire."""
        ...

    def disassociate_fraudster(self, **request: object) -> dict[str, object]:
        """Call DisassociateFraudster with the names of the wire."""
        ...

    def evaluate_session(self, **request: object) -> dict[str, object]:
        """Call EvaluateSession with the names of the wire."""
        ...

    def list_domains(self, **request: object) -> dict[str, object]:
        """Call ListDomains with the names of the wire."""
        ...

    def list_fraudster_registration_jobs(self, **request: object) -> dict[str, object]:
        """Call ListFraudsterRegistrationJobs with the names of the wire."""
        ...

    def list_fraudsters(self, **request: object) -> dict[str, object]:
        """Call ListFraudsters with the names of the wire."""
        ...

    def list_speaker_enrollment_jobs(self, **request: object) -> dict[str, object]:
        """Call ListSpeakerEnrollmentJobs with the names of the wire."""
        ...

    def list_speakers(self, **request: object) -> dict[str, object]:
        """Call ListSpeakers with the names of the wire."""
        ...

    def list_tags_for_resource(self, **request: object) -> dict[str, object]:
        """Call ListTagsForResource with the names of the wire."""
        ...

    def list_watchlists(self, **request: object) -> dict[str, object]:
        """Call ListWatchlists with the names of the wire."""
        ...

    def opt_out_speaker(self, **request: object) -> dict[str, object]:
        """Call OptOutSpeaker with the names of the wire."""
        ...

    def start_fraudster_registration_job(self, **request: object) -> dict[str, object]:
        """Call StartFraudsterRegistrationJob with the names of the wire."""
        ...

    def start_speaker_enrollment_job(self, **request: object) -> dict[str, object]:
        """Call StartSpeakerEnrollmentJob with the names of the wire."""
        ...

    def tag_resource(self, **request: object) -> dict[str, object]:
        """Call TagResource with the names of the wire."""
        ...

    def untag_resource(self, **request: object) -> dict[str, object]:
        """Call UntagResource with the names of the wire."""
        ...

    def update_domain(self, **request: object) -> dict[str, object]:
        """Call UpdateDomain with the names of the wire."""
        ...

    def update_watchlist(self, **request: object) -> dict[str, object]:
        """Call UpdateWatchlist with the names of the wire."""
        ...


class S3Client(Protocol):
    """As much of ``boto3.client("s3")`` as batch work uses."""

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:  # noqa: N803 - boto3's names
        """Return an object: what is known of it, and its content as ``Body``."""
        ...

    def head_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:  # noqa: N803
        """Return what is known of an object."""
        ...

    def put_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes,  # noqa: N803
        Metadata: Mapping[str, str] = ...,  # noqa: N803
        ServerSideEncryption: Literal["aws:kms"] = ...,  # noqa: N803
        SSEKMSKeyId: str = ...,  # noqa: N803
    ) -> Mapping[str, object]:
        """Write an object, whole or not at all."""
        ...
