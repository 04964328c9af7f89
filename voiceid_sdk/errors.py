"""The errors of this package, as classes to import and catch.

All are subclasses of ``VoiceIDError``. ``docs/errors.md`` shows their tree, and what to do about each.
Every error pickles with its attributes. No text, note or cause of an error holds a sensitive value.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar, Final

from voiceid_sdk import _types
from voiceid_sdk.privacy.marks import shown_constant

__all__ = [
    "AccessDeniedError",
    "AuthenticationError",
    "BulkError",
    "ConfigurationError",
    "ConflictError",
    "FileAccessError",
    "InternalServerError",
    "JobFailedError",
    "ManifestError",
    "PaginationError",
    "Problem",
    "RequestValidationError",
    "ResourceNotFoundError",
    "ResponseError",
    "ServiceError",
    "ServiceQuotaExceededError",
    "ThrottlingError",
    "TransportError",
    "TransportTimeoutError",
    "ValidationError",
    "VoiceIDError",
    "WaitCancelledError",
    "WaitError",
    "WaitTimeoutError",
]


# Pickling an exception calls its class with ``args`` and then restores its ``__dict__``. So each __init__
# here takes only the message by position, and stores the rest in attributes.
class VoiceIDError(Exception):
    """The base of all errors of this package.

    Args:
        message: what went wrong, in one sentence, without sensitive values.
        next_step: what to do about it, if anything.
    """

    def __init__(self, message: str = "", *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        """What went wrong, without sensitive values."""
        self.next_step = next_step
        """What to do about it, if anything."""
        self.resume_token: str | None = None
        """Where to continue when the error interrupted a list: give it to ``Pager.items``."""

    def __str__(self) -> str:
        details = "; ".join(self._details())
        text = f"{self.message.rstrip('.')} ({details})" if details else self.message
        return f"{text.rstrip('.')}. {self.next_step}" if self.next_step else text

    def _details(self) -> Iterable[str]:
        """Return the details that follow the message in brackets."""
        return ()


class ConfigurationError(VoiceIDError):
    """The client cannot be made or cannot sign: no region, no credentials, an unknown profile."""


# A dataclass, because every program imports the errors, and attrs takes longer to import than they do.
@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One broken rule of a request, a manifest or a recording. It never shows the value."""

    parameter: str
    """The argument, such as ``risk_threshold``; in batch work also ``requests[3].speaker_id``."""
    rule: str
    """The rule that it breaks, as the end of a sentence: ``must be at most 100``."""
    request_id: str | None = field(default=None, repr=False)
    """The id of the batch request that has the problem; not shown, because it may name a caller."""
    file: str | None = field(default=None, repr=False)
    """The file that has the problem, as a path or S3 URI; not shown, because it may name a caller."""

    def __str__(self) -> str:
        return f"{self.parameter} {self.rule}"


class RequestValidationError(VoiceIDError, ValueError):
    """An argument breaks a rule, of the model or of ours; nothing was sent.

    Args:
        message: what went wrong.
        operation: the API operation, or the method or class, that was called.
        problems: every broken rule.
    """

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        problems: tuple[Problem, ...] = (),
        next_step: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.operation = operation
        """The API operation, or the method, that was called."""
        self.problems = problems
        """Every broken rule."""

    @classmethod
    def of(cls, operation: str, problems: tuple[Problem, ...]) -> "RequestValidationError":
        """Return the error for ``problems``, its message made from them."""
        listed = "; ".join(str(problem) for problem in problems)
        return cls(f"{operation}: {listed}", operation=operation, problems=problems)

    @property
    def parameter(self) -> str | None:
        """The first argument that breaks a rule."""
        return self.problems[0].parameter if self.problems else None

    @property
    def rule(self) -> str | None:
        """The rule that the first such argument breaks."""
        return self.problems[0].rule if self.problems else None


