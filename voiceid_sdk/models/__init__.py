"""The data that Voice ID sends and takes: one frozen attrs class for each structure of the model.

Fields have the wire's names in snake_case. An absent member is None, an absent list empty. Times are in UTC.
A class is made when it is first used, because a program needs few of them and making all takes long.
"""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._lazy_names import lazy_names

if TYPE_CHECKING:
    from voiceid_sdk._conversion.extra_fields import ExtraFields
    from voiceid_sdk._structure import Structure
    from voiceid_sdk.models.domains import (
        DomainInfo,
        ServerSideEncryptionConfiguration,
        ServerSideEncryptionUpdateDetails,
        WatchlistDetails,
    )
    from voiceid_sdk.models.fraudsters import FraudsterInfo
    from voiceid_sdk.models.jobs import (
        EnrollmentConfig,
        EnrollmentJobFraudDetectionConfig,
        EnrollmentJobInfo,
        EnrollmentJobSummary,
        FailureDetails,
        InputDataConfig,
        JobProgress,
        OutputDataConfig,
        RegistrationConfig,
        RegistrationJobInfo,
        RegistrationJobSummary,
    )
    from voiceid_sdk.models.sessions import (
        AuthenticationConfiguration,
        AuthenticationResult,
        FraudDetectionConfiguration,
        FraudDetectionResult,
        FraudRiskDetails,
        KnownFraudsterRisk,
        SessionEvaluation,
        VoiceSpoofingRisk,
    )
    from voiceid_sdk.models.speakers import SpeakerInfo
    from voiceid_sdk.models.tags import Tag
    from voiceid_sdk.models.watchlists import WatchlistInfo

__all__ = [
    "AuthenticationConfiguration",
    "AuthenticationResult",
    "DomainInfo",
    "EnrollmentConfig",
    "EnrollmentJobFraudDetectionConfig",
    "EnrollmentJobInfo",
    "EnrollmentJobSummary",
    "ExtraFields",
    "FailureDetails",
    "FraudDetectionConfiguration",
    "FraudDetectionResult",
    "FraudRiskDetails",
    "FraudsterInfo",
    "InputDataConfig",
    "JobProgress",
    "KnownFraudsterRisk",
    "OutputDataConfig",
    "RegistrationConfig",
    "RegistrationJobInfo",
    "RegistrationJobSummary",
    "ServerSideEncryptionConfiguration",
    "ServerSideEncryptionUpdateDetails",
    "SessionEvaluation",
    "SpeakerInfo",
    "Structure",
    "Tag",
    "VoiceSpoofingRisk",
    "WatchlistDetails",
    "WatchlistInfo",
]

_MODULES: Final = {
    "ExtraFields": "voiceid_sdk._conversion.extra_fields",
    "AuthenticationConfiguration": "voiceid_sdk.models.sessions",
    "AuthenticationResult": "voiceid_sdk.models.sessions",
    "DomainInfo": "voiceid_sdk.models.domains",
    "EnrollmentConfig": "voiceid_sdk.models.jobs",
    "EnrollmentJobFraudDetectionConfig": "voiceid_sdk.models.jobs",
    "EnrollmentJobInfo": "voiceid_sdk.models.jobs",
    "EnrollmentJobSummary": "voiceid_sdk.models.jobs",
    "FailureDetails": "voiceid_sdk.models.jobs",
    "FraudDetectionConfiguration": "voiceid_sdk.models.sessions",
    "FraudDetectionResult": "voiceid_sdk.models.sessions",
    "FraudRiskDetails": "voiceid_sdk.models.sessions",
    "FraudsterInfo": "voiceid_sdk.models.fraudsters",
    "InputDataConfig": "voiceid_sdk.models.jobs",
    "JobProgress": "voiceid_sdk.models.jobs",
    "KnownFraudsterRisk": "voiceid_sdk.models.sessions",
    "OutputDataConfig": "voiceid_sdk.models.jobs",
    "RegistrationConfig": "voiceid_sdk.models.jobs",
    "RegistrationJobInfo": "voiceid_sdk.models.jobs",
    "RegistrationJobSummary": "voiceid_sdk.models.jobs",
    "ServerSideEncryptionConfiguration": "voiceid_sdk.models.domains",
    "ServerSideEncryptionUpdateDetails": "voiceid_sdk.models.domains",
    "SessionEvaluation": "voiceid_sdk.models.sessions",
    "SpeakerInfo": "voiceid_sdk.models.speakers",
    "Structure": "voiceid_sdk._structure",
    "Tag": "voiceid_sdk.models.tags",
    "VoiceSpoofingRisk": "voiceid_sdk.models.sessions",
    "WatchlistDetails": "voiceid_sdk.models.domains",
    "WatchlistInfo": "voiceid_sdk.models.watchlists",
}
"""The modules of the classes."""

if not TYPE_CHECKING:  # Type checkers would take any name for a class of this module.
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)
