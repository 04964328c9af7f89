"""Manifests from JSON lines, CSV and folders: read as they are, with the same ids every time."""

import csv
import io
import json
import os
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceid_sdk.batch import (
    AudioSpecification,
    EnrollmentManifest,
    EnrollmentRequest,
    RegistrationManifest,
    RegistrationRequest,
)
from voiceid_sdk.errors import ManifestError, Problem, RequestValidationError

Manifest = EnrollmentManifest | RegistrationManifest

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
AUDIO = st.builds(AudioSpecification, s3_uri=TEXT, channel_id=st.integers(0, 1))
ENROLLMENTS = st.lists(
    st.builds(
        EnrollmentRequest,
        request_id=TEXT,
        speaker_id=TEXT,
        audio_specifications=st.lists(AUDIO, min_size=1, max_size=3),
    ),
    max_size=4,
    unique_by=lambda request: request.request_id,
).map(EnrollmentManifest)

CODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le-sig", "utf-16-be-sig"])


def encoded(text: str, coding: str) -> bytes:
    if coding.startswith("utf-16-"):
        return f"\ufeff{text}".encode(coding.removesuffix("-sig"))
    return text.encode(coding)


def refusal(read: Callable[[], object]) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        read()
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def shown(error: ManifestError) -> list[str]:
    return [str(problem) for problem in error.problems]


# --- JSON lines -----------------------------------------------------------------------------------------


@given(ENROLLMENTS, CODINGS)
def test_json_lines_are_read_as_they_were_written(manifest: EnrollmentManifest, coding: str) -> None:
    text = "\n".join(json.dumps(request.to_wire()) for request in manifest.requests)
    assert EnrollmentManifest.from_json_lines(io.BytesIO(encoded(text, coding))) == manifest
    assert EnrollmentManifest.from_json_lines(io.StringIO(text)) == manifest
    assert EnrollmentManifest.from_json_lines(text.split("\n")) == manifest


def test_json_lines_in_a_file_may_name_recordings_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "callers.jsonl"
    file.write_text('\n{"SpeakerId": "ana", "AudioSpecifications": [{"Path": "calls/ana.wav"}]}\n\n')
    (request,) = EnrollmentManifest.from_json_lines(file).requests
    assert request.audio_specifications == (AudioSpecification(path=tmp_path / "calls/ana.wav"),)
    assert EnrollmentManifest.from_json_lines(str(file)).requests == (request,)


def test_a_line_without_an_id_gets_that_of_its_speaker() -> None:
    speakers = ["ana", "ben", "ana", "ana"]
    lines = [json.dumps({"SpeakerId": speaker}) for speaker in speakers]
    ids = [request.request_id for request in EnrollmentManifest.from_json_lines(lines).requests]
    assert ids == ["ana", "ben", "ana.2", "ana.3"]


def test_a_line_without_an_id_gets_one_of_its_recordings() -> None:
    lines = [
        json.dumps({"AudioSpecifications": [{"S3Uri": uri, "ChannelId": channel}]})
        for uri, channel in (("s3://a-a/a.wav", 0), ("s3://a-a/a.wav", 1), ("s3://a-a/a.wav", 0))
    ]
    first, second, third = (
        request.request_id for request in RegistrationManifest.from_json_lines(lines).requests
    )
    assert first != second
    assert third == f"{first}.2"
    (alone,) = RegistrationManifest.from_json_lines(lines[1:2]).requests
    assert alone.request_id == second


def test_every_line_that_is_no_request_is_named(tmp_path: Path) -> None:
    file = tmp_path / "callers.jsonl"
    file.write_text('{"SpeakerId": "ana"}\n{\n[]\n{"SpeakerId": 7}\n{"RequestId": "1"}\n')
    error = refusal(lambda: EnrollmentManifest.from_json_lines(file))
    assert shown(error) == [
        "line 2 must be a JSON object",
        "line 3 must be a JSON object",
        "line 4, speaker_id must be a string",
        "line 5, speaker_id is missing",
    ]
    assert {problem.file for problem in error.problems} == {str(file)}
    assert str(file) not in str(error) + repr(error)
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


# --- CSV ------------------------------------------------------------------------------------------------


