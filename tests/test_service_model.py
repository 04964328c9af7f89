"""The model has botocore's facts, its patterns match as in the model, and broken rules are found."""

import enum
import functools
import gzip
import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.canned_responses import DOMAIN_ARN, DOMAIN_ID, ROLE_ARN
from voiceid_sdk import service_model
from voiceid_sdk.enums import JobStatus
from voiceid_sdk.service_model import Rule, Violation, constraints

OPERATIONS = service_model.operation_names()


# --- The facts ------------------------------------------------------------------------------------------


def botocores_own(name: str) -> Any:
    """Return a file of botocore's own copy of the model; skip where botocore has dropped the service."""
    folder = Path(botocore.__file__).parent / "data" / "voice-id" / service_model.API_VERSION
    for path, read in ((folder / f"{name}.json.gz", gzip.open), (folder / f"{name}.json", open)):
        if path.exists():
            with read(path, "rb") as file:
                return json.load(file)
    return pytest.skip("this botocore has no voice-id")


def without_prose(node: Any) -> Any:
    """Return a part of a model without its documentation."""
    if isinstance(node, dict):
        return {name: without_prose(part) for name, part in node.items() if name != "documentation"}
    return [without_prose(part) for part in node] if isinstance(node, list) else node


@pytest.mark.parametrize("part", ["version", "operations", "shapes"])
def test_the_model_has_the_same_facts_as_botocores_own(part: str) -> None:
    ours: Any = service_model.load_service()
    assert ours[part] == without_prose(botocores_own("service-2")[part])


def test_the_models_metadata_is_botocores_own() -> None:
    theirs = botocores_own("service-2")["metadata"]
    ours = service_model.load_service()["metadata"]
    assert ours == {name: theirs[name] for name in ours}


def test_the_paginators_are_botocores_own() -> None:
    assert service_model.load_paginators() == botocores_own("paginators-1")["pagination"]


def test_the_model_holds_no_prose() -> None:
    text = (Path(service_model.LOADER_PATH) / "voice-id" / "2021-09-27" / "service-2.json").read_text("utf-8")
    assert "documentation" not in text
    assert "<p>" not in text


def test_the_model_is_a_whole_one() -> None:
    assert len(OPERATIONS) == 29
    assert set(service_model.load_paginators()) == {
        name for name in OPERATIONS if name.startswith("List")
    } - {"ListTagsForResource"}


def test_the_regions_are_those_of_botocores_endpoints() -> None:
    session = boto3.Session()
    if not (regions := session.get_available_regions("voice-id")):
        pytest.skip("this botocore has no endpoints of voice-id")
    assert sorted(service_model.REGIONS) == sorted(regions)
    others = set(session.get_available_regions("voice-id", allow_non_regional=True)) - set(regions)
    assert {name.replace("fips", "").strip("-") for name in others} == set(service_model.FIPS_REGIONS)


def test_an_unknown_operation_or_shape_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        service_model.operation("DescribeNothing")
    with pytest.raises(KeyError):
        service_model.shape("Nothing")


# --- The patterns ---------------------------------------------------------------------------------------

PATTERNS = sorted(
    {shape["pattern"] for shape in service_model.load_service()["shapes"].values() if "pattern" in shape}
)
ONE_CLASS = re.compile(r"\^\(?(?:\[(?P<set>.*)\]\*|(?P<single>\\p\{ASCII\})\{0,8192\})\)?\$")
"""The form of a pattern that takes any characters of one class, and no others."""


@functools.cache
def characters() -> dict[str, str]:
    """Return all characters by the first letter of their Unicode category."""
    found: dict[str, list[str]] = {}
    for character in map(chr, range(sys.maxunicode + 1)):
        found.setdefault(unicodedata.category(character)[0], []).append(character)
    return {category: "".join(each) for category, each in found.items()}


def modelled(pattern: str) -> set[str]:
    """Return the characters that a pattern with one character class matches, by Unicode category."""
    inside = ONE_CLASS.fullmatch(pattern)
    assert inside is not None
    text = inside["set"] or inside["single"]
    classes = re.findall(r"\\p\{(\w+)\}", text)
    literals = set(re.sub(r"\\p\{\w+\}", "", text).replace("\\", ""))
    known = {**characters(), "ASCII": "".join(map(chr, range(128)))}
    return literals.union(*(known[name] for name in classes))


