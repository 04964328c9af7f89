"""Every failure is one of our errors, with a message for people and attributes for programs."""

import copy
import functools
import inspect
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.canned_responses import JOB_ID, REGION, REQUEST_ID
from voiceid_sdk import errors
from voiceid_sdk.enums import ConflictType, ResourceType
from voiceid_sdk.errors import (
    ConflictError,
    InternalServerError,
    JobFailedError,
    Problem,
    RequestValidationError,
    ResourceNotFoundError,
    ResponseError,
    ServiceError,
    ThrottlingError,
    TransportError,
    ValidationError,
    VoiceIDError,
    WaitCancelledError,
    WaitTimeoutError,
)
from voiceid_sdk.models import EnrollmentJobInfo, FailureDetails

CLASSES = [kind for name in errors.__all__ if issubclass(kind := getattr(errors, name), VoiceIDError)]
EACH_CLASS = pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)


def test_the_tree_in_the_documentation_is_the_real_one() -> None:
    drawn: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    page = Path(__file__).parents[2] / "docs/errors.md"
    (tree,) = re.findall(
        r"^```text\n(VoiceIDError\n.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    for place, name in re.findall(r"^([│├└─ ]*)(\w+Error)\b", tree, re.MULTILINE):
        above = [(depth, parent) for depth, parent in above if depth < len(place)]
        drawn[name] = above[-1][1] if above else "Exception"
        above.append((len(place), name))
    assert drawn == {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES}
    assert next(iter(drawn)) == "VoiceIDError"


def complete(kind: type[VoiceIDError]) -> VoiceIDError:
    """Return an error of a class with a value in every attribute."""
    given_: dict[str, Any] = {
        "client_token": "token-1",
        "code": "SomeException",
        "operation": "DescribeDomain",
        "region": REGION,
        "request_id": REQUEST_ID,
        "status_code": 400,
        "resource": EnrollmentJobInfo(job_id=JOB_ID),
        "attempts": 3,
        "elapsed": 12.5,
        "errno": 28,
        "parameter": "target",
        "problems": (Problem(parameter="name", rule="is required"),),
        "next_step": "Try again.",
    }
    names = [name for name in inspect.signature(kind).parameters if name != "message"]
    error = kind("It did not work.", **{name: given_[name] for name in names})
    error.resume_token = "token-of-a-page"
    if isinstance(error, ConflictError):
        error.conflict_type = ConflictType.CONCURRENT_CHANGES
    if isinstance(error, ResourceNotFoundError):
        error.resource_type = ResourceType("PLANET")
    if isinstance(error, JobFailedError):
        error.failure_details = FailureDetails(message="No manifest.", status_code=404)
    return error


@EACH_CLASS
@pytest.mark.parametrize(
    "twin_of", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))]
)
def test_an_error_keeps_its_attributes_when_it_is_copied_or_pickled(
    kind: type[VoiceIDError], twin_of: Callable[[VoiceIDError], VoiceIDError]
) -> None:
    error = complete(kind)
    twin = twin_of(error)
    assert type(twin) is kind
    assert vars(twin) == vars(error)
    assert twin.args == error.args == ("It did not work.",)
    assert str(twin) == str(error)
    assert repr(twin) == repr(error)


@EACH_CLASS
def test_an_error_can_be_made_from_a_message_alone(kind: type[VoiceIDError]) -> None:
    assert kind("It did not work.").message == "It did not work."
    assert kind().message == ""
    assert kind().next_step is None
    assert "It did not work" in str(kind("It did not work."))


@EACH_CLASS
def test_an_error_can_be_subclassed(kind: type[VoiceIDError]) -> None:
    class Own(kind):  # type: ignore[misc, valid-type] # a base known at run time
        """One of an application's own."""

        def __init__(self, message: str = "", *, colour: str = "red") -> None:
            super().__init__(message)
            self.colour = colour

    error = copy.copy(Own("It did not work.", colour="blue"))
    assert error.colour == "blue"
    assert isinstance(error, kind)
    assert error.message == "It did not work."