def table(rows: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue()


@given(ENROLLMENTS, CODINGS, st.sampled_from(",;\t"))
def test_csv_is_read_as_it_was_written(manifest: EnrollmentManifest, coding: str, delimiter: str) -> None:
    rows = [
        (audio.channel_id, request.request_id, "more", request.speaker_id, audio.s3_uri)
        for request in manifest.requests
        for audio in request.audio_specifications
    ]
    text = table([("channel_id", "request_id", "x", "speaker_id", "s3_uri"), *rows], delimiter)
    assert EnrollmentManifest.from_csv(io.BytesIO(encoded(text, coding))) == manifest


@given(st.lists(st.tuples(st.sampled_from("abc"), TEXT), max_size=6))
def test_rows_without_a_request_id_are_joined_by_their_speakers(rows: list[tuple[str, str]]) -> None:
    manifest = EnrollmentManifest.from_csv(io.StringIO(table([("speaker_id", "s3_uri"), *rows])))
    assert [request.speaker_id for request in manifest.requests] == list(
        dict.fromkeys(row[0] for row in rows)
    )
    for request in manifest.requests:
        assert request.request_id == request.speaker_id
        uris = [audio.s3_uri for audio in request.audio_specifications]
        assert uris == [uri for speaker, uri in rows if speaker == request.speaker_id]


def test_rows_of_fraudsters_are_requests_of_their_own_unless_they_have_an_id() -> None:
    rows = [("", "s3://a-a/1.wav"), ("x", "s3://a-a/2.wav"), ("", "s3://a-a/1.wav"), ("x", "s3://a-a/3.wav")]
    text = table([("request_id", "s3_uri"), *rows])
    first, joined, again = RegistrationManifest.from_csv(io.StringIO(text)).requests
    assert joined == RegistrationRequest(
        request_id="x",
        audio_specifications=[AudioSpecification(s3_uri=f"s3://a-a/{name}.wav") for name in (2, 3)],
    )
    assert again.request_id == f"{first.request_id}.2"
    assert RegistrationManifest.from_csv(io.StringIO(text)).requests[0] == first


def test_columns_may_have_other_names() -> None:
    text = table([("Customer", "Recording", "Side"), ("ana", "calls/ana.wav", "1")])
    columns = {"speaker_id": "Customer", "path": "Recording", "channel_id": "Side"}
    (request,) = EnrollmentManifest.from_csv(io.StringIO(text), columns=columns).requests
    assert request.speaker_id == "ana"
    assert request.audio_specifications == (AudioSpecification(path="calls/ana.wav", channel_id=1),)


def test_a_name_for_a_column_that_there_cannot_be_is_refused() -> None:
    with pytest.raises(RequestValidationError, match="columns must have only the keys request_id"):
        EnrollmentManifest.from_csv(io.StringIO(""), columns={"speaker": "Customer"})


def test_paths_are_relative_to_the_file_and_ids_are_not(tmp_path: Path) -> None:
    ids = set[str]()
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "fraudsters.csv"
        file.write_text("path\ncalls/7.wav\n")
        (request,) = RegistrationManifest.from_csv(file).requests
        assert request.audio_specifications == (AudioSpecification(path=file.parent / "calls/7.wav"),)
        ids.add(request.request_id)
    assert len(ids) == 1


def test_empty_lines_are_passed_over_and_counted() -> None:
    lines = ["speaker_id,s3_uri\n", "\n", "ana,s3://a-a/1.wav\n", "ben,\n"]
    assert shown(refusal(lambda: EnrollmentManifest.from_csv(lines))) == [
        "row 4, column s3_uri or path must not be empty"
    ]


def test_every_row_and_column_that_does_not_fit_is_named(tmp_path: Path) -> None:
    rows = [
        ("1", "ana", "s3://a-a/1.wav", "0"),
        ("2", "", "s3://a-a/1.wav", "2"),
        ("3", "ben", "s3://a-a/1.wav"),
        ("1", "cleo", "s3://a-a/1.wav", ""),
        ("4", "dora", "", "1.0"),
    ]
    file = tmp_path / "callers.csv"
    file.write_text(table([("request_id", "Customer", "s3_uri", "channel_id"), *rows]))
    error = refusal(lambda: EnrollmentManifest.from_csv(file, columns={"speaker_id": "Customer"}))
    name = str(file)
    assert sorted(error.problems, key=str) == [
        Problem(parameter="row 3, column Customer", rule="must not be empty", request_id="2", file=name),
        Problem(parameter="row 3, column channel_id", rule="must be 0 or 1", request_id="2", file=name),
        Problem(parameter="row 4", rule="must have 4 columns, as the first row has", file=name),
        Problem(
            parameter="row 5, column Customer",
            rule="must be the speaker of the earlier rows with this request id",
            request_id="1",
            file=name,
        ),
        Problem(parameter="row 6, column channel_id", rule="must be 0 or 1", request_id="4", file=name),
        Problem(
            parameter="row 6, column s3_uri or path", rule="must not be empty", request_id="4", file=name
        ),
    ]
    assert str(error).startswith("The CSV file has 6 problems: ")
    assert "and 3 more" in str(error)


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("", ["speaker_id", "s3_uri or path"]),
        ("ana,s3://a-a/1.wav", ["speaker_id", "s3_uri or path"]),
        ("speaker_id|s3_uri", ["speaker_id", "s3_uri or path"]),
        ("path;channel_id", ["speaker_id"]),
        ("speaker_id\tx", ["s3_uri or path"]),
    ],
)
def test_columns_that_are_missing_are_named(header: str, missing: list[str]) -> None:
    error = refusal(lambda: EnrollmentManifest.from_csv([header]))
    assert shown(error) == [f"row 1 must have a column {name}" for name in missing]


