"""The error for a request that breaks rules of the model: names each parameter and rule, never a value."""

from collections.abc import Iterable
from typing import Final, cast

from voiceid_sdk import service_model
from voiceid_sdk._wire.requests import parameter_name
from voiceid_sdk.errors import Problem, RequestValidationError
from voiceid_sdk.service_model import Rule, Violation


def request_error(operation: str, violations: Iterable[Violation]) -> RequestValidationError:
    """Return the error for the rules of the model that a request breaks."""
    by_path: dict[tuple[str | int, ...], list[Violation]] = {}
    for violation in violations:
        by_path.setdefault(violation.path, []).append(violation)
    return RequestValidationError.of(
        operation, tuple(_problem(operation, path, found) for path, found in by_path.items())
    )


def _problem(operation: str, path: tuple[str | int, ...], found: list[Violation]) -> Problem:
    if found[0].rule is Rule.UNKNOWN:
        if len(path) == 1:
            return Problem(
                parameter=_dotted(path), rule=f"is not a member; {operation} has {_listed(found[0])}"
            )
        # Deeper inside, an unknown name may be data, such as the key of a tag.
        return Problem(
            parameter=_dotted(path[:-1]), rule=f"has an unknown member; it can have {_listed(found[0])}"
        )
    name, place = parameter_name(path), _dotted(path)
    shown = name if len(path) == 1 else f"{name} ({place})"
    if any(violation.is_arn for violation in found):
        return Problem(
            parameter=shown, rule="must be an id, not an ARN; the id is what follows the ARN's last slash"
        )
    return Problem(parameter=shown, rule=broken_rules(found))


def broken_rules(found: list[Violation]) -> str:
    """Return the rules that a value breaks, as the end of a sentence such as "must be at least 1"."""
    # An id of a wrong length breaks its pattern as well; the pattern's rule names the length.
    exact = [violation for violation in found if violation.rule is Rule.PATTERN and _is_exact(violation)]
    return " and ".join(_rule(violation) for violation in exact or found)


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _listed(violation: Violation) -> str:
    return ", ".join(cast("tuple[str, ...]", violation.expected))


def _rule(violation: Violation) -> str:
    expected, rule = violation.expected, violation.rule
    if rule is Rule.REQUIRED:
        return "is required"
    if rule is Rule.ENUM:
        return f"must be one of {_listed(violation)}"
    if rule is Rule.PATTERN:
        return _PATTERNS.get(str(expected), f"must match {expected}")
    if rule in _LENGTHS:
        unit = "item" if service_model.shape(violation.shape)["type"] == "list" else "character"
        plural = "" if expected == 1 else "s"
        bound = "exactly" if _is_exact(violation) else _LENGTHS[rule]
        return f"must have {bound} {expected} {unit}{plural}"
    return f"must be {_BOUNDS[rule]}{expected}"


def _is_exact(violation: Violation) -> bool:
    shape = service_model.shape(violation.shape)
    return "min" in shape and shape.get("min") == shape.get("max")


_LENGTHS: Final = {Rule.MINIMUM_LENGTH: "at least", Rule.MAXIMUM_LENGTH: "at most"}
_BOUNDS: Final = {Rule.TYPE: "", Rule.MINIMUM_VALUE: "at least ", Rule.MAXIMUM_VALUE: "at most "}

_PATTERNS: Final = {
    "^[a-zA-Z0-9]{22}$": "must be 22 letters and digits",
    "^id#[a-zA-Z0-9]{22}$": "must be 'id#' and 22 letters and digits",
    "^[a-zA-Z0-9][a-zA-Z0-9_-]*$": "must begin with a letter or digit and hold only letters, digits, _ and -",
    "^(id#[a-zA-Z0-9]{22}|[a-zA-Z0-9][a-zA-Z0-9_-]*)$": (
        "must be 'id#' and 22 letters and digits, or begin with a letter or digit and hold only letters, "
        "digits, _ and -"
    ),
    "^[a-zA-Z0-9-_]+$": "must hold only letters, digits, _ and -",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-%@]*)$": "must hold only letters, digits, spaces and _ . : / = + - % @",
    r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$": "must hold only letters, digits, spaces and _ . : / = + - @",
    r"^s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?$": "must be an S3 URI such as s3://bucket/key",
    r"^arn:aws(-[^:]+)?:iam::[0-9]{12}:role/.+$": (
        "must be the ARN of an IAM role such as arn:aws:iam::111122223333:role/name"
    ),
    "^arn:aws(-[^:]+)?:voiceid.+:[0-9]{12}:domain/[a-zA-Z0-9]{22}$": (
        "must be the ARN of a domain such as "
        "arn:aws:voiceid:us-east-1:111122223333:domain/<22 letters and digits>"
    ),
}
