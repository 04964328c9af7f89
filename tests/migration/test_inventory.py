"""One inventory of everything: what disagrees, what is missing, and what is damaged."""

import json
import logging
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.migration.archives import (
    DOMAIN,
    JOB,
    OTHER_DOMAIN,
    WATCHLIST,
    contact,
    domain,
    event,
    failure,
    generated,
    lines,
    manifest,
    output,
    request,
    speaker,
    speakers_of,
    success,
    write,
)
from voiceid_sdk.migration import ConflictKind, GapKind, Inventory
from voiceid_sdk.migration.joining import loading, store
from voiceid_sdk.migration.reading.sources import SourceText

READERS: list[Callable[[Inventory], Any]] = [
    Inventory.speakers,
    Inventory.domains,
    Inventory.watchlists,
    Inventory.fraudsters,
    Inventory.jobs,
    Inventory.enrollments,
    Inventory.recordings,
    Inventory.conflicts,
    Inventory.gaps,
    Inventory.damaged_lines,
]


def everything(inventory: Inventory) -> list[Any]:
    """Return all that an inventory lists."""
    return [list(reader(inventory)) for reader in READERS]


# --- The law: the order of sources changes nothing --------------------------------------------------------

NUMBERS = st.integers(1, 4)
DAYS = st.sampled_from(["2023-01-01", "2023-06-01", "2023-12-01"])
STATUSES = st.sampled_from(["ENROLLED", "OPTED_OUT", "EXPIRED", "PENDING"])
RECORDS = st.one_of(
    st.builds(lambda number, status, at: speaker(number, status, at=at), NUMBERS, STATUSES, DAYS),
    st.builds(
        lambda number, other, at: speaker(number, "ENROLLED", at=at, GeneratedSpeakerId=generated(other)),
        NUMBERS,
        NUMBERS,
        DAYS,
    ),
    st.builds(
        lambda action, number, at: event(action, number, at=at),
        st.sampled_from(["ENROLL_SPEAKER", "OPT_OUT_SPEAKER", "DELETE_SPEAKER"]),
        NUMBERS,
        DAYS,
    ),
    st.builds(
        lambda number, at, out: contact(number, at=at, SpeakerOptedOut=out), NUMBERS, DAYS, st.booleans()
    ),
    st.builds(lambda number: manifest(request(number)), NUMBERS),
    st.builds(lambda number: output(success(number)), NUMBERS),
    st.builds(lambda number: output(failure(number)), NUMBERS),
    st.builds(lambda name, at: domain(at=at, Name=name), st.sampled_from(["one", "two"]), DAYS),
    st.just({"Tags": [{"Key": "team", "Value": "fraud"}]}),
    st.just("cut off: " + json.dumps(speaker(3, "OPTED_OUT"))[:-20]),
)


def as_text(record: Any) -> str:
    return record if isinstance(record, str) else json.dumps(record)


