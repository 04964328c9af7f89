"""The statuses and decisions in the rules are those of the model."""

from enum import StrEnum

import pytest

from voiceid_sdk import service_model
from voiceid_sdk.local.rules import statuses

SHAPES: dict[type[StrEnum], tuple[str, ...]] = {
    statuses.AuthenticationDecision: ("AuthenticationDecision",),
    statuses.DomainStatus: ("DomainStatus",),
    statuses.FraudDetectionDecision: ("FraudDetectionDecision",),
    statuses.FraudDetectionReason: ("FraudDetectionReason",),
    statuses.JobStatus: ("SpeakerEnrollmentJobStatus", "FraudsterRegistrationJobStatus"),
    statuses.ServerSideEncryptionUpdateStatus: ("ServerSideEncryptionUpdateStatus",),
    statuses.SpeakerStatus: ("SpeakerStatus",),
    statuses.StreamingStatus: ("StreamingStatus",),
}


@pytest.mark.parametrize("status", SHAPES)
def test_an_enumeration_has_the_values_of_the_model(status: type[StrEnum]) -> None:
    for shape in SHAPES[status]:
        assert set(status) == set(service_model.shape(shape)["enum"])


def test_every_enumeration_of_the_model_is_compared() -> None:
    declared = {one for one in vars(statuses).values() if isinstance(one, type) and issubclass(one, StrEnum)}
    assert declared - {StrEnum, statuses.SessionEnrollmentStatus} == set(SHAPES)
