"""What notebooks and IPython show: tables of data, without sensitive values unless they are revealed."""

import html
import io
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from tests.test_models import CLASSES
from voiceid_sdk import batch, bulk, errors, privacy
from voiceid_sdk.batch.outcomes import EnrollmentOutcome
from voiceid_sdk.bulk import Report
from voiceid_sdk.bulk.report import Failed, IndexSet
from voiceid_sdk.enums import DomainStatus, SpeakerStatus
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.models import DomainInfo, SpeakerInfo, Structure, WatchlistDetails
from voiceid_sdk.paging import ItemList, Page
from voiceid_sdk.privacy.marks import mark_of

SECRET = "customer-42-of-nobody"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))


class Printer:
    """The part of IPython's printer that is used."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def text(self, obj: str, /) -> None:
        """Print a text."""
        self.stream.write(obj)


def printed(thing: Any) -> str:
    """Return what IPython prints for a thing."""
    printer = Printer()
    # IPython takes the first class of the MRO that has one of these.
    owner = next(cls for cls in type(thing).__mro__ if vars(cls).keys() & {"_repr_pretty_", "__repr__"})
    assert "_repr_pretty_" in vars(owner)
    printing: Any = owner
    cycle = False
    printing._repr_pretty_(thing, printer, cycle)  # as IPython calls it
    return printer.stream.getvalue()


def drawn(thing: Any) -> str:
    """Return what Jupyter draws for a thing."""
    text: str = thing._repr_html_()
    return text


def with_secrets(data_class: type[Structure]) -> Structure:
    """Return an instance whose sensitive texts are all the secret."""
    marked: dict[str, Any] = {
        field.name: SECRET
        for field in attrs.fields(data_class)
        if mark_of(field) is not None and "Path" not in str(field.type)
    }
    required: dict[str, Any] = {
        field.name: 1
        for field in attrs.fields(data_class)
        if field.default is attrs.NOTHING and field.name not in marked
    }
    return data_class(**marked, **required)


@pytest.mark.parametrize("data_class", CLASSES, ids=lambda data_class: data_class.__name__)
def test_no_table_of_data_shows_a_sensitive_value(data_class: type[Structure]) -> None:
    if data_class.__name__ in {"FraudRiskDetails", "SessionEvaluation"}:
        pytest.skip("its fields are structures, which the other cases cover")
    data = with_secrets(data_class)
    shown = drawn(data) + printed(data) + drawn(ItemList([data])) + printed(ItemList([data])) + repr(data)
    assert SECRET not in shown


def test_data_shows_a_field_a_row() -> None:
    domain = DomainInfo(
        domain_id="d-1",
        domain_status=DomainStatus.ACTIVE,
        created_at=MOMENT,
        name=SECRET,
        watchlist_details=WatchlistDetails(default_watchlist_id="w-1"),
    )
    assert printed(domain).splitlines() == [
        "DomainInfo",
        "  created_at                              2026-01-02 02:04:05 UTC",
        "  domain_id                               d-1",
        "  domain_status                           ACTIVE",
        "  name                                    [redacted]",
        "  watchlist_details.default_watchlist_id  w-1",
    ]
    assert "<strong>DomainInfo</strong>" in drawn(domain)
    assert "with privacy.reveal_values()" in drawn(domain)


def test_revealed_values_are_shown_inside_the_block_only() -> None:
    domain = DomainInfo(domain_id="d-1", name=SECRET)
    with privacy.reveal_values():
        revealed = [repr(domain), drawn(domain), printed(domain), drawn(ItemList([domain]))]
    assert all(SECRET in text for text in revealed)
    assert all("redacted" not in text for text in revealed)
    assert SECRET not in repr(domain) + drawn(domain) + printed(domain)


def test_values_are_revealed_for_one_thread_alone() -> None:
    import threading

    shown: list[str] = []
    with privacy.reveal_values():
        thread = threading.Thread(target=lambda: shown.append(repr(DomainInfo(name=SECRET))))
        thread.start()
        thread.join()
    assert SECRET not in shown[0]


def test_an_error_stays_without_values_while_they_are_revealed() -> None:
    with LocalVoiceID() as service, service.client() as voiceid, privacy.reveal_values():
        domain = voiceid.create_domain(name="test", kms_key_id="alias/test")
        with pytest.raises(errors.ResourceNotFoundError) as caught:
            domain.speaker(SECRET).describe()
    assert SECRET not in str(caught.value)


def test_revealed_values_are_escaped() -> None:
    with privacy.reveal_values():
        shown = drawn(DomainInfo(name="<script>alert(1)</script>"))
    assert "<script>" not in shown
    assert html.escape("<script>") in shown


def test_outcomes_of_bulk_runs_are_revealed_too() -> None:
    outcome = bulk.Outcome(0, SECRET, {"id": SECRET})
    assert SECRET not in repr(outcome)
    with privacy.reveal_values():
        assert repr(outcome).count(SECRET) == 2


def test_a_list_is_a_table_with_the_columns_that_have_values() -> None:
    speakers = ItemList(
        [
            SpeakerInfo(customer_speaker_id=SECRET, status=SpeakerStatus.ENROLLED, domain_id="d-1"),
            SpeakerInfo(status=SpeakerStatus.OPTED_OUT, domain_id="d-1"),
        ]
    )
    assert printed(speakers).splitlines() == [
        "2 items",
        "  customer_speaker_id  domain_id  status",
        "  [redacted]           d-1        ENROLLED",
        "                       d-1        OPTED_OUT",
    ]
    assert drawn(speakers).count("<tr>") == 3


def test_a_long_list_is_cut() -> None:
    items = ItemList([SpeakerInfo(domain_id=f"d-{number}") for number in range(1_025)])
    assert printed(items).splitlines()[0] == "1,025 items"
    assert printed(items).splitlines()[-1] == "  … and 1,005 more"
    assert drawn(items).count("<tr>") == 21


def test_an_empty_list_has_no_table() -> None:
    assert printed(ItemList[SpeakerInfo]([], SpeakerInfo)) == "0 items"
    assert "<table>" not in drawn(ItemList[SpeakerInfo]([], SpeakerInfo))


def test_a_list_of_items_is_a_list() -> None:
    items = ItemList([1, 2], int)
    assert items == [1, 2]
    assert isinstance(items, list)
    twin = pickle.loads(pickle.dumps(items))
    assert (twin, type(twin)) == (items, ItemList)


def test_a_page_shows_its_items() -> None:
    page = Page(items=(SpeakerInfo(domain_id="d-1"),), number=3)
    assert printed(page).splitlines() == ["page 3: 1 item", "  domain_id", "  d-1"]


def test_results_show_their_counts_and_outcomes() -> None:
    results = batch.EnrollmentResults(
        [
            EnrollmentOutcome(request_id=SECRET, error_code=409, error_message=SECRET),
            EnrollmentOutcome(request_id=SECRET, status=None, error_code=500),
        ]
    )
    assert printed(results).splitlines()[0] == (
        "EnrollmentResults: 0 enrolled, 0 overwritten, 0 skipped, 2 failed, 0 not reported"
    )
    assert "409" in drawn(results)
    assert SECRET not in drawn(results) + printed(results)


def test_a_report_shows_its_counts() -> None:
    report = Report(
        operation="OptOutSpeaker",
        succeeded=IndexSet([(0, 1_200)]),
        failed=(Failed("ConflictError", "ConflictException", IndexSet([(1_200, 1_203)])),),
    )
    assert printed(report).splitlines() == [
        "Report of OptOutSpeaker: not complete",
        "  succeeded                                  1,200",
        "  failed: ConflictError (ConflictException)  3",
    ]


# --- Pagers ---------------------------------------------------------------------------------------------


@pytest.fixture
def service() -> Iterator[LocalVoiceID]:
    """Return a service whose clock stands still."""
    with LocalVoiceID(clock=ManualClock(datetime(2026, 1, 1, tzinfo=UTC))) as service:
        yield service


def test_a_pager_shows_what_to_do_with_it_and_calls_nothing(service: LocalVoiceID) -> None:
    pager = service.client().domains()
    shown = [line.split("  ")[1] for line in printed(pager).splitlines()[1:]]
    uses = ["for item in pager", "pager.all()", "pager.first()", "pager.limit(10)", "pager.to_pandas()"]
    assert shown == uses
    assert "pager.to_pandas()" in drawn(pager)
    assert bool(pager)


def test_an_async_pager_shows_what_to_do_with_await(service: LocalVoiceID) -> None:
    pager: Any = service.async_client().domains()
    assert "async for item in pager" in printed(pager)
    assert "await pager.all()" in printed(pager)
    assert "pager.limit(10) " in printed(pager)
    with pytest.raises(TypeError, match=r"use len\(await pager\.all\(\)\)"):
        len(pager)


def test_a_pager_says_what_to_do_instead_of_an_index_and_a_length(service: LocalVoiceID) -> None:
    pager: Any = service.client().domains()
    with pytest.raises(TypeError, match=r"use len\(pager\.all\(\)\)"):
        len(pager)
    for index in (0, slice(10)):
        with pytest.raises(TypeError, match=r"pager\.limit\(10\)\.all\(\)"):
            pager[index]
    assert list(pager) == []


def test_dicts_have_the_sensitive_values(service: LocalVoiceID) -> None:
    voiceid = service.client()
    voiceid.create_domain(name="support-line", kms_key_id="alias/test")
    (domain,) = voiceid.domains().to_dicts()
    assert (domain["name"], domain["created_at"]) == ("support-line", "2026-01-01T00:00:00+00:00")


def test_a_data_frame_has_real_times_and_names(service: LocalVoiceID) -> None:
    voiceid = service.client()
    voiceid.create_domain(name="support-line", kms_key_id="alias/test")
    frame = voiceid.domains().to_pandas()
    assert str(frame.dtypes["created_at"]) == "datetime64[ns, UTC]"
    assert frame["created_at"][0] == datetime(2026, 1, 1, tzinfo=UTC)
    assert (frame["name"][0], frame["domain_status"][0]) == ("support-line", "ACTIVE")
    assert frame["server_side_encryption_configuration.kms_key_id"][0].startswith("arn:")
    assert frame["updated_at"].notna().all()


def test_a_data_frame_of_an_empty_list_has_its_columns(service: LocalVoiceID) -> None:
    frame = service.client().domains().to_pandas()
    assert len(frame) == 0
    assert {"domain_id", "name", "created_at"} <= set(frame.columns)


def test_data_frames_say_how_to_install_pandas(
    service: LocalVoiceID, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(errors.ConfigurationError, match=r"pip install 'voiceid-sdk\[pandas\]'"):
        service.client().domains().to_pandas()


def test_an_async_pager_has_the_same(service: LocalVoiceID) -> None:
    import asyncio

    frame = asyncio.run(service.async_client().domains().to_pandas())
    assert len(frame) == 0
    assert "first()" in printed(service.async_client().domains())
