"""The members of StartSpeakerEnrollmentJob and StartFraudsterRegistrationJob."""

from collections.abc import Iterable, Mapping

from voiceid_sdk._arguments import as_list
from voiceid_sdk.enums import DuplicateRegistrationAction, ExistingEnrollmentAction, FraudDetectionAction


def enrollment_settings(
    domain_id: str,
    *,
    output_s3_uri: str,
    output_kms_key_id: str | None,
    data_access_role_arn: str,
    existing_enrollment_action: ExistingEnrollmentAction | str | None,
    fraud_detection_action: FraudDetectionAction | str | None,
    risk_threshold: int | None,
    watchlist_ids: Iterable[str] | None,
) -> Mapping[str, object]:
    """Return the members that all enrollment jobs of a batch share; ``job_request`` adds the others."""
    fraud_detection = {
        "FraudDetectionAction": fraud_detection_action,
        "RiskThreshold": risk_threshold,
        "WatchlistIds": _watchlist_ids(watchlist_ids),
    }
    config = {
        "ExistingEnrollmentAction": existing_enrollment_action,
        "FraudDetectionConfig": _given(fraud_detection),
    }
    return {
        "DomainId": domain_id,
        "DataAccessRoleArn": data_access_role_arn,
        "EnrollmentConfig": _given(config),
        "OutputDataConfig": _given({"KmsKeyId": output_kms_key_id, "S3Uri": output_s3_uri}),
    }


def registration_settings(
    domain_id: str,
    *,
    output_s3_uri: str,
    output_kms_key_id: str | None,
    data_access_role_arn: str,
    duplicate_registration_action: DuplicateRegistrationAction | str | None,
    fraudster_similarity_threshold: int | None,
    watchlist_ids: Iterable[str] | None,
) -> Mapping[str, object]:
    """Return the members that all registration jobs of a batch share; ``job_request`` adds the others."""
    config = {
        "DuplicateRegistrationAction": duplicate_registration_action,
        "FraudsterSimilarityThreshold": fraudster_similarity_threshold,
        "WatchlistIds": _watchlist_ids(watchlist_ids),
    }
    return {
        "DomainId": domain_id,
        "DataAccessRoleArn": data_access_role_arn,
        "OutputDataConfig": _given({"KmsKeyId": output_kms_key_id, "S3Uri": output_s3_uri}),
        "RegistrationConfig": _given(config),
    }


def job_request(
    settings: Mapping[str, object],
    *,
    input_s3_uri: str,
    job_name: str | None,
    client_token: str | None = None,
) -> Mapping[str, object]:
    """Return the request that starts one job: the settings, the manifest, the name and the token."""
    return {
        **settings,
        "ClientToken": client_token,
        "InputDataConfig": {"S3Uri": input_s3_uri},
        "JobName": job_name,
    }


def _given(members: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the members that are not None, or None when all are."""
    return {name: value for name, value in members.items() if value is not None} or None


def _watchlist_ids(given: Iterable[str] | None) -> list[str] | None:
    return None if given is None else as_list(given, "watchlist_ids")