@EACH_CLASS
def test_the_next_step_ends_the_text(kind: type[VoiceIDError]) -> None:
    error = kind("It did not work.", next_step="Try again.")
    assert str(error).endswith(". Try again.")
    assert ".." not in str(error)


source_of = functools.cache(inspect.getsource)


@EACH_CLASS
def test_every_attribute_of_an_error_is_explained(kind: type[VoiceIDError]) -> None:
    source = "".join(source_of(base) for base in kind.__mro__ if base.__module__ == "voiceid_sdk.errors")
    for name in vars(complete(kind)):
        assert re.search(rf'\b{name}\b(: [^=\n]+)? = [^\n]+\n +"""[A-Z]', source), name


def test_a_service_error_says_what_a_person_needs() -> None:
    error = ServiceError(
        "The domain is busy.",
        code="BusyException",
        operation="UpdateDomain",
        request_id=REQUEST_ID,
        status_code=423,
        region=REGION,
        next_step="Wait.",
    )
    assert str(error) == (
        "UpdateDomain: The domain is busy "
        f"(BusyException; HTTP 423; region {REGION}; request id {REQUEST_ID}). Wait."
    )


def test_a_conflict_and_a_missing_resource_say_of_which_kind_they_are() -> None:
    conflict, missing = ConflictError("No."), ResourceNotFoundError("No.")
    assert str(conflict) == str(missing) == "No."
    conflict.conflict_type = ConflictType.SPEAKER_NOT_SET
    missing.resource_type = ResourceType.WATCHLIST
    assert str(conflict) == "No (SPEAKER_NOT_SET)"
    assert str(missing) == "No (WATCHLIST)"


def test_a_wait_error_says_how_long_was_waited() -> None:
    assert str(WaitTimeoutError("Too long", attempts=1, elapsed=2.04)) == "Too long (1 poll in 2.0 s)"
    assert str(WaitCancelledError("Cancelled", attempts=2)) == "Cancelled (2 polls in 0.0 s)"


def test_a_transport_error_says_which_region_was_not_reached() -> None:
    assert str(TransportError("No.", region=REGION)) == f"No (region {REGION})"
    assert str(TransportError("No.")) == "No."


def test_a_response_error_says_which_request_it_was() -> None:
    assert str(ResponseError("No.", request_id="r-1")) == "No (request id r-1)"
    assert str(ResponseError("No.")) == "No."


def test_a_validation_error_names_the_first_parameter_and_rule() -> None:
    problems = (
        Problem(parameter="name", rule="is required"),
        Problem(parameter="tags", rule="must be a list"),
    )
    error = RequestValidationError.of("CreateDomain", problems)
    assert (error.parameter, error.rule) == ("name", "is required")
    assert error.problems == problems
    assert str(error) == "CreateDomain: name is required; tags must be a list"
    assert isinstance(error, ValueError)


def test_a_validation_error_without_problems_names_none() -> None:
    error = RequestValidationError("No.")
    assert error.parameter is None
    assert error.rule is None


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (ThrottlingError("No.", code="Throttling", status_code=400), True),
        (InternalServerError("No.", code="InternalFailure"), True),
        (ServiceError("No.", status_code=503), True),
        (ServiceError("No.", status_code=400), False),
        (ServiceError("No."), False),
        (ValidationError("No.", status_code=400), False),
        (ConflictError("No.", status_code=409), False),
    ],
)
def test_an_error_knows_whether_the_same_request_may_succeed_later(
    error: ServiceError, *, retryable: bool
) -> None:
    assert error.retryable is retryable


@pytest.mark.parametrize("conflict_type", ConflictType)
def test_of_all_conflicts_only_concurrent_changes_pass(conflict_type: ConflictType) -> None:
    error = ConflictError("No.")
    error.conflict_type = conflict_type
    assert error.retryable is (conflict_type is ConflictType.CONCURRENT_CHANGES)
