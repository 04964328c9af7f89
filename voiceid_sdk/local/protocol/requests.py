"""The members of each operation's request, with the names of the wire, after validation."""

from typing import TypedDict


class InDomain(TypedDict):
    """A request about one domain."""

    DomainId: str


class Tokened(TypedDict, total=False):
    """A request that may be sent again without being carried out again."""

    ClientToken: str


class Paged(TypedDict, total=False):
    """A request for one page of a list."""

    MaxResults: int
    NextToken: str


class Encryption(TypedDict):
    """``ServerSideEncryptionConfiguration``."""

    KmsKeyId: str


class Tag(TypedDict):
    """One tag of a domain."""

    Key: str
    Value: str


class _DomainContent(TypedDict):
    Name: str
    ServerSideEncryptionConfiguration: Encryption


class _Described(TypedDict, total=False):
    Description: str


class CreateDomain(_DomainContent, _Described, Tokened, total=False):
    """CreateDomain."""

    Tags: list[Tag]


class UpdateDomain(InDomain, _DomainContent, _Described):
    """UpdateDomain."""


class _Named(TypedDict):
    Name: str


class CreateWatchlist(InDomain, _Named, _Described, Tokened):
    """CreateWatchlist."""


class OnWatchlist(InDomain):
    """DescribeWatchlist and DeleteWatchlist."""

    WatchlistId: str


class UpdateWatchlist(OnWatchlist, _Described, total=False):
    """UpdateWatchlist."""

    Name: str


class ListInDomain(InDomain, Paged):
    """ListSpeakers and ListWatchlists."""


class OnSpeaker(InDomain):
    """DescribeSpeaker, OptOutSpeaker and DeleteSpeaker."""

    SpeakerId: str


class OnFraudster(InDomain):
    """DescribeFraudster and DeleteFraudster."""

    FraudsterId: str


class OnWatchedFraudster(OnFraudster):
    """AssociateFraudster and DisassociateFraudster."""

    WatchlistId: str


class ListFraudsters(InDomain, Paged, total=False):
    """ListFraudsters."""

    WatchlistId: str


class OnResource(TypedDict):
    """ListTagsForResource."""

    ResourceArn: str


class TagResource(OnResource):
    """TagResource."""

    Tags: list[Tag]


class UntagResource(OnResource):
    """UntagResource."""

    TagKeys: list[str]


class EvaluateSession(InDomain):
    """EvaluateSession."""

    SessionNameOrId: str


class JobInput(TypedDict):
    """``InputDataConfig``: the address of a job's manifest."""

    S3Uri: str


class JobOutput(JobInput, total=False):
    """``OutputDataConfig``: the address of a job's output."""

    KmsKeyId: str


class FraudDetectionConfig(TypedDict, total=False):
    """``FraudDetectionConfig``: how an enrollment job screens speakers."""

    FraudDetectionAction: str
    RiskThreshold: int
    WatchlistIds: list[str]


class EnrollmentConfig(TypedDict, total=False):
    """``EnrollmentConfig``: how an enrollment job treats speakers who are enrolled, or high risks."""

    ExistingEnrollmentAction: str
    FraudDetectionConfig: FraudDetectionConfig


class RegistrationConfig(TypedDict, total=False):
    """``RegistrationConfig``: how a registration job treats fraudsters who are registered already."""

    DuplicateRegistrationAction: str
    FraudsterSimilarityThreshold: int
    WatchlistIds: list[str]


class _JobContent(InDomain):
    DataAccessRoleArn: str
    InputDataConfig: JobInput
    OutputDataConfig: JobOutput


class StartJob(_JobContent, Tokened, total=False):
    """StartSpeakerEnrollmentJob and StartFraudsterRegistrationJob."""

    JobName: str
    EnrollmentConfig: EnrollmentConfig
    RegistrationConfig: RegistrationConfig


class OnJob(InDomain):
    """DescribeSpeakerEnrollmentJob and DescribeFraudsterRegistrationJob."""

    JobId: str


class ListJobs(InDomain, Paged, total=False):
    """ListSpeakerEnrollmentJobs and ListFraudsterRegistrationJobs."""

    JobStatus: str