@pytest.mark.uncovered
@pytest.mark.parametrize("pattern", [pattern for pattern in PATTERNS if r"\p{" in pattern])
def test_a_pattern_with_unicode_classes_takes_exactly_their_characters(pattern: str) -> None:
    compiled = constraints.compile_pattern(pattern)
    form = re.fullmatch(r"\^\(?(?P<class>\[.*\])(?:\*|\{0,8192\})\)?\$", compiled.pattern)
    assert form is not None
    # The runs of the class's characters are found sooner than each character could be matched.
    runs = re.compile(f"{form['class']}+", compiled.flags)
    taken = {character for text in characters().values() for run in runs.findall(text) for character in run}
    assert taken == modelled(pattern)


@pytest.mark.parametrize("pattern", [pattern for pattern in PATTERNS if r"\p{" not in pattern])
def test_a_pattern_without_unicode_classes_stays_as_it_is(pattern: str) -> None:
    assert constraints.compile_pattern(pattern).pattern == pattern


def test_a_line_break_at_the_end_is_not_overlooked() -> None:
    assert [violation.rule for violation in service_model.shape_violations("DomainName", "name\n")] == [
        Rule.PATTERN
    ]


# --- Broken rules ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", OPERATIONS)
@strategies.share_of_examples(5)
@given(data=st.data())
def test_a_request_drawn_from_the_model_breaks_no_rule(operation: str, data: st.DataObject) -> None:
    assert service_model.violations(operation, data.draw(strategies.requests(operation))) == []


@pytest.mark.parametrize(
    "operation", [name for name in OPERATIONS if "output" in service_model.operation(name)]
)
@strategies.share_of_examples(10)
@given(data=st.data())
def test_a_response_drawn_from_the_model_breaks_no_rule(operation: str, data: st.DataObject) -> None:
    shape = service_model.operation(operation)["output"]["shape"]
    assert service_model.shape_violations(shape, data.draw(strategies.responses(operation))) == []


@pytest.mark.parametrize("operation", OPERATIONS)
@strategies.share_of_examples(50)
@given(data=st.data())
def test_each_rule_that_a_request_breaks_is_found_where_it_is_broken(
    operation: str, data: st.DataObject
) -> None:
    request = data.draw(strategies.requests(operation, full=True))
    for breakage in strategies.breakages(operation):
        found = service_model.violations(operation, breakage.apply(request))
        assert (breakage.broken_path, breakage.rule) in {(one.path, one.rule) for one in found}
        # A value may break two rules at once, such as the length and the pattern, but nothing else breaks.
        assert {one.path for one in found} == {breakage.broken_path}


def test_every_kind_of_rule_is_broken_by_some_request() -> None:
    broken = {breakage.rule for operation in OPERATIONS for breakage in strategies.breakages(operation)}
    assert broken == set(Rule)


JOB = {
    "DomainId": DOMAIN_ID,
    "DataAccessRoleArn": ROLE_ARN,
    "InputDataConfig": {"S3Uri": "s3://bucket/in.json"},
    "OutputDataConfig": {"S3Uri": "s3://bucket/out"},
}
ID_PATTERN = "^[a-zA-Z0-9]{22}$"


