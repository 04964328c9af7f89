"""Types for the boto3 objects in our signatures, because boto3 has none and a stub package is optional."""

from collections.abc import Mapping
from typing import Literal, Protocol

__all__ = ["Boto3Client", "Boto3Session", "RawOperation", "S3Client"]


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


class RawOperation(Protocol):
    """A method of ``Boto3Client`` that calls the operation of its name."""

    def __call__(self, **request: object) -> dict[str, object]:
        """Call the operation with the names of the wire, and return boto3's own dictionary."""
        ...


class Boto3Client(Protocol):
    """The type of ``boto3.client("voice-id")``: boto3's own methods, and one for each operation."""

    @property
    def exceptions(self) -> object:
        """The classes of boto3's errors for this client."""
        ...

    @property
    def meta(self) -> object:
        """boto3's description of the client: region, endpoint, configuration, events and service model."""
        ...

    def can_paginate(self, operation_name: str) -> bool:
        """Return whether boto3 has a paginator for the operation, named as its method."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...

    def generate_presigned_url(
        self,
        ClientMethod: str,
        Params: Mapping[str, object] | None = None,
        ExpiresIn: int = 3600,
        HttpMethod: str | None = None,
    ) -> str:
        """Return a signed URL that is valid for ``ExpiresIn`` seconds."""
        ...

    def get_paginator(self, operation_name: str) -> object:
        """Return boto3's paginator for the operation, named as its method."""
        ...

    def get_waiter(self, waiter_name: str) -> object:
        """Return boto3's waiter. Voice ID has none, so this raises ValueError."""
        ...

    associate_fraudster: RawOperation
    create_domain: RawOperation
    create_watchlist: RawOperation
    delete_domain: RawOperation
    delete_fraudster: RawOperation
    delete_speaker: RawOperation
    delete_watchlist: RawOperation
    describe_domain: RawOperation
    describe_fraudster: RawOperation
    describe_fraudster_registration_job: RawOperation
    describe_speaker: RawOperation
    describe_speaker_enrollment_job: RawOperation
    describe_watchlist: RawOperation
    disassociate_fraudster: RawOperation
    evaluate_session: RawOperation
    list_domains: RawOperation
    list_fraudster_registration_jobs: RawOperation
    list_fraudsters: RawOperation
    list_speaker_enrollment_jobs: RawOperation
    list_speakers: RawOperation
    list_tags_for_resource: RawOperation
    list_watchlists: RawOperation
    opt_out_speaker: RawOperation
    start_fraudster_registration_job: RawOperation
    start_speaker_enrollment_job: RawOperation
    tag_resource: RawOperation
    untag_resource: RawOperation
    update_domain: RawOperation
    update_watchlist: RawOperation


class S3Client(Protocol):
    """The methods of ``boto3.client("s3")`` that batch work uses."""

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:
        """Return an object: its metadata, and its content as ``Body``."""
        ...

    def head_object(self, *, Bucket: str, Key: str) -> Mapping[str, object]:
        """Return the metadata of an object."""
        ...

    def put_object(
        self,
        *,
        Bucket: str,
        Key: str,
        Body: bytes,
        Metadata: Mapping[str, str] = ...,
        ServerSideEncryption: Literal["aws:kms"] = ...,
        SSEKMSKeyId: str = ...,
    ) -> Mapping[str, object]:
        """Write an object, whole or not at all."""
        ...
