"""The evaluation of a session: its scores, drawn against the thresholds."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._display.cells import text_of
from voiceid_sdk._display.scores import ScoreBar, bars_to_html, bars_to_text

if TYPE_CHECKING:
    from voiceid_sdk.models import AuthenticationResult, FraudDetectionResult, SessionEvaluation

_NOTHING: Final = "no check has a result yet"


def bars_of(evaluation: "SessionEvaluation") -> list[ScoreBar]:
    """Return the scores of an evaluation: the authentication, and the two risks of fraud."""
    caller, fraud = evaluation.authentication_result, evaluation.fraud_detection_result
    return [*([] if caller is None else [_caller(caller)]), *([] if fraud is None else _risks(fraud))]


def _caller(result: "AuthenticationResult") -> ScoreBar:
    return ScoreBar(
        name="authentication",
        score=result.score,
        threshold=None if result.configuration is None else result.configuration.acceptance_threshold,
        decision=text_of(result.decision),
        is_alarming=result.decision == "REJECT",
    )


def _risks(result: "FraudDetectionResult") -> list[ScoreBar]:
    threshold = None if result.configuration is None else result.configuration.risk_threshold
    details = result.risk_details
    if details is None:
        return [ScoreBar(name="fraud", score=None, threshold=threshold, decision=text_of(result.decision))]
    scores = {
        "KNOWN_FRAUDSTER": ("known fraudster", details.known_fraudster_risk.risk_score),
        "VOICE_SPOOFING": ("voice spoofing", details.voice_spoofing_risk.risk_score),
    }
    return [
        ScoreBar(
            name=name,
            score=score,
            threshold=threshold,
            decision="HIGH_RISK" if reason in result.reasons else "LOW_RISK",
            is_alarming=reason in result.reasons,
        )
        for reason, (name, score) in scores.items()
    ]


def _title(evaluation: "SessionEvaluation") -> str:
    return f"SessionEvaluation: streaming {text_of(evaluation.streaming_status) or 'unknown'}"


def evaluation_to_html(evaluation: "SessionEvaluation") -> str:
    """Return an evaluation as HTML for notebooks."""
    bars = bars_of(evaluation)
    drawn = bars_to_html(bars) if bars else f"<p>{_NOTHING}</p>"
    return f"<div><strong>{_title(evaluation)}</strong>{drawn}</div>"


def evaluation_to_text(evaluation: "SessionEvaluation") -> str:
    """Return an evaluation as lines of text for terminals."""
    bars = bars_of(evaluation)
    return f"{_title(evaluation)}\n{bars_to_text(bars) if bars else f'  {_NOTHING}'}"