@pytest.mark.parametrize("line", ["sep=;\n", "\ufeffsep=;\r\n", "SEP=;\n", '"sep=;"\n', "sep=;;\n"])
def test_the_line_with_the_delimiter_of_excel_is_no_row(line: str) -> None:
    text = f"{line}speaker_id;s3_uri\nana;s3://calls/ana.wav\n;s3://calls/ben.wav\n"
    with pytest.raises(ManifestError, match="row 3, column speaker_id must not be empty"):
        EnrollmentManifest.from_csv(io.StringIO(text))
    (request,) = EnrollmentManifest.from_csv(text.splitlines(keepends=True)[:3]).requests
    assert request.speaker_id == "ana"


def test_the_delimiter_of_excel_may_be_any_character() -> None:
    (request,) = EnrollmentManifest.from_csv(["sep=|\n", "speaker_id|path\n", "ana|a.wav\n"]).requests
    assert request.speaker_id == "ana"


def test_the_case_of_columns_is_ignored() -> None:
    lines = ["Speaker_ID,S3_Uri,Channel_Id\n", "ana,s3://calls/ana.wav,1\n"]
    (request,) = EnrollmentManifest.from_csv(lines).requests
    assert request.audio_specifications == (AudioSpecification(s3_uri="s3://calls/ana.wav", channel_id=1),)


def test_a_column_in_its_own_case_comes_before_others() -> None:
    lines = ["ID,id,path\n", "ana,ben,a.wav\n"]
    (request,) = EnrollmentManifest.from_csv(lines, columns={"speaker_id": "id"}).requests
    assert request.speaker_id == "ben"
    with pytest.raises(ManifestError, match="must have one column Id"):
        EnrollmentManifest.from_csv(lines, columns={"speaker_id": "Id"})


def test_a_column_that_is_there_twice_is_named() -> None:
    error = refusal(lambda: EnrollmentManifest.from_csv(["speaker_id,s3_uri,s3_uri,x,x"]))
    assert shown(error) == ["row 1 must have one column s3_uri"]


def test_a_column_that_was_asked_for_has_to_be_there() -> None:
    lines = ["speaker_id,s3_uri\n", "ana,s3://a-a/1.wav\n"]
    error = refusal(lambda: EnrollmentManifest.from_csv(lines, columns={"channel_id": "Side"}))
    assert shown(error) == ["row 1 must have a column Side"]


@pytest.mark.parametrize(
    "line", ['"ana,s3://a-a/1.wav\n', '"ana"x,s3://a-a/1.wav\n', f"ana,{'x' * 200_000}\n"]
)
def test_quotes_that_do_not_end_lose_nobody(line: str) -> None:
    lines = ["speaker_id,s3_uri\n", "ben,s3://a-a/2.wav\n", line, "cleo,s3://a-a/3.wav\n"]
    (problem,) = refusal(lambda: EnrollmentManifest.from_csv(lines)).problems
    assert str(problem).startswith("row 3 must be CSV: ")