@given(st.lists(st.lists(RECORDS, max_size=4), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_sources_does_not_change_the_inventory(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[Any]], chance: Any
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    names = [f"{number}.json" for number in range(len(files))]
    for name, content in zip(names, files, strict=True):
        (folder / name).write_text("\n".join(map(as_text, content)))
    sources = [folder / name for name in names]
    with Inventory.read(sources) as inventory:
        expected, summary = everything(inventory), inventory.summary()
    chance.shuffle(sources)
    with Inventory.read(sources) as inventory:
        assert everything(inventory) == expected
        assert inventory.summary() == summary


@given(st.lists(RECORDS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_files_that_records_stand_in_do_not_change_what_is_decided(
    tmp_path_factory: pytest.TempPathFactory, records: list[Any], chance: Any
) -> None:
    # The output of a job belongs to the manifest with its name, so jobs are left out here.
    records = [record for record in records if "Version" not in record]

    def decided(content: list[Any]) -> list[Any]:
        folder = tmp_path_factory.mktemp("archive")
        for number, record in enumerate(content):
            with (folder / f"{number % 3}.json").open("a") as file:
                file.write(f"{as_text(record)}\n")
        with Inventory.read([folder]) as inventory:
            speakers = [
                (
                    one.domain_id,
                    one.customer_speaker_id,
                    one.status,
                    one.opted_out_since,
                    one.deleted_at,
                    one.conflict,
                )
                for one in inventory.speakers()
            ]
            return [speakers, [one.info for one in inventory.domains()], inventory.summary().conflicts]

    expected = decided(records)
    chance.shuffle(records)
    assert decided(records) == expected


# --- Conflicts --------------------------------------------------------------------------------------------


def conflicts_of(folder: Path, files: dict[str, Any]) -> list[Any]:
    with Inventory.read([write(folder, files)]) as inventory:
        return list(inventory.conflicts())


def test_an_opt_out_in_one_source_counts_against_all_others(tmp_path: Path) -> None:
    files = {
        "list": {"SpeakerSummaries": [speaker(1, at="2024-01-01")]},
        "events": event("OPT_OUT_SPEAKER", at="2023-01-01"),
        "calls": contact(1, at="2024-02-01", Authentication={"Result": "Authenticated"}),
    }
    (found,) = conflicts_of(tmp_path, files)
    assert found.kind == ConflictKind.OPT_OUT
    assert found.customer_speaker_id == "customer-1"
    assert [(one.kind, one.status) for one in found.statements] == [
        ("EVENT", "OPTED_OUT"),
        ("LISTED", "ENROLLED"),
        ("CONTACT", "ENROLLED"),
    ]
    assert [one.opted_out for one in speakers_of(tmp_path, {})] == [True]


def test_a_generated_id_with_two_customers_counts_for_both(tmp_path: Path) -> None:
    files = {
        "a": lines(speaker(1), speaker(2, GeneratedSpeakerId=generated(1))),
        "b": event("OPT_OUT_SPEAKER", 1),
    }
    kinds = [one.kind for one in conflicts_of(tmp_path, files)]
    assert kinds == ["OPT_OUT", "OPT_OUT", "SPEAKER_IDS", "SPEAKER_IDS"]
    assert [one.opted_out for one in speakers_of(tmp_path, {})] == [True, True]


def test_an_opt_out_of_a_former_generated_id_counts(tmp_path: Path) -> None:
    now = speaker(1, GeneratedSpeakerId=generated(8), at="2024-01-01")
    (found,) = speakers_of(tmp_path, {"old": speaker(1, "OPTED_OUT"), "now": now})
    assert found.opted_out
    assert (found.generated_speaker_id, found.earlier_generated_speaker_ids) == (
        generated(8),
        (generated(1),),
    )


def test_an_opt_out_of_unknown_domain_counts_in_every_domain_that_has_the_customer(tmp_path: Path) -> None:
    files = {
        "a": lines(speaker(1), speaker(1, DomainId=OTHER_DOMAIN, GeneratedSpeakerId=generated(8))),
        "m.json": manifest(request(1)),
        "m.json.out": output(failure(1, 409)),
    }
    found = speakers_of(tmp_path, files)
    assert [(one.domain_id, one.opted_out) for one in found] == [(DOMAIN, True), (OTHER_DOMAIN, True)]


def test_descriptions_of_the_same_time_that_differ_are_listed_with_their_members(tmp_path: Path) -> None:
    files = {
        "a": domain(Name="first"),
        "b": domain(Name="second"),
        "c": domain(Name="third", at="2023-02-01"),
    }
    (found,) = conflicts_of(tmp_path, files)
    assert (found.kind, found.entity_id, found.fields) == ("FIELDS", DOMAIN, ("name",))
    assert "first" not in repr(found)
    with Inventory.read([tmp_path]) as inventory:
        assert [one.info.name for one in inventory.domains()] == ["third"]


def test_a_fraudster_is_on_all_watchlists_that_sources_say(tmp_path: Path) -> None:
    members = {"GeneratedFraudsterId": generated(5), "DomainId": DOMAIN, "CreatedAt": "2023-01-01T00:00:00Z"}
    files = {"a": {**members, "WatchlistIds": [WATCHLIST]}, "b": {**members, "WatchlistIds": []}}
    (found,) = conflicts_of(tmp_path, files)
    assert (found.kind, found.generated_id) == ("WATCHLISTS", generated(5))
    with Inventory.read([tmp_path]) as inventory:
        assert [one.info.watchlist_ids for one in inventory.fraudsters()] == [(WATCHLIST,)]


def test_a_tag_with_two_values_is_listed(tmp_path: Path) -> None:
    files = {f"{DOMAIN}/{name}": {"Tags": [{"Key": "team", "Value": name}]} for name in ("a", "b")}
    (found,) = conflicts_of(tmp_path, {**files, "domain": domain()})
    assert (found.kind, found.fields, len(found.references)) == ("TAGS", ("team",), 2)


# --- Gaps and damage --------------------------------------------------------------------------------------


def test_opt_outs_in_a_log_are_given_to_their_speakers(tmp_path: Path) -> None:
    log = "".join(f"INFO {json.dumps(speaker(number, 'OPTED_OUT'))}\n" for number in (1, 2))
    with Inventory.read([write(tmp_path, {"app.log": f"started\n{log}"})]) as inventory:
        assert [one.customer_speaker_id for one in inventory.opt_outs()] == ["customer-1", "customer-2"]
        assert next(inventory.gaps()).kind == GapKind.FILE_UNREAD


def gaps_of(folder: Path, files: dict[str, Any]) -> list[GapKind]:
    with Inventory.read([write(folder, files)]) as inventory:
        return [gap.kind for gap in inventory.gaps()]


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"a": '{"Status": "OPTED_O'}, GapKind.OPT_OUT_WITHOUT_SPEAKER),
        ({"a.csv": "speaker,status\ncustomer-1,OPTED_OUT\n"}, GapKind.OPT_OUT_WITHOUT_SPEAKER),
        (
            {"a": {"Speaker": {"Status": "OPTED_OUT", "CustomerSpeakerId": None}}},
            GapKind.OPT_OUT_WITHOUT_SPEAKER,
        ),
        ({"a": {"Speaker": {"DomainId": DOMAIN, "Status": "OPTED_OUT"}}}, GapKind.OPT_OUT_WITHOUT_SPEAKER),
        ({"a": json.dumps(speaker(1)).partition('"ENROLLED"')[0]}, GapKind.STATUS_UNREADABLE),
        ({"a": event("OPT_OUT_SPEAKER")}, GapKind.OPT_OUT_WITHOUT_CUSTOMER_ID),
        ({"a": {"SpeakerSummaries": [speaker(1)], "NextToken": "t"}}, GapKind.LIST_INCOMPLETE),
        ({"a": b"\x00\x01\x02"}, GapKind.FILE_UNREAD),
        ({"a": b"\x1f\x8b\x08\x00broken"}, GapKind.FILE_UNREAD),
        ({"a": event("ENROLL_SPEAKER")}, GapKind.SPEAKER_WITHOUT_CUSTOMER_ID),
        ({"a": speaker(1, GeneratedSpeakerId=None)}, GapKind.SPEAKER_WITHOUT_GENERATED_ID),
        ({"a": contact(1, SpeakerEnrolled=True)}, GapKind.SPEAKER_WITHOUT_DOMAIN),
        ({"a": manifest(request(1))}, GapKind.SPEAKER_WITHOUT_STATUS),
        ({"a": speaker(1)}, GapKind.ENROLLED_WITHOUT_RECORDING),
        ({"a": speaker(1)}, GapKind.DOMAIN_NOT_DESCRIBED),
        (
            {"a": {"GeneratedFraudsterId": generated(5), "DomainId": DOMAIN, "WatchlistIds": [WATCHLIST]}},
            GapKind.WATCHLIST_NOT_DESCRIBED,
        ),
        (
            {"a": {"Job": {"JobId": JOB, "DomainId": DOMAIN, "JobStatus": "FAILED"}}},
            GapKind.JOB_WITHOUT_OUTPUT,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, GapKind) else "",
)
def test_what_is_missing_is_listed(tmp_path: Path, files: dict[str, Any], kind: GapKind) -> None:
    assert kind in gaps_of(tmp_path, files)


def test_a_complete_archive_has_no_gaps(tmp_path: Path) -> None:
    files = {
        "domain": domain(WatchlistDetails={"DefaultWatchlistId": WATCHLIST}),
        "p1": {"SpeakerSummaries": [speaker(1)], "NextToken": "t"},
        "p2": {"SpeakerSummaries": [speaker(2, "OPTED_OUT")]},
        f"{JOB}/m.json": manifest(request(1)),
        f"{JOB}/m.json.out": output(success(1)),
        "job": {"Job": {"JobId": JOB, "DomainId": DOMAIN, "JobStatus": "COMPLETED"}},
    }
    assert gaps_of(tmp_path, files) == []


def test_what_may_hide_an_opt_out_comes_first(tmp_path: Path) -> None:
    files = {"a": lines(speaker(1), speaker(2, GeneratedSpeakerId=None)), "b": '{"Status": "OPTED_OUT'}
    kinds = gaps_of(tmp_path, files)
    assert kinds[0] == GapKind.OPT_OUT_WITHOUT_SPEAKER
    assert kinds == sorted(kinds, key=list(GapKind).index)


def test_an_opt_out_in_a_damaged_line_counts_if_its_speaker_can_be_read(tmp_path: Path) -> None:
    cut = json.dumps({**speaker(1, "OPTED_OUT"), "UpdatedAt": "2023"})[:-5]
    with Inventory.read([write(tmp_path, {"a": lines(speaker(1)) + cut})]) as inventory:
        (found,) = inventory.opt_outs()
        (damaged,) = inventory.damaged_lines()
    assert (found.customer_speaker_id, found.conflict) == ("customer-1", "OPT_OUT")
    assert (damaged.reference.line, damaged.mentions_opt_out, damaged.resolved) == (2, True, True)


@pytest.mark.parametrize(
    "name", ["SpeakerOptedOut", "rOptedOut", "SpeakerOptedO\x01", "SpeakerOpt\x01", "\x01"]
)
@pytest.mark.parametrize("value", ["false", "f", ""])
def test_the_name_of_the_member_for_opt_outs_is_no_opt_out(tmp_path: Path, name: str, value: str) -> None:
    cut = json.dumps(contact(1)).replace("SpeakerOptedOut", name)[: -len("false}}")] + value
    assert [one.opted_out for one in speakers_of(tmp_path, {"a": f"{json.dumps(speaker(1))}\n{cut}"})] == [
        False
    ]


@pytest.mark.parametrize(
    "word", ['"SpeakerOptedOut": true', '"Result": "Opted Out"', '"speaker_opted_out": true']
)
def test_a_damaged_contact_record_with_an_opt_out_is_one(tmp_path: Path, word: str) -> None:
    cut = json.dumps(contact(1)).partition('"SpeakerEnrolled"')[0] + word
    assert [one.opted_out for one in speakers_of(tmp_path, {"a": f"{json.dumps(speaker(1))}\n{cut}"})] == [
        True
    ]


def test_letters_in_an_id_are_no_opt_out(tmp_path: Path) -> None:
    cut = json.dumps(speaker(1, GeneratedSpeakerId="id#aaaaaaaaaaaaaaaaaaopto"))[:-5]
    assert [one.opted_out for one in speakers_of(tmp_path, {"a": cut})] == []


@pytest.mark.parametrize(
    "word",
    ["OPTED_OUT", "OPTED_O", "OPTED", "SPEAKER_OPTED_OUT", "OPT_OUT_SPEAKER", "OPTOUT", "OptOutSpeaker"],
)
def test_an_opt_out_is_recognized_in_a_damaged_line_by(tmp_path: Path, word: str) -> None:
    cut = f'{{"generatedSpeakerId": "{generated(1)}", "action": "{word}'
    assert [one.opted_out for one in speakers_of(tmp_path, {"a": cut})] == [True]


@pytest.mark.parametrize("rest", ["", '"', "c"])
def test_the_name_of_the_next_member_is_not_taken_for_an_id(tmp_path: Path, rest: str) -> None:
    page = json.dumps({"SpeakerSummaries": [speaker(1, "OPTED_OUT")]}, indent=4)
    cut = page.replace('"customer-1",', rest)
    (found,) = speakers_of(tmp_path, {"a": cut})
    assert (found.customer_speaker_id, found.generated_speaker_id) == (None, generated(1))


def test_a_damaged_line_that_is_no_opt_out_is_none(tmp_path: Path) -> None:
    cut = json.dumps(contact(1, SpeakerOptedOut=False))[:-1]
    files = {"a": lines(speaker(1), speaker(2)) + json.dumps(speaker(2))[:-5] + "\n" + cut}
    assert [one.opted_out for one in speakers_of(tmp_path, files)] == [False, False]
    assert gaps_of(tmp_path, {}).count(GapKind.STATUS_UNREADABLE) == 0


def test_the_rests_of_several_records_are_not_taken_for_one(tmp_path: Path) -> None:
    enrolled = json.dumps(speaker(1)).replace('"Status"', '"Status')
    opted_out = json.dumps({"DomainId": DOMAIN, "Status": "OPTED_OUT"}).replace('"DomainId"', 'DomainId"')
    page = f'{{"SpeakerSummaries": [{enrolled}, {opted_out}]}}'
    assert speakers_of(tmp_path, {"a": page}) == []
    assert gaps_of(tmp_path, {}) == [GapKind.OPT_OUT_WITHOUT_SPEAKER]


RECORD_NAMES = """
AudioSpecifications AuthenticationResult ChannelId ContactId CreatedAt CustomerId CustomerSpeakerId
Decision Domain DomainId DomainStatus EnrollmentStatus ErrorCode Errors GeneratedFraudsterId
GeneratedSpeakerId InputDataConfig JobId JobStatus Key LastAccessedAt Name NextToken RequestId S3Uri
ServerSideEncryptionConfiguration SessionId SpeakerId SpeakerSummaries Status StreamingStatus Tags
UpdatedAt Value VoiceIdResult WatchlistId WatchlistIds action detail detail-type domainId errorInfo
eventName eventSource generatedSpeakerId resources responseElements session source time
"""
NAMES = st.sampled_from(RECORD_NAMES.split())
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(
        ["OPTED_OUT", "OPT_OUT_SPEAKER", "aws.voiceid", "OptOutSpeaker", "voiceid.amazonaws.com", "\udc80"]
    ),
    st.sampled_from(
        [DOMAIN, JOB, generated(1), "customer-1", "2023-01-01T00:00:00Z", "VoiceId Speaker Action"]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=25,
)


@given(st.lists(ANYTHING, max_size=5))
def test_no_values_make_reading_fail(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("archive")
    (folder / "a.json").write_text("\n".join(map(json.dumps, values)))
    with Inventory.read([folder]) as inventory:
        everything(inventory)
        inventory.write_json_lines(folder / "out")
        inventory.write_domain_files(folder / "out")
        inventory.write_enrollment_manifests(folder / "out")


def test_a_file_name_may_have_any_bytes(tmp_path: Path) -> None:
    path = Path(str(tmp_path), "caf\udce9.json")
    try:
        path.write_text(json.dumps(speaker(1)))
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such names")
    with Inventory.read([tmp_path]) as inventory:
        (found,) = inventory.speakers()
        inventory.write_csv(tmp_path / "out")
    assert found.decided_by is not None


def test_records_of_unknown_kinds_are_named(tmp_path: Path) -> None:
    with Inventory.read([write(tmp_path, {"a": lines(speaker(1), {"orders": [1]}, 7, "text")})]) as inventory:
        assert [one.reference.line for one in inventory.damaged_lines()] == [2, 3, 4]


@pytest.mark.parametrize(
    "record",
    [
        domain(Name=["a list"]),
        {"WatchlistId": "short", "Name": "w"},
        {"GeneratedFraudsterId": "id#short", "WatchlistIds": []},
        speaker(1, GeneratedSpeakerId="id#short"),
    ],
)
def test_records_with_values_of_the_wrong_type_are_named(tmp_path: Path, record: dict[str, Any]) -> None:
    with Inventory.read([write(tmp_path, {"a": record})]) as inventory:
        assert inventory.summary().damaged_lines == 1


def test_a_compressed_file_that_ends_early_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    import gzip

    content = gzip.compress(lines(*(speaker(number, "OPTED_OUT") for number in range(300))).encode())
    with Inventory.read([write(tmp_path, {"a.gz": content[: len(content) // 2]})]) as inventory:
        assert inventory.summary().opted_out > 100
        assert GapKind.FILE_UNREAD in [gap.kind for gap in inventory.gaps()]


def test_a_file_that_cannot_be_opened_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a": speaker(1), "b": speaker(2)})

    class Refusing(SourceText):
        def __init__(self, path: Path) -> None:
            if path.name == "a":
                raise PermissionError
            super().__init__(path)

    monkeypatch.setattr(loading, "SourceText", Refusing)
    with Inventory.read([tmp_path]) as inventory:
        assert inventory.summary().speakers == 1
        (damaged,) = inventory.damaged_lines()
    assert (Path(damaged.reference.file).name, damaged.reference.line) == ("a", None)


# --- Privacy ----------------------------------------------------------------------------------------------


def test_nothing_that_is_shown_names_a_caller(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    files = {
        "customer-1.json": {"SpeakerSummaries": [speaker(1)], "NextToken": "t"},
        "e": event("OPT_OUT_SPEAKER", 1),
        "m.json": manifest(request(1)),
        "m.json.out": output(success(1), failure(2)),
        "d": domain(Name="customer-1"),
        "f": {"GeneratedFraudsterId": generated(1), "DomainId": DOMAIN, "WatchlistIds": [WATCHLIST]},
        "t": {
            "ResourceArn": f"arn:aws:voiceid:us-east-1:1:domain/{DOMAIN}",
            "Tags": [{"Key": "customer-1", "Value": "x"}],
        },
        "x": json.dumps(speaker(1))[:-3],
    }
    with Inventory.read([write(tmp_path, files)]) as inventory:
        shown = repr(everything(inventory)) + repr(inventory) + repr(inventory.summary()) + caplog.text
    assert "customer-1" not in shown
    assert "Generated0" not in shown
    assert str(tmp_path) not in shown


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="shows the open files of a process")
def test_the_database_is_private_and_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_CACHE", 5)  # so little that it has to go into its file
    write(tmp_path, {"a": lines(*(speaker(number) for number in range(1_000)))})
    with Inventory.read([tmp_path]) as inventory:
        opened = [
            (str(entry.readlink()), entry.stat())
            for entry in Path("/proc/self/fd").iterdir()
            if entry.is_symlink() and "etilqs" in str(entry.readlink())
        ]
        assert inventory.summary().speakers == 1_000
    assert opened
    for name, status in opened:
        assert name.endswith("(deleted)")
        assert stat.S_IMODE(status.st_mode) == 0o600


def test_the_sources_stay_as_they_are(tmp_path: Path) -> None:
    folder = write(tmp_path / "sources", {"a": lines(speaker(1)), "b": "{"})
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    with Inventory.read([folder]) as inventory:
        inventory.write_csv(tmp_path / "out")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_an_inventory_of_nothing_is_empty(tmp_path: Path) -> None:
    with Inventory.read([tmp_path]) as inventory:
        assert everything(inventory) == [[] for _ in READERS]
        assert inventory.summary().speakers == 0
        assert repr(inventory) == "<Inventory of 0 files>"


def test_counts_are_those_of_what_is_listed(tmp_path: Path) -> None:
    files = {
        "a": lines(speaker(1), speaker(2, "OPTED_OUT"), speaker(3, GeneratedSpeakerId=generated(2))),
        "e": lines(event("OPT_OUT_SPEAKER", 1), event("DELETE_SPEAKER", 4)),
        "d": lines(domain(), domain(Name="other")),
        "x": "damaged\n{also",
        f"{DOMAIN}/tags": lines(*({"Tags": [{"Key": "k", "Value": value}]} for value in "ab")),
    }
    with Inventory.read([write(tmp_path, files)]) as inventory:
        summary = inventory.summary()
        listed = [one.kind for one in inventory.conflicts()]
        assert summary.conflicts == {kind: listed.count(ConflictKind(kind)) for kind in summary.conflicts}
        assert sum(summary.conflicts.values()) == len(listed)
        gaps = [one.kind for one in inventory.gaps()]
        assert summary.gaps == {kind: gaps.count(GapKind(kind)) for kind in summary.gaps}
        assert sum(summary.gaps.values()) == len(gaps)
        assert summary.damaged_lines == len(list(inventory.damaged_lines())) == 2
        assert summary.opted_out == len(list(inventory.opt_outs()))
        assert summary.speakers == len(list(inventory.speakers()))
        assert summary.jobs == 0
