"""Hand-written operations, data, enumerations, errors and methods agree with the model."""

import ast
import functools
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

import attrs
import pytest

from tests.support.canned_responses import (
    DOMAIN_ARN,
    DOMAIN_ID,
    FRAUDSTER_ID,
    JOB_ID,
    ROLE_ARN,
    SPEAKER_ID,
    TABLE,
    WATCHLIST_ID,
    Canned,
    typical,
)
from tests.support.clocks import FakeClock
from tests.support.memory_s3 import MemoryS3
from voiceid_sdk import (
    Domain,
    EnrollmentJob,
    Fraudster,
    RegistrationJob,
    Session,
    Speaker,
    VoiceID,
    Watchlist,
    batch,
    boto3_typing,
    enums,
    errors,
    models,
    service_model,
)
from voiceid_sdk._wire import botocore_errors, request_errors, requests
from voiceid_sdk._wire.operations.list_pages import ListPage
from voiceid_sdk.models import Structure
from voiceid_sdk.paging import Pager
from voiceid_sdk.privacy.marks import FREE_TEXT, SENSITIVE, mark_of
from voiceid_sdk.service_model.names import python_name, wire_name

SHAPES = service_model.load_service()["shapes"]
OPERATIONS = service_model.operation_names()


# The structures of the model for each data class; both structures of a pair have the same members.
STRUCTURES: dict[type[Structure], tuple[str, ...]] = {
    models.AuthenticationConfiguration: ("AuthenticationConfiguration",),
    models.AuthenticationResult: ("AuthenticationResult",),
    models.DomainInfo: ("Domain", "DomainSummary"),
    models.EnrollmentConfig: ("EnrollmentConfig",),
    models.EnrollmentJobFraudDetectionConfig: ("EnrollmentJobFraudDetectionConfig",),
    models.EnrollmentJobInfo: ("SpeakerEnrollmentJob",),
    models.EnrollmentJobSummary: ("SpeakerEnrollmentJobSummary",),
    models.FailureDetails: ("FailureDetails",),
    models.FraudDetectionConfiguration: ("FraudDetectionConfiguration",),
    models.FraudDetectionResult: ("FraudDetectionResult",),
    models.FraudRiskDetails: ("FraudRiskDetails",),
    models.FraudsterInfo: ("Fraudster", "FraudsterSummary"),
    models.InputDataConfig: ("InputDataConfig",),
    models.JobProgress: ("JobProgress",),
    models.KnownFraudsterRisk: ("KnownFraudsterRisk",),
    models.OutputDataConfig: ("OutputDataConfig",),
    models.RegistrationConfig: ("RegistrationConfig",),
    models.RegistrationJobInfo: ("FraudsterRegistrationJob",),
    models.RegistrationJobSummary: ("FraudsterRegistrationJobSummary",),
    models.ServerSideEncryptionConfiguration: ("ServerSideEncryptionConfiguration",),
    models.ServerSideEncryptionUpdateDetails: ("ServerSideEncryptionUpdateDetails",),
    models.SessionEvaluation: ("EvaluateSessionResponse",),
    models.SpeakerInfo: ("Speaker", "SpeakerSummary"),
    models.Tag: ("Tag",),
    models.VoiceSpoofingRisk: ("VoiceSpoofingRisk",),
    models.WatchlistDetails: ("WatchlistDetails",),
    models.WatchlistInfo: ("Watchlist", "WatchlistSummary"),
}
CLASS_OF = {shape: data_class for data_class, shapes in STRUCTURES.items() for shape in shapes}
EACH_PAIR = pytest.mark.parametrize(
    ("data_class", "shape"),
    [pytest.param(data_class, shape, id=shape) for shape, data_class in CLASS_OF.items()],
)