@pytest.mark.parametrize(
    ("operation", "request_", "expected"),
    [
        (
            "DescribeDomain",
            {},
            [Violation(("DomainId",), Rule.REQUIRED, "DomainId", "DomainId")],
        ),
        (
            "DescribeDomain",
            {"DomainId": None},
            [Violation(("DomainId",), Rule.REQUIRED, "DomainId", "DomainId")],
        ),
        (
            "DescribeDomain",
            {"DomainId": 22},
            [Violation(("DomainId",), Rule.TYPE, "a string", "DomainId")],
        ),
        (
            "DescribeDomain",
            {"DomainId": "x" * 21 + "-"},
            [Violation(("DomainId",), Rule.PATTERN, ID_PATTERN, "DomainId")],
        ),
        (
            "DescribeDomain",
            {"DomainId": DOMAIN_ARN},
            [
                Violation(("DomainId",), Rule.MAXIMUM_LENGTH, 22, "DomainId", is_arn=True),
                Violation(("DomainId",), Rule.PATTERN, ID_PATTERN, "DomainId", is_arn=True),
            ],
        ),
        (
            "DescribeDomain",
            {"DomainId": "x"},
            [
                Violation(("DomainId",), Rule.MINIMUM_LENGTH, 22, "DomainId"),
                Violation(("DomainId",), Rule.PATTERN, ID_PATTERN, "DomainId"),
            ],
        ),
        (
            "ListDomains",
            {"MaxResults": 0},
            [Violation(("MaxResults",), Rule.MINIMUM_VALUE, 1, "MaxResultsForListDomainFe")],
        ),
        (
            "ListDomains",
            {"MaxResults": 11},
            [Violation(("MaxResults",), Rule.MAXIMUM_VALUE, 10, "MaxResultsForListDomainFe")],
        ),
        (
            "ListDomains",
            {"MaxResults": True},
            [Violation(("MaxResults",), Rule.TYPE, "an integer", "MaxResultsForListDomainFe")],
        ),
        (
            "ListSpeakerEnrollmentJobs",
            {"DomainId": DOMAIN_ID, "JobStatus": "DONE"},
            [
                Violation(
                    ("JobStatus",),
                    Rule.ENUM,
                    ("SUBMITTED", "IN_PROGRESS", "COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED"),
                    "SpeakerEnrollmentJobStatus",
                )
            ],
        ),
        (
            "UntagResource",
            {"ResourceArn": DOMAIN_ARN, "TagKeys": ["ok", "", 3]},
            [
                Violation(("TagKeys", 1), Rule.MINIMUM_LENGTH, 1, "TagKey"),
                Violation(("TagKeys", 2), Rule.TYPE, "a string", "TagKey"),
            ],
        ),
        (
            "TagResource",
            {"ResourceArn": DOMAIN_ARN, "Tags": "k=v"},
            [Violation(("Tags",), Rule.TYPE, "a list", "TagList")],
        ),
        (
            "TagResource",
            {"ResourceArn": DOMAIN_ARN, "Tags": [{"Key": "k", "Value": "v", "Colour": "red"}, "k=v"]},
            [
                Violation(("Tags", 0, "Colour"), Rule.UNKNOWN, ("Key", "Value"), "Tag"),
                Violation(("Tags", 1), Rule.TYPE, "a structure", "Tag"),
            ],
        ),
        (
            "StartFraudsterRegistrationJob",
            {**JOB, "RegistrationConfig": {"WatchlistIds": []}},
            [
                Violation(
                    ("RegistrationConfig", "WatchlistIds"),
                    Rule.MINIMUM_LENGTH,
                    1,
                    "RegistrationConfigWatchlistIds",
                )
            ],
        ),
        (
            "StartFraudsterRegistrationJob",
            {**JOB, "RegistrationConfig": {"WatchlistIds": [DOMAIN_ID, DOMAIN_ID]}},
            [
                Violation(
                    ("RegistrationConfig", "WatchlistIds"),
                    Rule.MAXIMUM_LENGTH,
                    1,
                    "RegistrationConfigWatchlistIds",
                )
            ],
        ),
    ],
)
def test_a_violation_says_where_which_rule_and_what_is_expected(
    operation: str, request_: strategies.Wire, expected: list[Violation]
) -> None:
    assert service_model.violations(operation, request_) == expected


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        ("Boolean", "yes"),
        ("Boolean", 1),
        ("Timestamp", "2026-05-20"),
        ("Timestamp", True),
        ("TagKeyList", b"bytes"),
        ("Score", 1.0),
        ("Domain", None),
    ],
)
def test_a_value_of_another_type_breaks_only_that_rule(shape: str, value: object) -> None:
    assert [violation.rule for violation in service_model.shape_violations(shape, value)] == [Rule.TYPE]


