"""Scores are drawn against their thresholds, and results as bars."""

import sys
from typing import Any

import pytest

from tests.display.test_tables import drawn, printed
from voiceid_sdk import batch, errors
from voiceid_sdk.batch.outcomes import EnrollmentOutcome
from voiceid_sdk.enums import EnrollmentStatus
from voiceid_sdk.models import (
    AuthenticationConfiguration,
    AuthenticationResult,
    FraudDetectionConfiguration,
    FraudDetectionResult,
    FraudRiskDetails,
    KnownFraudsterRisk,
    SessionEvaluation,
    VoiceSpoofingRisk,
)

EVALUATION = SessionEvaluation.from_dict(
    {
        "streaming_status": "ENDED",
        "session_name": "contact-of-nobody",
        "authentication_result": {
            "decision": "ACCEPT",
            "score": 96,
            "configuration": {"acceptance_threshold": 90},
        },
        "fraud_detection_result": {
            "decision": "HIGH_RISK",
            "reasons": ["KNOWN_FRAUDSTER"],
            "configuration": {"risk_threshold": 52},
            "risk_details": {
                "known_fraudster_risk": {"risk_score": 60},
                "voice_spoofing_risk": {"risk_score": 0},
            },
        },
    }
)


def test_an_evaluation_prints_its_scores_against_their_thresholds() -> None:
    assert printed(EVALUATION).splitlines() == [
        "SessionEvaluation: streaming ENDED",
        "  authentication   ██████████████████████│█░   96 (threshold 90)  ACCEPT",
        "  known fraudster  █████████████│█░░░░░░░░░░   60 (threshold 52)  HIGH_RISK",
        "  voice spoofing   ░░░░░░░░░░░░░│░░░░░░░░░░░    0 (threshold 52)  LOW_RISK",
    ]


def test_an_evaluation_is_drawn_for_notebooks_with_text_for_screen_readers() -> None:
    shown = drawn(EVALUATION)
    assert shown.count("<svg") == 3
    assert 'width="96"' in shown
    assert 'aria-label="authentication:  96 (threshold 90)  ACCEPT"' in shown
    assert "contact-of-nobody" not in shown


def test_a_missing_score_is_no_score_and_no_rejection() -> None:
    evaluation = SessionEvaluation(
        authentication_result=AuthenticationResult(
            decision=None, configuration=AuthenticationConfiguration(acceptance_threshold=90)
        ),
        fraud_detection_result=FraudDetectionResult(
            configuration=FraudDetectionConfiguration(risk_threshold=50)
        ),
    )
    assert [line.split("  ")[-1] for line in printed(evaluation).splitlines()[1:]] == [
        "no score (threshold 90)",
        "no score (threshold 50)",
    ]


def test_a_threshold_of_100_is_still_drawn() -> None:
    risks = FraudRiskDetails(
        known_fraudster_risk=KnownFraudsterRisk(risk_score=100),
        voice_spoofing_risk=VoiceSpoofingRisk(risk_score=100),
    )
    result = FraudDetectionResult(
        configuration=FraudDetectionConfiguration(risk_threshold=100), risk_details=risks
    )
    assert "████████████████████████│" in printed(SessionEvaluation(fraud_detection_result=result))


def test_an_evaluation_without_results_says_so() -> None:
    assert "no check has a result yet" in printed(SessionEvaluation())
    assert "no check has a result yet" in drawn(SessionEvaluation())


def results() -> batch.EnrollmentResults:
    """Return results with two enrolled speakers and a failure."""
    done = EnrollmentStatus.NEW_ENROLLMENT
    return batch.EnrollmentResults(
        [
            EnrollmentOutcome(request_id="1", status=done),
            EnrollmentOutcome(request_id="2", status=done),
            EnrollmentOutcome(request_id="3", error_code=409),
        ]
    )


@pytest.mark.slow
def test_results_are_drawn_as_bars() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    axes: Any = results().plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "enrolled", "overwritten", "skipped", "failed", "not reported",
    ]  # fmt: skip
    assert [bar.get_width() for bar in axes.patches] == [2, 0, 0, 1, 0]
    assert results().plot(axes) is axes
    matplotlib.pyplot.close("all")


def test_plots_say_how_to_install_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(errors.ConfigurationError, match="pip install matplotlib"):
        results().plot()