def test_a_first_row_that_is_no_csv_is_an_error() -> None:
    (problem,) = refusal(lambda: EnrollmentManifest.from_csv(["x" * 200_000])).problems
    assert str(problem).startswith("row 1 must be CSV: ")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"speaker_id,s3_uri\nana,s3://a-a/1.wav\nb\xe9n,s3://a-a/2.wav\n", 3),
        ("speaker_id,s3_uri\n".encode("utf-16-le"), 1),
        ("speaker_id,s3_uri\nana,".encode("utf-16") + b"x", 2),
        (b"speaker_id,s3_uri\nana,\0\n", 2),
    ],
)
def test_bytes_that_are_no_text_are_named_by_their_line(content: bytes, line: int, tmp_path: Path) -> None:
    file = tmp_path / "callers.csv"
    file.write_bytes(content)
    for source in (file, io.BytesIO(content)):
        error = refusal(lambda: EnrollmentManifest.from_csv(source))
        assert shown(error) == [f"line {line} must be UTF-8, or UTF-16 with a byte order mark"]


def test_a_file_that_was_opened_with_another_encoding_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "callers.csv"
    file.write_bytes(b"speaker_id,s3_uri\n" + b"ana,s3://a-a/1.wav\n" * 1_000 + b"b\xe9n,s3://a-a/2.wav\n")
    with file.open(encoding="utf-8", newline="") as opened:
        (problem,) = refusal(lambda: EnrollmentManifest.from_csv(opened)).problems
    assert problem.rule == "must be in the encoding that the file was opened with"


@pytest.mark.parametrize("name", ["missing.csv", ".", "null\0"])
@pytest.mark.parametrize("read", [EnrollmentManifest.from_csv, RegistrationManifest.from_json_lines])
def test_a_file_that_cannot_be_read_is_not_named_in_the_error(
    read: Callable[[Path], Manifest], name: str, tmp_path: Path
) -> None:
    error = refusal(lambda: read(tmp_path / name))
    assert "cannot be read" in str(error)
    assert str(tmp_path) not in str(error)
    assert error.problems[0].file == str(tmp_path / name)


# --- What spreadsheets save ------------------------------------------------------------------------------

