"""Results: every request of the manifest has an outcome, also if the job's output lacks it."""

import builtins
import copy
import csv
import io
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import instances
from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentOutcome,
    EnrollmentRequest,
    EnrollmentResults,
    EnrollmentStatus,
    RegistrationManifest,
    RegistrationOutcome,
    RegistrationRequest,
    RegistrationResults,
    RegistrationStatus,
)
from voiceid_sdk.errors import (
    ConfigurationError,
    ManifestError,
    RequestValidationError,
    ResponseError,
)

IDS = st.sampled_from(["1", "2", "3", "4", "5"])
STATUSES = st.sampled_from([status.value for status in EnrollmentStatus][:3]) | st.text(max_size=5)
ENTRIES = st.lists(
    st.fixed_dictionaries({"RequestId": IDS, "EnrollmentStatus": STATUSES, "CustomerSpeakerId": st.text()})
    | st.fixed_dictionaries({"RequestId": IDS, "ErrorCode": st.integers(), "ErrorMessage": st.text()}),
    max_size=6,
)
RESULTS = st.lists(instances(EnrollmentOutcome), max_size=4).map(EnrollmentResults)
FRAUDSTERS = st.lists(instances(RegistrationOutcome), max_size=4).map(RegistrationResults)


def output(*entries: dict[str, Any], version: str = "1.0") -> str:
    failed = [entry for entry in entries if "ErrorCode" in entry]
    done = [entry for entry in entries if "ErrorCode" not in entry]
    return json.dumps({"Version": version, "Errors": failed, "SuccessfulEnrollments": done})


def request(name: str) -> EnrollmentRequest:
    return EnrollmentRequest(
        request_id=name,
        speaker_id=f"speaker-{name}",
        audio_specifications=[AudioSpecification(path=f"{name}.wav")],
    )


def enrolled(name: str, status: str = "NEW_ENROLLMENT") -> dict[str, Any]:
    return {
        "RequestId": name,
        "GeneratedSpeakerId": f"id#{name}",
        "CustomerSpeakerId": f"speaker-{name}",
        "EnrollmentStatus": status,
    }


def refused(name: str, code: int) -> dict[str, Any]:
    return {"RequestId": name, "ErrorCode": code, "ErrorMessage": "No."}


# --- Reading the output ---------------------------------------------------------------------------------


def test_what_the_guide_documents_for_speakers_is_read() -> None:
    results = EnrollmentResults.from_output(
        """{"Version": "1.0",
            "Errors": [{"RequestId": "req-002", "ErrorCode": 400, "ErrorMessage": "Not enough speech"}],
            "SuccessfulEnrollments": [{"RequestId": "req-001", "CustomerSpeakerId": "cust-4711",
                "GeneratedSpeakerId": "id#AbCdEfGhIjKlMnOpQrStUv", "EnrollmentStatus": "NEW_ENROLLMENT"}]}"""
    )
    assert results.outcomes == (
        EnrollmentOutcome(
            request_id="req-001",
            customer_speaker_id="cust-4711",
            generated_speaker_id="id#AbCdEfGhIjKlMnOpQrStUv",
            status=EnrollmentStatus.NEW_ENROLLMENT,
        ),
        EnrollmentOutcome(request_id="req-002", error_code=400, error_message="Not enough speech"),
    )


