"""Checks requests against the model, and says what is wrong as the service does, without any value."""

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


def check_request(operation: str, request: Document) -> Document:
    """Return a request without the members that the model does not know; they are ignored.

    Raises:
        ServiceException: a ValidationException that lists every rule of the model that the request breaks, or
            a SerializationException for the first value that is not of the model's type.
    """
    found = service_model.violations(operation, request)
    _refuse(found)
    for violation in found:
        _remove(request, violation.path)
    return request


def check_values(**values: tuple[str, object]) -> None:
    """Raise the same errors for values of a call, each given with the model's shape for it."""
    found: list[Violation] = []
    for name, (shape, value) in values.items():
        found += service_model.shape_violations(shape, value, (name,))
    _refuse(found)


def _refuse(found: list[Violation]) -> None:
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
    """Return the refusal for a body that is not JSON, or not of the model's types."""
    return ServiceException("SerializationException", message)


def constraint(violation: Violation) -> str:
    """Return the rule that a value breaks, as the service says it; for rules that are no type's."""
    expected = violation.expected
    limit = f"[{', '.join(expected)}]" if isinstance(expected, tuple) else expected
    return _CONSTRAINTS[violation.rule].format(limit)


def _sentence(violation: Violation) -> str:
    return f"Value at '{_place(violation)}' failed to satisfy constraint: {constraint(violation)}"


def _place(violation: Violation) -> str:
    """Return where the value is, as the service writes it: ``tags.1.member.key``."""
    parts = [
        f"{part + 1}.member" if isinstance(part, int) else part[:1].lower() + part[1:]
        for part in violation.path
    ]
    return ".".join(parts)
