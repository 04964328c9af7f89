"""Validation of requests against the model, with the service's messages, which never contain a value."""

from typing import Any, Final

from voiceid_sdk import service_model
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException, invalid
from voiceid_sdk.service_model import Rule, Violation

_CONSTRAINTS: Final = {
    Rule.REQUIRED: "Member must not be null",
    Rule.MINIMUM_LENGTH: "Member must have length greater than or equal to {}",
    Rule.MAXIMUM_LENGTH: "Member must have length less than or equal to {}",
    Rule.MINIMUM_VALUE: "Member must have value greater than or equal to {}",
    Rule.MAXIMUM_VALUE: "Member must have value less than or equal to {}",
    Rule.PATTERN: "Member must satisfy regular expression pattern: {}",
    Rule.ENUM: "Member must satisfy enum value set: {}",
}


def check_request(operation: str, request: Document) -> None:
    """Validate a request, and remove members that are not in the model from it.

    Raises:
        ServiceException: a ValidationException with all rules of the model that the request breaks, or a
            SerializationException for the first value of another type than the model's.
    """
    found = service_model.violations(operation, request)
    _raise_for(found)
    for violation in found:
        _remove(request, violation.path)


def check_values(**values: tuple[str, object]) -> None:
    """Validate values of a call, each given with its shape in the model, and raise the same errors."""
    found: list[Violation] = []
    for name, (shape, value) in values.items():
        found += service_model.shape_violations(shape, value, (name,))
    _raise_for(found)


def _raise_for(found: list[Violation]) -> None:
    broken = [violation for violation in found if violation.rule is not Rule.UNKNOWN]
    for violation in broken:
        if violation.rule is Rule.TYPE:
            raise malformed(f"Value at '{_place(violation)}' is not {violation.expected}.")
    if broken:
        count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
        raise invalid(f"{count}: {'; '.join(map(_sentence, broken))}")


def _remove(request: Document, path: tuple[str | int, ...]) -> None:
    holder: Any = request
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]


def malformed(message: str) -> ServiceException:
    """Return the error for a body that is not JSON, or has a value of another type than the model's."""
    return ServiceException("SerializationException", message)


def constraint(violation: Violation) -> str:
    """Return the rule that a value breaks, in the service's words; not for types and unknown members."""
    expected = violation.expected
    limit = f"[{', '.join(expected)}]" if isinstance(expected, tuple) else expected
    return _CONSTRAINTS[violation.rule].format(limit)


def _sentence(violation: Violation) -> str:
    return f"Value at '{_place(violation)}' failed to satisfy constraint: {constraint(violation)}"


def _place(violation: Violation) -> str:
    """Return the path of the value as the service writes it: ``tags.1.member.key``."""
    parts = [
        f"{part + 1}.member" if isinstance(part, int) else part[:1].lower() + part[1:]
        for part in violation.path
    ]
    return ".".join(parts)
