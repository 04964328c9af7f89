"""The operation on sessions."""

from typing import Final

from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk._wire.operations.rows import Operation
from voiceid_sdk._wire.requests import Body
from voiceid_sdk.models.sessions import SessionEvaluation


def _evaluation(body: Body) -> SessionEvaluation:
    # Each member may be left out, but not all: botocore returns no members for a body it cannot read.
    if not body:
        raise ConversionError(("SessionId", "is missing"))
    return structure(SessionEvaluation, body)


EVALUATE_SESSION: Final[Operation[SessionEvaluation]] = Operation("EvaluateSession", _evaluation)