ENUMS: dict[type[enums.OpenEnum], tuple[str, ...]] = {
    enums.AuthenticationDecision: ("AuthenticationDecision",),
    enums.ConflictType: ("ConflictType",),
    enums.DomainStatus: ("DomainStatus",),
    enums.DuplicateRegistrationAction: ("DuplicateRegistrationAction",),
    enums.EnrollmentStatus: (),
    enums.ExistingEnrollmentAction: ("ExistingEnrollmentAction",),
    enums.FraudDetectionAction: ("FraudDetectionAction",),
    enums.FraudDetectionDecision: ("FraudDetectionDecision",),
    enums.FraudDetectionReason: ("FraudDetectionReason",),
    enums.JobStatus: ("SpeakerEnrollmentJobStatus", "FraudsterRegistrationJobStatus"),
    enums.RegistrationStatus: (),
    enums.ResourceType: ("ResourceType",),
    enums.ServerSideEncryptionUpdateStatus: ("ServerSideEncryptionUpdateStatus",),
    enums.SpeakerStatus: ("SpeakerStatus",),
    enums.StreamingStatus: ("StreamingStatus",),
}
"""The model's enumerations for each of ours; only AWS's guide has the statuses in a job's output."""
ENUM_OF = {shape: kind for kind, shapes in ENUMS.items() for shape in shapes}

ERRORS = {
    "AccessDeniedException": errors.AccessDeniedError,
    "ConflictException": errors.ConflictError,
    "InternalServerException": errors.InternalServerError,
    "ResourceNotFoundException": errors.ResourceNotFoundError,
    "ServiceQuotaExceededException": errors.ServiceQuotaExceededError,
    "ThrottlingException": errors.ThrottlingError,
    "ValidationException": errors.ValidationError,
}


def input_of(operation: str) -> str:
    return service_model.operation(operation)["input"]["shape"]


def output_members(operation: str) -> dict[str, str]:
    """Return the members of an operation's response and their shapes; none if the model has no output."""
    modelled = service_model.operation(operation)
    members = SHAPES[modelled["output"]["shape"]].get("members", {}) if "output" in modelled else {}
    return {member: reference["shape"] for member, reference in members.items()}


def member_shapes(shape: str) -> dict[str, str]:
    return {member: reference["shape"] for member, reference in SHAPES[shape].get("members", {}).items()}


def shapes_below(shape: str) -> Iterator[str]:
    """Yield a shape and the shapes inside it."""
    yield shape
    below = [*member_shapes(shape).values()]
    if "member" in SHAPES[shape]:
        below.append(SHAPES[shape]["member"]["shape"])
    for inner in below:
        yield from shapes_below(inner)


def is_sensitive(shape: str) -> bool:
    return bool(SHAPES[shape].get("sensitive")) or shape in botocore_errors.SENSITIVE_SHAPES


# --- Operations -----------------------------------------------------------------------------------------


def test_the_table_has_every_operation_of_the_model_and_no_other() -> None:
    assert sorted(TABLE) == list(OPERATIONS)
    assert len(TABLE) == 29


def test_the_type_of_the_raw_client_has_a_method_for_every_operation() -> None:
    members = {**vars(boto3_typing.Boto3Client), **boto3_typing.Boto3Client.__annotations__}
    typed = {name for name in members if not name.startswith("_")}
    of_boto3 = {
        "can_paginate",
        "close",
        "exceptions",
        "generate_presigned_url",
        "get_paginator",
        "get_waiter",
        "meta",
    }
    assert typed == of_boto3 | {python_name(name) for name in OPERATIONS}


def test_the_methods_of_the_raw_client_are_named_as_boto3_names_them(client: VoiceID) -> None:
    raw: Any = client.boto3_client
    assert raw.meta.method_to_api_mapping == {python_name(name): name for name in OPERATIONS}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_client_token_is_made_for_exactly_the_operations_that_the_model_marks(name: str) -> None:
    members = SHAPES[input_of(name)].get("members", {})
    marked = [member for member, reference in members.items() if reference.get("idempotencyToken")]
    assert marked == (["ClientToken"] if requests.takes_client_token(name) else [])


WITHOUT_CONTENT = [name for name in OPERATIONS if not output_members(name)]
SPECIAL = ["EvaluateSession", "ListTagsForResource"]
OF_ONE_STRUCTURE = [name for name in OPERATIONS if len(output_members(name)) == 1 and name not in SPECIAL]
PAGINATED = sorted(service_model.load_paginators())


def test_the_operations_are_read_in_four_ways() -> None:
    assert sorted(WITHOUT_CONTENT + SPECIAL + OF_ONE_STRUCTURE + PAGINATED) == list(OPERATIONS)


@pytest.mark.parametrize("name", WITHOUT_CONTENT)
def test_an_operation_without_content_reads_nothing(name: str) -> None:
    assert TABLE[name].read({}) is None