ANA = EnrollmentManifest.from_csv(["speaker_id,s3_uri\n", "ana,s3://a-a/1.wav\n"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_header_may_have_line_breaks(coding: str, delimiter: str, end: str) -> None:
    header = ['"Customer\nnumber, old; new"', "speaker_id", '"Kept\r\n\r\n""here"""', "s3_uri"]
    rows = [header, ["1", "ana", '"two\nlines"', "s3://a-a/1.wav"]]
    content = "".join(delimiter.join(row) + end for row in rows).encode(coding)
    assert EnrollmentManifest.from_csv(io.BytesIO(content)) == ANA


def test_a_column_with_a_line_break_can_be_named_in_one_line() -> None:
    lines = ['"Customer\r\n', 'number", s3_uri \r\n', "ana,s3://a-a/1.wav\r\n"]
    for name in ("Customer number", "Customer\nnumber"):
        assert EnrollmentManifest.from_csv(lines, columns={"speaker_id": name}) == ANA


@pytest.mark.parametrize("columns", [",,", ";;", "\t\t"])
def test_empty_columns_and_rows_beyond_the_table_are_passed_over(columns: str) -> None:
    delimiter, short = columns[0], columns[1:]
    for header_end, row_end in ((columns, columns), ("", columns), (columns, ""), (columns, short)):
        lines = [
            f"speaker_id{delimiter}s3_uri{header_end}\r\n",
            f"ana{delimiter}s3://a-a/1.wav{row_end}\r\n",
            f"{delimiter}{columns}\r\n",
        ]
        assert EnrollmentManifest.from_csv(lines) == ANA


def test_a_cell_beyond_the_header_is_named() -> None:
    lines = ["speaker_id,s3_uri,\n", "ana,s3://a-a/1.wav,,x\n"]
    error = refusal(lambda: EnrollmentManifest.from_csv(lines))
    assert shown(error) == ["row 2 must have 2 columns, as the first row has"]


# --- Folders --------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ben.wav", "ana.WAV", "cleo.flac", "notes.txt", ".hidden.wav", "old/ana.wav", ".git/x.wav"):
        path = tmp_path / "calls" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "calls"


def test_a_folder_gives_a_request_for_each_speaker_in_it(folder: Path) -> None:
    assert EnrollmentManifest.from_folder(folder, channel_id=1) == EnrollmentManifest(
        EnrollmentRequest(
            request_id=speaker,
            speaker_id=speaker,
            audio_specifications=[AudioSpecification(path=folder / name, channel_id=1) for name in names],
        )
        for speaker, names in {"ana": ["ana.WAV", "old/ana.wav"], "ben": ["ben.wav"]}.items()
    )


def test_who_speaks_in_a_file_is_said_by_a_function_of_its_path(folder: Path) -> None:
    def speaker_id(path: Path) -> str | None:
        return None if path.stem == "ana" else f"customer-{path.stem}"

    manifest = EnrollmentManifest.from_folder(str(folder), speaker_id=speaker_id, suffixes=(".wav", ".flac"))
    assert [request.speaker_id for request in manifest.requests] == ["customer-ben", "customer-cleo"]


def test_a_folder_gives_a_request_for_each_recording_of_a_fraudster(folder: Path) -> None:
    manifest = RegistrationManifest.from_folder(folder)
    assert [request.request_id for request in manifest.requests] == ["ana", "ben", "old/ana"]


def test_recordings_of_one_fraudster_are_joined_by_their_request_id(folder: Path) -> None:
    manifest = RegistrationManifest.from_folder(
        folder, request_id=lambda path: None if path.stem == "ben" else path.stem
    )
    (request,) = manifest.requests
    assert [audio.path for audio in request.audio_specifications] == [
        folder / "ana.WAV",
        folder / "old/ana.wav",
    ]


def test_one_suffix_is_not_several(folder: Path) -> None:
    with pytest.raises(RequestValidationError, match="suffixes must be several strings"):
        EnrollmentManifest.from_folder(folder, suffixes=".wav")


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    error = refusal(lambda: EnrollmentManifest.from_folder(tmp_path / "missing"))
    assert shown(error) == [f"folder cannot be read ({os.strerror(2)})"]
    assert error.problems[0].file == str(tmp_path / "missing")


def test_the_order_of_a_folder_is_that_of_its_names(folder: Path) -> None:
    for name in ("b/2.wav", "b/a/1.wav", "a/3.wav"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    manifest = RegistrationManifest.from_folder(folder)
    assert [request.request_id for request in manifest.requests] == [
        "ana",
        "ben",
        "a/3",
        "b/2",
        "b/a/1",
        "old/ana",
    ]


def linked(place: Path, target: Path | str) -> None:
    try:
        place.symlink_to(target)
    except OSError:
        pytest.skip("links cannot be made here")


def test_a_linked_folder_is_read_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "dora.wav").touch()
    links: dict[str, Path | str] = {
        "again": tmp_path / "more",
        "elsewhere": tmp_path / "more",
        "early": folder / "old",
        "loop": folder,
        "old/up": "..",
        "old/out": tmp_path / "more",
    }
    for name, target in links.items():
        linked(folder / name, target)
    linked(tmp_path / "more" / "back", folder)
    manifest = RegistrationManifest.from_folder(folder)
    assert [request.request_id for request in manifest.requests] == ["ana", "ben", "old/ana", "again/dora"]


def test_a_linked_recording_is_read(folder: Path) -> None:
    linked(folder / "dora.wav", "cleo.flac")
    manifest = EnrollmentManifest.from_folder(folder)
    assert [request.speaker_id for request in manifest.requests] == ["ana", "ben", "dora"]


@pytest.mark.parametrize("name", ["dora.wav", "2024"])
@pytest.mark.parametrize("target", ["missing", "itself"])
def test_a_link_that_leads_nowhere_is_named(folder: Path, name: str, target: str) -> None:
    linked(folder / name, name if target == "itself" else target)
    error = refusal(lambda: EnrollmentManifest.from_folder(folder))
    assert shown(error) == ["folder must have only links that lead to a file or folder"]
    assert error.problems[0].file == str(folder / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_recording_that_is_no_regular_file_is_named(folder: Path) -> None:
    os.mkfifo(folder / "dora.wav")
    os.mkfifo(folder / "control")
    error = refusal(lambda: EnrollmentManifest.from_folder(folder))
    assert shown(error) == ["folder must have only regular files as recordings"]
    assert error.problems[0].file == str(folder / "dora.wav")


@pytest.mark.parametrize("name", [b"an\xe9.wav", b"caf\xe9/ana.wav"])
def test_a_name_that_is_not_utf_8_is_named_and_can_be_printed(folder: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    try:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    except OSError:
        pytest.skip("the file system has only names in UTF-8")
    error = refusal(lambda: RegistrationManifest.from_folder(folder))
    assert shown(error) == ["folder must have only names in UTF-8"]
    assert "\\xe9" in (error.problems[0].file or "").encode().decode()