class FileAccessError(VoiceIDError, OSError):
    """A file or folder that an argument names cannot be used. The text never has the name of the file.

    Args:
        message: what went wrong.
        parameter: the argument that names the file.
        errno: the number of the error of the system, as in ``OSError``.
    """

    def __init__(
        self,
        message: str = "",
        *,
        parameter: str | None = None,
        errno: int | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.parameter = parameter
        """The argument that names the file."""
        self.errno = errno
        """The number of the error of the system; None if it has none."""

    def __reduce__(self) -> tuple[object, ...]:
        # OSError does not pickle a number that was set after its construction.
        return type(self), self.args, {**self.__dict__, "errno": self.errno}


class TransportError(VoiceIDError):
    """The service was not reached, or its response did not arrive completely.

    A request that changes something may have been carried out: describe or list to find out, or send it
    again with the same ``client_token`` where there is one.

    Args:
        message: what went wrong.
        operation: the API operation that was called.
        region: the region of the client.
        client_token: the idempotency token that was sent, for the operations that have one.
    """

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        region: str | None = None,
        client_token: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.operation = operation
        """The API operation that was called."""
        self.region = region
        """The region of the client."""
        self.client_token = client_token
        """The idempotency token that was sent; give it again to retry safely."""

    def _details(self) -> Iterable[str]:
        if self.region:
            yield f"region {self.region}"


class TransportTimeoutError(TransportError):
    """The service could not be reached or did not respond in time."""


class ServiceError(VoiceIDError):
    """The service rejected a request; the subclasses say why.

    Args:
        message: the service's message, without sensitive values.
        code: the service's error code, such as ``"ConflictException"``.
        operation: the API operation that was called.
        request_id: the id that the service gave the request, for AWS Support.
        status_code: the HTTP status; classes follow the code, never the status.
        region: the region of the client.
        client_token: the idempotency token that was sent, for the operations that have one.
    """

    _is_transient: ClassVar[bool] = False

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        operation: str | None = None,
        request_id: str | None = None,
        status_code: int | None = None,
        region: str | None = None,
        client_token: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.code = code
        """The service's error code, such as ``"ConflictException"``."""
        self.operation = operation
        """The API operation that was called."""
        self.request_id = request_id
        """The id that the service gave the request, for AWS Support."""
        self.status_code = status_code
        """The HTTP status."""
        self.region = region
        """The region of the client."""
        self.client_token = client_token
        """The idempotency token that was sent; give it again to retry safely."""

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed when it is sent again later.

        botocore has retried it already, as often as the client's ``max_attempts`` says.
        """
        return self._is_transient or (self.status_code or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.operation}: {text}" if self.operation else text

    def _details(self) -> Iterable[str]:
        if self.code:
            yield self.code
        if self.status_code is not None:
            yield f"HTTP {self.status_code}"
        if self.region:
            yield f"region {self.region}"
        if self.request_id:
            yield f"request id {self.request_id}"


class AccessDeniedError(ServiceError):
    """The caller's IAM policy, the domain's KMS key, or AWS's end of the service forbids the request."""


class AuthenticationError(ServiceError):
    """The credentials are expired, missing, unknown or sign wrongly."""


class ConflictError(ServiceError):
    """The request conflicts with the state of a resource; ``conflict_type`` says how."""

    conflict_type: "_types.ConflictType | None" = None
    """The kind of conflict; None when the service did not say."""

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed when it is sent again: only after concurrent changes."""
        return self.conflict_type == "CONCURRENT_CHANGES"

    def _details(self) -> Iterable[str]:
        if self.conflict_type:
            yield shown_constant(self.conflict_type)
        yield from super()._details()


class InternalServerError(ServiceError):
    """The service failed; the request may be sent again."""

    _is_transient: ClassVar[bool] = True


class ResourceNotFoundError(ServiceError):
    """The request names a resource that does not exist; ``resource_type`` says of which type."""

    resource_type: "_types.ResourceType | None" = None
    """The type of the resource; None when the service did not say."""

    def _details(self) -> Iterable[str]:
        if self.resource_type:
            yield shown_constant(self.resource_type)
        yield from super()._details()


class ServiceQuotaExceededError(ServiceError):
    """The request would exceed a quota of the account or domain."""


class ThrottlingError(ServiceError):
    """Requests came faster than the service allows."""

    _is_transient: ClassVar[bool] = True


class ValidationError(ServiceError):
    """The service found the request invalid."""


class ResponseError(VoiceIDError):
    """The service reported success, but its response does not fit the model or the request.

    The request was carried out. Describe or list to see the result.

    Args:
        message: what does not fit, without values.
        operation: the API operation that was called.
        request_id: the id that the service gave the request, for AWS Support.
        client_token: the idempotency token that was sent, for the operations that have one.
    """

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        request_id: str | None = None,
        client_token: str | None = None,
        next_step: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.operation = operation
        """The API operation that was called."""
        self.request_id = request_id
        """The id that the service gave the request, for AWS Support."""
        self.client_token = client_token
        """The idempotency token that was sent; give it again to get the same response again."""

    def _details(self) -> Iterable[str]:
        if self.request_id:
            yield f"request id {self.request_id}"


class PaginationError(VoiceIDError):
    """The service gave the same page token twice, so the list would never end."""


class WaitError(VoiceIDError):
    """A wait ended before its condition held.

    Args:
        message: what happened.
        resource: the resource of the last poll that succeeded; None when none did.
        attempts: the number of polls.
        elapsed: how long the wait lasted, in seconds.
    """

    def __init__(
        self,
        message: str = "",
        *,
        resource: object = None,
        attempts: int = 0,
        elapsed: float = 0.0,
        next_step: str | None = None,
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.resource = resource
        """The resource of the last poll that succeeded; None when none did."""
        self.attempts = attempts
        """The number of polls."""
        self.elapsed = elapsed
        """How long the wait lasted, in seconds."""

    def _details(self) -> Iterable[str]:
        if self.attempts:
            yield f"{self.attempts} poll{'' if self.attempts == 1 else 's'} in {self.elapsed:.1f} s"


class WaitTimeoutError(WaitError):
    """The deadline passed; the awaited change may still happen."""


class WaitCancelledError(WaitError):
    """The ``cancel`` event was set; the awaited change may still happen."""


class JobFailedError(WaitError):
    """The job failed, or it ended with errors and ``raise_on_errors`` was True."""

    failure_details: "_types.FailureDetails | None" = None
    """The service's description of the failure; None for a job that ended with errors."""


class ManifestError(VoiceIDError):
    """A batch manifest or recording that the service would reject.

    Args:
        message: what went wrong.
        problems: every problem that was found.
    """

    def __init__(
        self, message: str = "", *, problems: tuple[Problem, ...] = (), next_step: str | None = None
    ) -> None:
        super().__init__(message, next_step=next_step)
        self.problems = problems
        """Every problem that was found."""

    @classmethod
    def of(cls, what: str, problems: tuple[Problem, ...], *, next_step: str | None = None) -> "ManifestError":
        """Return the error for ``problems``; its message has their number and the first few."""
        shown = [str(problem) for problem in problems[:_SHOWN_PROBLEMS]]
        more = len(problems) - len(shown)
        listed = "; ".join([*shown, f"and {more} more in .problems"] if more else shown)
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        if next_step is None and any(problem.file for problem in problems):
            next_step = "The file of each problem is in .problems. It may name a caller, so it is not shown."
        return cls(f"{what} has {count}: {listed}", problems=problems, next_step=next_step)


_SHOWN_PROBLEMS: Final = 3


class BulkError(VoiceIDError):
    """A call of a bulk run ended without a result or an error of this package, or the run cannot continue.

    The worker died, the result could not be sent back, or the function raised an error of its own. The call
    may or may not have been carried out.
    """