@pytest.mark.parametrize("new", ["NEW_REGISTRATION", "NEW_FRAUDSTER"])
def test_what_the_guide_documents_for_fraudsters_is_read(new: str) -> None:
    entries = [
        {"RequestId": "f-1", "GeneratedFraudsterId": "id#1", "RegistrationStatus": new},
        {
            "RequestId": "f-2",
            "GeneratedFraudsterId": "id#1",
            "RegistrationStatus": "DUPLICATE_SKIPPED",
            "FraudsterSimilarityScore": 88,
        },
    ]
    document = {"Version": "1.0", "Errors": [], "SuccessfulRegistrations": entries}
    manifest = RegistrationManifest(RegistrationRequest(request_id=f"f-{number}") for number in (1, 2, 3))
    results = RegistrationResults.from_output(json.dumps(document), manifest=manifest)
    assert [outcome.request_id for outcome in results.registered] == ["f-1"]
    (skipped,) = results.skipped
    assert skipped.fraudster_similarity_score == 88
    (missing,) = results.not_reported
    assert missing.status is RegistrationStatus.NOT_REPORTED
    assert results.retry_manifest().requests == manifest.requests[2:]
    assert repr(results) == "RegistrationResults(registered=1, skipped=1, failed=0, not_reported=1)"


def test_what_this_version_does_not_know_is_kept() -> None:
    entry = {**enrolled("1", "MERGED"), "Mood": "calm"}
    (outcome,) = EnrollmentResults.from_output(output(entry)).enrolled
    assert outcome.status is not None
    assert not outcome.status.is_known
    assert outcome.extra == {"Mood": "calm"}


def test_a_list_with_nothing_in_it_may_be_missing() -> None:
    assert not EnrollmentResults.from_output('{"Version": "1.0", "SuccessfulEnrollments": []}').outcomes
    assert not EnrollmentResults.from_output(b'\xef\xbb\xbf{"Version": "1.0", "Errors": []}').outcomes


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("", "is empty"),
        (b" \n", "is empty"),
        (output(enrolled("1"))[:-10], "is not a whole JSON object"),
        (b"\xff\xfe\x00\xd8", "is not a whole JSON object"),
        ("[" * 100_000, "is not a whole JSON object"),
        ("<html>", "is not a whole JSON object"),
        ("null", "is not a whole JSON object"),
        (output(version="2.0"), 'does not say that its Version is "1.0"'),
        ('{"Version": "1.0"}', "has neither SuccessfulEnrollments nor Errors"),
        ('{"Version": "1.0", "SuccessfulRegistrations": []}', "has neither SuccessfulEnrollments nor Errors"),
        ('{"Version": "1.0", "Errors": {}}', "is not as documented: Errors must be a list"),
        ('{"Version": "1.0", "Errors": [1]}', "is not as documented: Errors[0] must be a structure"),
        (output({"ErrorCode": 400}), "is not as documented: in Errors[0], request_id is missing"),
        (
            output(enrolled("1"), {"RequestId": "2"}),
            "is not as documented: SuccessfulEnrollments[1].EnrollmentStatus is missing",
        ),
        (
            output({**enrolled("1"), "GeneratedSpeakerId": 7}),
            "is not as documented: in SuccessfulEnrollments[0], generated_speaker_id must be a string",
        ),
    ],
)
def test_an_output_that_is_not_as_documented_is_an_error(content: str | bytes, rule: str) -> None:
    with pytest.raises(ResponseError) as caught:
        EnrollmentResults.from_output(content)
    assert caught.value.message == f"The job's output file {rule}"
    assert "once the job has ended" in str(caught.value)
    assert caught.value.__cause__ is None


# --- Joined with the manifest ---------------------------------------------------------------------------


@given(st.lists(IDS, max_size=6), ENTRIES)
def test_nothing_is_forgotten(names: list[str], entries: list[dict[str, Any]]) -> None:
    manifest = EnrollmentManifest(map(request, names))
    results = EnrollmentResults.from_output(output(*entries), manifest=manifest)
    # Every request has an outcome, in the manifest's order; what is left of the output follows.
    assert tuple(outcome.request for outcome in results.outcomes[: len(names)]) == manifest.requests
    assert all(outcome.request is None for outcome in results.outcomes[len(names) :])
    assert len(results.outcomes) - len(results.not_reported) == len(entries)
    for outcome in results.outcomes:
        assert outcome.request is None or outcome.request.request_id == outcome.request_id