@pytest.mark.parametrize("name", OF_ONE_STRUCTURE)
def test_an_operation_that_gives_one_structure_reads_its_class(name: str) -> None:
    ((member, shape),) = output_members(name).items()
    assert type(TABLE[name].read({member: {}})) is CLASS_OF[shape]


@pytest.mark.parametrize("name", PAGINATED)
def test_a_list_operation_reads_the_members_that_its_paginator_names(name: str) -> None:
    paginator = service_model.load_paginators()[name]
    item = SHAPES[output_members(name)[paginator["result_key"]]]["member"]["shape"]
    listing = TABLE[name].read({paginator["result_key"]: [{}], paginator["output_token"]: "next"})
    assert listing == ListPage((CLASS_OF[item](),), "next")


@pytest.mark.parametrize("paginator", service_model.load_paginators().values())
def test_the_pager_sends_and_reads_what_every_paginator_names(paginator: dict[str, str]) -> None:
    names = (paginator["input_token"], paginator["output_token"], paginator["limit_key"])
    assert names == ("NextToken", "NextToken", "MaxResults")


def test_evaluating_and_listing_tags_read_what_the_model_says() -> None:
    assert type(TABLE["EvaluateSession"].read({"SessionId": "id"})) is CLASS_OF["EvaluateSessionResponse"]
    assert TABLE["ListTagsForResource"].read({"Tags": [{"Key": "k", "Value": "v"}]}) == {"k": "v"}


# --- Data classes ---------------------------------------------------------------------------------------


def test_there_is_a_data_class_for_every_structure_of_an_answer() -> None:
    parts = {
        shape
        for name in OPERATIONS
        for member in output_members(name).values()
        for shape in shapes_below(member)
        if SHAPES[shape]["type"] == "structure"
    }
    assert parts | {"EvaluateSessionResponse"} == set(CLASS_OF)


def test_every_data_class_stands_for_a_structure_of_the_model() -> None:
    exported = {getattr(models, name) for name in models.__all__}
    assert exported == {*STRUCTURES, Structure, models.ExtraFields}


@EACH_PAIR
def test_a_data_class_has_the_members_of_its_structure_and_no_others(
    data_class: type[Structure], shape: str
) -> None:
    written = [wire_name(field.name) for field in attrs.fields(data_class) if field.name != "extra"]
    assert sorted(written) == sorted(member_shapes(shape))


@EACH_PAIR
def test_a_data_class_requires_what_its_structure_requires(data_class: type[Structure], shape: str) -> None:
    written = {wire_name(field.name) for field in attrs.fields(data_class) if field.default is attrs.NOTHING}
    assert written == set(SHAPES[shape].get("required", []))


@EACH_PAIR
def test_a_data_class_has_the_types_of_its_structure(data_class: type[Structure], shape: str) -> None:
    hints = get_type_hints(data_class)
    for field in attrs.fields(data_class):
        if field.name != "extra":
            member = member_shapes(shape)[wire_name(field.name)]
            assert hints[field.name] == annotation(member, optional=field.default is None), field.name


def annotation(shape: str, *, optional: bool = False) -> Any:
    """Return the annotation that a member of a shape has."""
    scalars = {"string": str, "integer": int, "boolean": bool, "timestamp": datetime}
    kind: Any
    if SHAPES[shape]["type"] == "list":
        kind = tuple[annotation(SHAPES[shape]["member"]["shape"]), ...]  # type: ignore[misc] # a type made at run time
    else:
        kind = ENUM_OF.get(shape) or CLASS_OF.get(shape) or scalars[SHAPES[shape]["type"]]
    return kind | None if optional else kind


@EACH_PAIR
def test_the_marks_of_privacy_are_the_models_and_the_documented_further_ones(
    data_class: type[Structure], shape: str
) -> None:
    marked = {wire_name(f.name) for f in attrs.fields(data_class) if mark_of(f) is SENSITIVE}
    assert marked == {member for member, inner in member_shapes(shape).items() if is_sensitive(inner)}


@EACH_PAIR
def test_text_of_the_service_is_marked_as_such(data_class: type[Structure], shape: str) -> None:
    marked = {wire_name(f.name) for f in attrs.fields(data_class) if mark_of(f) is FREE_TEXT}
    assert marked == {member for member in member_shapes(shape) if member == "Message"}


def test_no_further_sensitive_shape_is_one_that_the_model_marks_or_does_not_have() -> None:
    assert not {shape for shape in botocore_errors.SENSITIVE_SHAPES if SHAPES[shape].get("sensitive")}