@pytest.mark.parametrize(
    ("shape", "value"),
    [
        ("Boolean", False),
        ("Timestamp", 1.5),
        ("Timestamp", 1),
        ("TagKeyList", ("a", "b")),
        ("Score", 100),
        ("String", "☃"),
    ],
)
def test_a_value_of_the_right_type_breaks_no_rule(shape: str, value: object) -> None:
    assert service_model.shape_violations(shape, value) == []


def test_a_violation_begins_at_the_given_path() -> None:
    (violation,) = service_model.shape_violations("Score", 101, ("Result", "Score"))
    assert violation.path == ("Result", "Score")


class Letter(enum.StrEnum):
    """An enumeration that the model does not have."""

    A = "a"


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus("NEW_TOMORROW"), Letter.A])
def test_a_member_of_an_enumeration_passes_whether_or_not_the_model_knows_it(status: str) -> None:
    request = {"DomainId": DOMAIN_ID, "JobStatus": status}
    assert service_model.violations("ListSpeakerEnrollmentJobs", request) == []


@pytest.mark.parametrize(
    ("operation", "member", "value"),
    [
        ("CreateDomain", "Description", "arn:aws:kms:☃"),
        ("CreateDomain", "Name", "arn:aws:kms:eu-west-2:111122223333:key/x"),
        ("ListTagsForResource", "ResourceArn", "arn:aws:s3:::bucket"),
        ("StartSpeakerEnrollmentJob", "DataAccessRoleArn", "arn:aws:iam::111122223333:user/someone"),
        ("CreateDomain", "ServerSideEncryptionConfiguration", {"KmsKeyId": "arn:" + "x" * 2045}),
        ("StartSpeakerEnrollmentJob", "InputDataConfig", {"S3Uri": "arn:aws:s3:::bucket/key"}),
    ],
)
def test_an_arn_is_remarked_on_only_where_an_id_belongs(operation: str, member: str, value: object) -> None:
    found = [one for one in service_model.violations(operation, {member: value}) if one.path[0] == member]
    assert found
    assert not any(violation.is_arn for violation in found)


@pytest.mark.parametrize(
    "member", ["DomainId", "SpeakerId", "WatchlistId", "FraudsterId", "JobId", "SessionNameOrId"]
)
def test_an_arn_is_remarked_on_wherever_an_id_belongs(member: str) -> None:
    operation = next(
        name
        for name in OPERATIONS
        if member in service_model.shape(service_model.operation(name)["input"]["shape"]).get("members", {})
    )
    found = [
        violation
        for violation in service_model.violations(operation, {member: DOMAIN_ARN})
        if violation.path == (member,)
    ]
    assert found
    assert all(violation.is_arn for violation in found)


# --- Sensitive values -----------------------------------------------------------------------------------


def test_sensitive_values_are_found_wherever_they_are() -> None:
    request = {
        "Name": "name",
        "Description": "description",
        "ClientToken": "token",
        "Tags": [{"Key": "key", "Value": "value"}, {"Key": 1}],
        "ServerSideEncryptionConfiguration": {"KmsKeyId": "kms"},
        "NoMember": {"Name": "unknown"},
    }
    found = set(service_model.sensitive_values("CreateDomain", request, frozenset()))
    assert found == {"name", "description", "key", "value"}


def test_sensitive_values_are_those_of_further_shapes_too() -> None:
    request = {**JOB, "JobName": "job", "OutputDataConfig": {"S3Uri": "s3://bucket/out", "KmsKeyId": "kms"}}
    found = set(service_model.sensitive_values("StartSpeakerEnrollmentJob", request, frozenset({"S3Uri"})))
    assert found == {"job", "s3://bucket/in.json", "s3://bucket/out"}


@pytest.mark.parametrize("operation", OPERATIONS)
@strategies.share_of_examples(20)
@given(data=st.data())
def test_sensitive_values_of_any_request_are_its_own(operation: str, data: st.DataObject) -> None:
    request = data.draw(strategies.requests(operation))
    written = json.dumps(request, ensure_ascii=False)
    everything = frozenset(service_model.load_service()["shapes"])
    for value in service_model.sensitive_values(operation, request, everything):
        assert json.dumps(value, ensure_ascii=False) in written