@given(st.lists(IDS, max_size=6), ENTRIES)
def test_every_outcome_is_of_one_kind(names: list[str], entries: list[dict[str, Any]]) -> None:
    results = EnrollmentResults.from_output(
        output(*entries), manifest=EnrollmentManifest(map(request, names))
    )
    kinds = (
        results.enrolled,
        results.overwritten,
        results.skipped,
        results.failed,
        results.not_reported,
    )
    together = [outcome for kind in kinds for outcome in kind]
    assert sorted(map(repr, together)) == sorted(map(repr, results.outcomes))
    assert list(results.summary().values()) == [len(kind) for kind in kinds]


def test_outcomes_have_their_speakers_whether_enrolled_or_not() -> None:
    manifest = EnrollmentManifest(map(request, "123"))
    results = EnrollmentResults.from_output(output(enrolled("2"), refused("1", 400)), manifest=manifest)
    assert [(outcome.customer_speaker_id, outcome.status) for outcome in results.outcomes] == [
        ("speaker-1", None),
        ("speaker-2", EnrollmentStatus.NEW_ENROLLMENT),
        ("speaker-3", EnrollmentStatus.NOT_REPORTED),
    ]


# --- Several jobs ---------------------------------------------------------------------------------------


@given(st.tuples(*[st.lists(IDS, unique=True)] * 3))
def test_results_are_added_in_any_grouping(names: tuple[list[str], ...]) -> None:
    one, two, three = (
        EnrollmentResults(EnrollmentOutcome(request_id=name, error_code=code) for name in ids)
        for code, ids in enumerate(names)
    )
    assert (one + two) + three == one + (two + three)
    assert one + one == one
    assert one + EnrollmentResults([]) == one == EnrollmentResults([]) + one
    assert {outcome.request_id for outcome in (one + two).outcomes} == {*names[0], *names[1]}


def test_a_later_outcome_takes_the_place_of_an_earlier_one() -> None:
    first = EnrollmentResults.from_output(output(enrolled("1"), refused("2", 500), refused("3", 400)))
    retried = EnrollmentResults.from_output(output(enrolled("2"), enrolled("4")))
    both = first + retried
    assert [outcome.request_id for outcome in both.outcomes] == ["1", "2", "3", "4"]
    assert [outcome.request_id for outcome in both.failed] == ["3"]
    fraudsters = RegistrationResults([RegistrationOutcome(request_id="1")])
    assert fraudsters + fraudsters == fraudsters


# --- Trying again ---------------------------------------------------------------------------------------


@pytest.fixture
def mixed() -> EnrollmentResults:
    entries = [enrolled("1"), *(refused(str(code), code) for code in (400, 402, 409, 429, 500, 503))]
    manifest = EnrollmentManifest(map(request, ["1", "400", "402", "409", "429", "500", "503", "2"]))
    return EnrollmentResults.from_output(output(*entries), manifest=manifest)


def test_what_may_pass_by_itself_is_tried_again(mixed: EnrollmentResults) -> None:
    again = [request.request_id for request in mixed.retry_manifest().requests]
    assert again == ["429", "500", "503", "2"]
    assert again == [outcome.request_id for outcome in mixed.outcomes if outcome.retryable]


def test_other_codes_can_be_tried_again_on_request(mixed: EnrollmentResults) -> None:
    again = [request.request_id for request in mixed.retry_manifest(codes={400, 402}).requests]
    assert again == ["400", "402", "2"]


def test_a_request_that_is_not_known_cannot_be_tried_again() -> None:
    results = EnrollmentResults.from_output(output(enrolled("1"), refused("2", 500)))
    with pytest.raises(ManifestError, match="Give the job's manifest when you read the results") as caught:
        results.retry_manifest()
    assert [problem.request_id for problem in caught.value.problems] == ["2"]


# --- Other forms ----------------------------------------------------------------------------------------