def sources() -> Iterator[tuple[str, str]]:
    """Give the source of each data class, which ``inspect`` looks for in the package, where it is public."""
    for file in Path(models.__path__[0]).glob("*.py"):
        text = file.read_text("utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                yield node.name, ast.get_source_segment(text, node) or ""


SOURCES = dict(sources())


@EACH_PAIR
def test_every_field_is_explained(data_class: type[Structure], shape: str) -> None:
    source = "\n".join(SOURCES[one.__name__] for one in data_class.__mro__ if one.__name__ in SOURCES)
    for field in attrs.fields(data_class):
        if field.name != "extra":
            assert re.search(rf'^    {field.name}: .*\n    """[A-Z].*\."""$', source, re.MULTILINE), (
                field.name
            )


# --- Enumerations ---------------------------------------------------------------------------------------


def test_there_is_an_enumeration_for_every_one_of_the_model() -> None:
    assert set(ENUM_OF) == {name for name, shape in SHAPES.items() if "enum" in shape}
    assert {kind.__name__ for kind in ENUMS} | {"OpenEnum"} == set(enums.__all__)


@pytest.mark.parametrize(("shape", "kind"), ENUM_OF.items(), ids=ENUM_OF)
def test_an_enumeration_has_the_models_values(shape: str, kind: type[enums.OpenEnum]) -> None:
    assert {member.value for member in kind} == set(SHAPES[shape].get("enum", []))


@pytest.mark.parametrize("kind", ENUMS)
def test_the_members_of_an_enumeration_are_called_as_their_values(kind: type[enums.OpenEnum]) -> None:
    assert {member.name: member.value for member in kind} == {member.name: member.name for member in kind}


@pytest.mark.parametrize("kind", ENUMS)
def test_every_member_of_an_enumeration_is_explained(kind: type[enums.OpenEnum]) -> None:
    source = inspect.getsource(kind)
    for member in kind:
        assert re.search(rf'^    {member.name} = "{member.value}"\n    """[A-Z]', source, re.MULTILINE)


# --- Errors ---------------------------------------------------------------------------------------------


def test_there_is_an_error_for_every_error_of_the_model() -> None:
    assert set(ERRORS) == {name for name, shape in SHAPES.items() if shape.get("exception")}
    named = {error["shape"] for name in OPERATIONS for error in service_model.operation(name)["errors"]}
    assert named == set(ERRORS)


@pytest.mark.parametrize(("shape", "error"), ERRORS.items(), ids=ERRORS)
def test_an_error_has_the_members_of_the_models(shape: str, error: type[errors.ServiceError]) -> None:
    members = set(member_shapes(shape)) - {"Message"}
    own = {name for name in inspect.get_annotations(error) if not name.startswith("_")}
    assert {python_name(member) for member in members} == own


def test_every_conflict_and_missing_resource_has_a_next_step() -> None:
    assert set(botocore_errors._BY_CONFLICT) == set(enums.ConflictType)
    assert set(botocore_errors._BY_RESOURCE) == set(enums.ResourceType)


def test_every_pattern_of_a_request_is_put_in_words() -> None:
    patterns = {
        SHAPES[shape]["pattern"]
        for name in OPERATIONS
        for shape in shapes_below(input_of(name))
        # Page tokens are handled by the pager.
        if "pattern" in SHAPES[shape] and shape != "NextToken"
    }
    assert patterns == set(request_errors._PATTERNS)


# --- The public methods ---------------------------------------------------------------------------------


def domain(client: VoiceID) -> Domain:
    return client.domain(DOMAIN_ID)


def speaker(client: VoiceID) -> Speaker:
    return domain(client).speaker(SPEAKER_ID)


def fraudster(client: VoiceID) -> Fraudster:
    return domain(client).fraudster(FRAUDSTER_ID)


def watchlist(client: VoiceID) -> Watchlist:
    return domain(client).watchlist(WATCHLIST_ID)


def enrollment_job(client: VoiceID) -> EnrollmentJob:
    return domain(client).enrollment_job(JOB_ID)


def registration_job(client: VoiceID) -> RegistrationJob:
    return domain(client).registration_job(JOB_ID)


def start_enrollment_job(client: VoiceID) -> EnrollmentJob:
    return domain(client).start_enrollment_job(
        input_s3_uri="s3://bucket/in.json", output_s3_uri="s3://bucket/out", data_access_role_arn=ROLE_ARN
    )


def start_registration_job(client: VoiceID) -> RegistrationJob:
    return domain(client).start_registration_job(
        input_s3_uri="s3://bucket/in.json", output_s3_uri="s3://bucket/out", data_access_role_arn=ROLE_ARN
    )


AUDIO = batch.AudioSpecification(s3_uri="s3://calls/ana.wav")
RUN: dict[str, Any] = {"bucket": "calls", "data_access_role_arn": ROLE_ARN, "progress": False}


def enroll(client: VoiceID) -> None:
    speaker = batch.EnrollmentRequest(request_id="1", speaker_id="ana", audio_specifications=[AUDIO])
    domain(client).enroll(batch.EnrollmentManifest([speaker]), s3=MemoryS3("calls"), **RUN)


def register_fraudsters(client: VoiceID) -> None:
    fraudster = batch.RegistrationRequest(request_id="1", audio_specifications=[AUDIO])
    domain(client).register_fraudsters(batch.RegistrationManifest([fraudster]), s3=MemoryS3("calls"), **RUN)


def results(job: EnrollmentJob | RegistrationJob) -> None:
    # The typical job has no URIs of its files, so results() calls no method of S3.
    s3: Any = None
    with pytest.raises(errors.ResponseError):
        job.results(s3)


# Every public method, and a call of it.
CALLS: list[tuple[Callable[..., object], Callable[[VoiceID], object]]] = [
    (VoiceID.close, lambda client: client.close()),
    (VoiceID.call, lambda client: client.call("DescribeDomain", DomainId=DOMAIN_ID)),
    (VoiceID.ping, lambda client: client.ping()),
    (VoiceID.with_options, lambda client: client.with_options()),
    (VoiceID.create_domain, lambda client: client.create_domain(name="n", kms_key_id="k")),
    (VoiceID.domain, domain),
    (VoiceID.domains, lambda client: client.domains().all()),
    (VoiceID.tags, lambda client: client.tags(DOMAIN_ARN)),
    (VoiceID.tag, lambda client: client.tag(DOMAIN_ARN, {"k": "v"})),
    (VoiceID.untag, lambda client: client.untag(DOMAIN_ARN, ["k"])),
    (Domain.describe, lambda client: domain(client).describe()),
    (Domain.replace, lambda client: domain(client).replace(name="n", kms_key_id="k")),
    (Domain.update, lambda client: domain(client).update(name="n")),
    (Domain.delete, lambda client: domain(client).delete()),
    (Domain.tags, lambda client: domain(client).tags()),
    (Domain.tag, lambda client: domain(client).tag({"k": "v"})),
    (Domain.untag, lambda client: domain(client).untag(["k"])),
    (Domain.speakers, lambda client: domain(client).speakers().all()),
    (Domain.speaker, speaker),
    (Domain.fraudsters, lambda client: domain(client).fraudsters().all()),
    (Domain.fraudster, fraudster),
    (Domain.watchlists, lambda client: domain(client).watchlists().all()),
    (Domain.watchlist, watchlist),
    (Domain.default_watchlist, lambda client: domain(client).default_watchlist()),
    (Domain.create_watchlist, lambda client: domain(client).create_watchlist(name="n")),
    (Domain.start_enrollment_job, start_enrollment_job),
    (Domain.start_registration_job, start_registration_job),
    (Domain.enrollment_jobs, lambda client: domain(client).enrollment_jobs().all()),
    (Domain.enrollment_job, enrollment_job),
    (Domain.registration_jobs, lambda client: domain(client).registration_jobs().all()),
    (Domain.registration_job, registration_job),
    (Domain.session, lambda client: domain(client).session("call-1")),
    (Domain.wait_until_active, lambda client: domain(client).wait_until_active()),
    (Domain.wait_until_encryption_updated, lambda client: domain(client).wait_until_encryption_updated()),
    (Speaker.describe, lambda client: speaker(client).describe()),
    (Speaker.opt_out, lambda client: speaker(client).opt_out()),
    (Speaker.delete, lambda client: speaker(client).delete()),
    (Speaker.wait_until, lambda client: speaker(client).wait_until("ENROLLED")),
    (Fraudster.describe, lambda client: fraudster(client).describe()),
    (Fraudster.associate, lambda client: fraudster(client).associate(WATCHLIST_ID)),
    (Fraudster.disassociate, lambda client: fraudster(client).disassociate(WATCHLIST_ID)),
    (Fraudster.delete, lambda client: fraudster(client).delete()),
    (Watchlist.describe, lambda client: watchlist(client).describe()),
    (Watchlist.update, lambda client: watchlist(client).update(name="n")),
    (Watchlist.fraudsters, lambda client: watchlist(client).fraudsters().all()),
    (Watchlist.delete, lambda client: watchlist(client).delete()),
    (EnrollmentJob.describe, lambda client: enrollment_job(client).describe()),
    (EnrollmentJob.wait, lambda client: enrollment_job(client).wait()),
    (Domain.enroll, enroll),
    (Domain.register_fraudsters, register_fraudsters),
    (EnrollmentJob.results, lambda client: results(enrollment_job(client))),
    (RegistrationJob.describe, lambda client: registration_job(client).describe()),
    (RegistrationJob.wait, lambda client: registration_job(client).wait()),
    (RegistrationJob.results, lambda client: results(registration_job(client))),
    (Session.evaluate, lambda client: domain(client).session("call-1").evaluate()),
    (Session.wait_for_decision, lambda client: domain(client).session("call-1").wait_for_decision()),
]
HANDLES = (VoiceID, Domain, Speaker, Fraudster, Watchlist, EnrollmentJob, RegistrationJob, Session)


def public_methods() -> set[Callable[..., object]]:
    return {
        method
        for handle in HANDLES
        for name, method in inspect.getmembers(handle, inspect.isfunction)
        if not name.startswith("_")
    }


@functools.cache
def named_operations(method: Callable[..., object]) -> set[str]:
    """Return the operations that a method's docstring names as called."""
    return {name for name in OPERATIONS if re.search(rf"\b{name}\b", method.__doc__ or "")}


def called_operations(call: Callable[[VoiceID], object], client: VoiceID, canned: Canned) -> set[str]:
    del canned.sent[:]
    call(client)
    return {sent.operation for sent in canned.sent}


def test_every_public_method_is_among_the_calls() -> None:
    assert {method for method, _ in CALLS} == public_methods()


def test_every_method_calls_the_operations_that_its_docstring_names(
    client: VoiceID, canned: Canned, clock: FakeClock
) -> None:
    canned.default = typical
    called: dict[Callable[..., object], set[str]] = {}
    for method, call in CALLS:
        if method is not VoiceID.call:  # it calls any
            called.setdefault(method, set()).update(called_operations(call, client, canned))
    assert called == {method: named_operations(method) for method in called}


def test_every_operation_is_reached_by_a_public_method(
    client: VoiceID, canned: Canned, clock: FakeClock
) -> None:
    canned.default = typical
    called = {name for _, call in CALLS for name in called_operations(call, client, canned)}
    assert called == set(OPERATIONS)


def leaves(shape: str, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the paths of a request's members, without structures."""
    for member, inner in member_shapes(shape).items():
        if SHAPES[inner]["type"] == "structure":
            yield from leaves(inner, (*path, member))
        else:
            yield (*path, member)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_refused_member_is_called_as_the_public_face_calls_it(name: str) -> None:
    of_methods = {
        parameter
        for method in public_methods()
        if name in named_operations(method)
        for parameter in inspect.signature(method).parameters
    }
    of_handles = {field.name for handle in HANDLES if attrs.has(handle) for field in attrs.fields(handle)}
    of_pagers = {
        parameter
        for method in (Pager.page_size, Pager.items)
        for parameter in inspect.signature(method).parameters
    }
    known = of_methods | of_handles | (of_pagers | {"page_size"} if name in PAGINATED else set())
    assert {requests.parameter_name(path) for path in leaves(input_of(name))} <= known


@pytest.mark.parametrize("handle", [handle for handle in HANDLES if attrs.has(handle)])
def test_the_ids_of_a_handle_are_marked_where_they_are_sensitive(handle: type) -> None:
    named = {"name_or_id": "SessionNameOrId"}
    ids = {field.name: field for field in attrs.fields(handle) if field.name.endswith("_id")}
    marked = {name for name, field in ids.items() if mark_of(field) is SENSITIVE}
    assert ids
    assert marked == {name for name in ids if is_sensitive(named.get(name) or wire_name(name))}