@given(RESULTS)
def test_from_json_is_the_way_back_from_to_json(results: EnrollmentResults) -> None:
    assert EnrollmentResults.from_json(results.to_json()) == results


@given(FRAUDSTERS)
def test_from_json_is_the_way_back_from_to_json_for_fraudsters(results: RegistrationResults) -> None:
    assert RegistrationResults.from_json(results.to_json().encode()) == results


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"outcomes": 1}', '{"outcomes": [{}]}', '{"outcomes": [1]}']
)
def test_from_json_refuses_what_to_json_did_not_write(text: str) -> None:
    with pytest.raises(RequestValidationError):
        EnrollmentResults.from_json(text)


@given(RESULTS)
def test_copies_and_pickles_are_equal_and_hash_alike(results: EnrollmentResults) -> None:
    for twin in (copy.deepcopy(results), pickle.loads(pickle.dumps(results))):
        assert twin == results
        assert hash(twin) == hash(results)


def test_results_are_written_as_csv(mixed: EnrollmentResults, tmp_path: Path) -> None:
    text = io.StringIO(newline="")
    mixed.to_csv(text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    assert rows[0] == {
        "request_id": "1",
        "customer_speaker_id": "speaker-1",
        "generated_speaker_id": "id#1",
        "status": "NEW_ENROLLMENT",
        "error_code": "",
        "error_message": "",
    }
    assert [row["error_code"] for row in rows[1:]] == ["400", "402", "409", "429", "500", "503", ""]
    mixed.to_csv(tmp_path / "results.csv")
    assert (tmp_path / "results.csv").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "results.csv").read_bytes().decode() == text.getvalue()


@pytest.mark.slow  # pandas takes its time to be imported
def test_results_become_a_data_frame(mixed: EnrollmentResults) -> None:
    frame = mixed.to_pandas()
    text = io.StringIO()
    mixed.to_csv(text)
    assert list(frame.columns) == text.getvalue().splitlines()[0].split(",")
    assert frame["error_code"].dropna().tolist() == [400, 402, 409, 429, 500, 503]
    assert frame["status"].tolist()[0] == "NEW_ENROLLMENT"
    assert frame["status"].isna().sum() == 6
    empty = RegistrationResults([]).to_pandas()
    assert (len(empty), str(empty["fraudster_similarity_score"].dtype)) == (0, "Int64")


def without_pandas(missing: str) -> Callable[..., object]:
    real = builtins.__import__

    def import_(name: str, *arguments: Any) -> object:
        if name == "pandas":
            raise ModuleNotFoundError(name=missing)
        return real(name, *arguments)

    return import_


def test_without_pandas_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    with monkeypatch.context() as there:
        there.setattr(builtins, "__import__", without_pandas("pandas"))
        with pytest.raises(ConfigurationError, match=r"pip install 'voiceid-sdk\[pandas\]'"):
            EnrollmentResults([]).to_pandas()
        there.setattr(builtins, "__import__", without_pandas("numpy"))
        with pytest.raises(ModuleNotFoundError):
            EnrollmentResults([]).to_pandas()


def test_results_show_how_many_there_are_and_nobody(mixed: EnrollmentResults) -> None:
    expected = "EnrollmentResults(enrolled=1, overwritten=0, skipped=0, failed=6, not_reported=1)"
    assert repr(mixed) == expected


def test_a_value_that_cannot_be_encoded_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    results = EnrollmentResults.from_output(output(enrolled("speaker-1"), enrolled("an\udce9")))
    text = io.StringIO(newline="")
    for target in (tmp_path / "results.csv", text):
        with pytest.raises(RequestValidationError) as caught:
            results.to_csv(target)
        assert caught.value.problems[0].parameter == "outcomes[1].request_id"
        assert "an" + chr(0xDCE9) not in repr((caught.value, caught.value.__context__))
    assert text.getvalue() == ""
    assert list(tmp_path.iterdir()) == []
