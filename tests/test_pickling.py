"""Pickling: handles and lists go to other processes, and find or make a client there."""

import copy
import os
import pickle
import pickletools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from unittest.mock import Mock

import boto3
import botocore
import pytest
from botocore.config import Config

from tests.support.canned_responses import DOMAIN_ID, FRAUDSTER_ID, JOB_ID, REGION, SPEAKER_ID, WATCHLIST_ID
from tests.support.forks import in_child
from voiceid_sdk import VoiceID, _connection
from voiceid_sdk._wire import client_settings, operations
from voiceid_sdk.errors import ConfigurationError
from voiceid_sdk.local import LocalVoiceID, ManualClock
from voiceid_sdk.models import SpeakerInfo
from voiceid_sdk.testing import WaitClock

SECRET: Final = "wJalrXUtnFEMI"


@pytest.fixture(autouse=True)
def new_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget connections from other processes, and set credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    _connection.reset()
    yield
    _connection.reset()


@pytest.fixture
def voiceid() -> VoiceID:
    return VoiceID(region_name=REGION)


def sent(thing: Any) -> Any:
    """Return an object as another process would unpickle it."""
    return pickle.loads(pickle.dumps(thing))


def every_handle(voiceid: VoiceID) -> list[Any]:
    domain = voiceid.domain(DOMAIN_ID)
    return [
        domain,
        domain.speaker(SPEAKER_ID),
        domain.fraudster(FRAUDSTER_ID),
        domain.watchlist(WATCHLIST_ID),
        domain.enrollment_job(JOB_ID),
        domain.registration_job(JOB_ID),
        domain.session("contact-1"),
    ]


# --- What can be pickled --------------------------------------------------------------------------------


def test_every_handle_pickles_and_equals_what_it_was(voiceid: VoiceID) -> None:
    assert sent(every_handle(voiceid)) == every_handle(voiceid)
    assert set(sent(every_handle(voiceid))) == set(every_handle(voiceid))


def test_the_data_of_a_handle_travels_with_it(voiceid: VoiceID) -> None:
    info = SpeakerInfo(generated_speaker_id=SPEAKER_ID)
    assert sent(voiceid.domain(DOMAIN_ID).speaker(info)).info == info


def test_a_client_pickles(voiceid: VoiceID) -> None:
    assert sent(voiceid).domain(DOMAIN_ID) == voiceid.domain(DOMAIN_ID)
    assert repr(sent(voiceid)) == repr(voiceid)


def test_every_row_of_the_table_pickles_as_itself() -> None:
    rows = [getattr(operations, constant) for constant in operations.__all__]
    assert len(rows) > 20
    assert all(sent(row) is row for row in rows)


def test_a_pager_pickles_with_its_limit_and_page_size(voiceid: VoiceID) -> None:
    pager = voiceid.domain(DOMAIN_ID).speakers(page_size=7).limit(3)
    assert repr(sent(pager)) == "Pager(ListSpeakers, page_size=7, limit=3)"


def test_no_credentials_travel(voiceid: VoiceID) -> None:
    assert SECRET.encode() not in pickle.dumps(every_handle(voiceid))
    assert b"AKIDEXAMPLE" not in pickle.dumps(every_handle(voiceid))


def test_the_settings_of_the_client_travel() -> None:
    voiceid = VoiceID(
        region_name=REGION,
        endpoint_url="http://127.0.0.1:9",
        config=Config(read_timeout=7),
        max_attempts=5,
        app_id="reports",
        validate_requests=False,
    )
    config = sent(voiceid).boto3_client.meta.config
    assert (config.read_timeout, config.retries["total_max_attempts"]) == (7, 5)
    assert sent(voiceid)._connection.settings.app_id == "reports"
    assert sent(voiceid).boto3_client.meta.endpoint_url == "http://127.0.0.1:9"
    assert not sent(voiceid)._connection.transport._validates


def test_a_region_that_was_found_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    pickled = pickle.dumps(VoiceID())
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert pickle.loads(pickled).boto3_client.meta.region_name == "eu-west-2"


def test_a_profile_travels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"[profile calls]\nregion = {REGION}\n")
    (tmp_path / "credentials").write_text("[calls]\naws_access_key_id = A\naws_secret_access_key = B\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    by_name, by_session = VoiceID(profile_name="calls"), VoiceID(session=boto3.Session(profile_name="calls"))
    for voiceid in (by_name, by_session):
        travelled = sent(voiceid)._connection
        assert travelled.settings.profile_name == "calls"
        assert travelled.transport.region == REGION
    assert by_name.domain(DOMAIN_ID) == by_session.domain(DOMAIN_ID)


def test_a_session_without_secrets_travels_as_its_region(voiceid: VoiceID) -> None:
    brought = VoiceID(session=boto3.Session(region_name=REGION))
    assert sent(brought).domain(DOMAIN_ID) == voiceid.domain(DOMAIN_ID)


# --- One client for all ---------------------------------------------------------------------------------


def test_all_handles_of_a_recipe_share_one_client(voiceid: VoiceID) -> None:
    handles = [sent(handle) for handle in every_handle(voiceid)]
    assert len({id(handle._connection) for handle in handles}) == 1


def test_threads_that_unpickle_at_the_same_time_share_one_client(voiceid: VoiceID) -> None:
    pickled = pickle.dumps(voiceid.domain(DOMAIN_ID))
    together = threading.Barrier(8)

    def unpickle(_: int) -> object:
        together.wait()
        return pickle.loads(pickled)._connection

    with ThreadPoolExecutor(8) as pool:
        assert len({id(found) for found in pool.map(unpickle, range(8))}) == 1


def test_clients_of_other_settings_do_not_share(voiceid: VoiceID) -> None:
    other = VoiceID(region_name=REGION, max_attempts=1)
    assert sent(other)._connection is not sent(voiceid)._connection
    assert other.domain(DOMAIN_ID) != voiceid.domain(DOMAIN_ID)


def test_clients_of_the_same_settings_have_equal_handles(voiceid: VoiceID) -> None:
    assert every_handle(VoiceID(region_name=REGION)) == every_handle(voiceid)


def test_what_is_sent_on_and_back_equals_what_came(
    voiceid: VoiceID, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pickled = pickle.dumps(voiceid)
    # The machine in between has its own profile.
    (tmp_path / "config").write_text("[profile mine]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert sent(pickle.loads(pickled)).domain(DOMAIN_ID) == voiceid.domain(DOMAIN_ID)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.usefixtures("no_earlier_clients")
def test_a_forked_process_makes_its_own_client(voiceid: VoiceID) -> None:
    before = sent(voiceid)

    def unpickle() -> None:
        assert sent(before)._connection is not before._connection

    with _connection._Process.connections.lock:
        assert in_child(unpickle) is None
    assert sent(before)._connection is before._connection


def test_a_copied_handle_goes_through_the_same_client(voiceid: VoiceID) -> None:
    for handle in every_handle(voiceid):
        assert copy.deepcopy(handle)._connection is copy.copy(handle)._connection is handle._connection


# --- What cannot be pickled -----------------------------------------------------------------------------


def local(**options: Any) -> VoiceID:
    """Return a client on a Local Voice ID that is closed, which does not matter here."""
    with LocalVoiceID(**options) as service:
        return service.client()


STAYING: Final[dict[str, tuple[Callable[[], VoiceID], str]]] = {
    "a client that was brought": (lambda: VoiceID(client=Mock(spec=[])), r"\(client=\).* VoiceID\(\)"),
    "a Local Voice ID in the process": (local, "over HTTP .* endpoint_url="),
    "a Local Voice ID with a manual clock": (
        lambda: local(clock=ManualClock()),
        "over HTTP .* endpoint_url=",
    ),
    "a clock": (lambda: VoiceID(region_name=REGION, clock=WaitClock()), "without a clock"),
    "credentials given by hand": (
        lambda: VoiceID(
            session=boto3.Session(aws_access_key_id="A", aws_secret_access_key=SECRET, region_name=REGION)
        ),
        "given by hand.* profile_name=",
    ),
    "a password of a proxy": (
        lambda: VoiceID(region_name=REGION, config=Config(proxies={"https": f"http://me:{SECRET}@proxy"})),
        "a password in .* a proxy",
    ),
    "a password in the URL": (
        lambda: VoiceID(region_name=REGION, endpoint_url=f"http://me:{SECRET}@127.0.0.1"),
        "a password in endpoint_url",
    ),
    "a config that does not pickle": (
        lambda: VoiceID(region_name=REGION, config=Config(signature_version=botocore.UNSIGNED)),
        "config cannot be pickled",
    ),
}


@pytest.mark.parametrize(("make", "says"), STAYING.values(), ids=STAYING)
def test_what_cannot_travel_says_why_and_what_to_do(make: Callable[[], VoiceID], says: str) -> None:
    domain = make().domain(DOMAIN_ID)
    with pytest.raises(ConfigurationError, match=says) as raised:
        pickle.dumps(domain)
    assert SECRET not in str(raised.value)
    assert raised.value.next_step


@pytest.mark.parametrize(("make", "says"), STAYING.values(), ids=STAYING)
def test_what_cannot_travel_equals_itself_alone(make: Callable[[], VoiceID], says: str) -> None:
    voiceid = make()
    assert voiceid.domain(DOMAIN_ID) == voiceid.domain(DOMAIN_ID)
    assert voiceid.domain(DOMAIN_ID) != make().domain(DOMAIN_ID)


def test_a_local_voice_id_and_its_parts_say_how_other_processes_use_it() -> None:
    with LocalVoiceID(clock=ManualClock()) as service:
        domain = service.client().create_domain(name="calls", kms_key_id="alias/voice-id")
        call = service.start_call(domain.domain_id, "contact-1")
        for one in (service, call, service.events, service.faults, service.clock):
            with pytest.raises(
                TypeError, match=f"a {type(one).__name__} cannot be pickled.* over HTTP .* endpoint_url="
            ):
                pickle.dumps(one)


def test_credentials_that_botocore_finds_by_itself_are_known_by_its_own_names() -> None:
    by_itself: Any = boto3.Session().get_credentials()
    by_hand: Any = boto3.Session(aws_access_key_id="A", aws_secret_access_key="B").get_credentials()
    assert by_itself.method in client_settings.FOUND_BY_EVERY_MACHINE
    assert by_hand.method not in client_settings.FOUND_BY_EVERY_MACHINE


def test_every_source_of_credentials_in_botocore_is_one_of_the_machine() -> None:
    from botocore import credentials

    classes = [kind for kind in vars(credentials).values() if isinstance(kind, type)]
    sources = {kind.METHOD for kind in classes if issubclass(kind, credentials.CredentialProvider)} - {None}
    assert "env" in sources
    assert sources <= client_settings.FOUND_BY_EVERY_MACHINE


def test_settings_do_not_show_a_password() -> None:
    settings = client_settings.ClientSettings(endpoint_url=f"http://me:{SECRET}@127.0.0.1")
    assert SECRET not in repr(settings)


# --- In another process ---------------------------------------------------------------------------------

ON_THE_WORKER: Final = """
import pickle, sys
handles = pickle.load(sys.stdin.buffer)
assert len({id(handle._connection) for handle in handles}) == 1
sys.stdout.buffer.write(pickle.dumps(handles))
"""


@pytest.mark.slow
def test_handles_come_back_from_another_process_as_they_went(voiceid: VoiceID) -> None:
    handles = every_handle(voiceid)
    answer = subprocess.run(
        [sys.executable, "-c", ON_THE_WORKER], input=pickle.dumps(handles), capture_output=True, check=True
    )
    assert pickle.loads(answer.stdout) == handles


def test_a_thousand_handles_pickle_their_recipe_once(voiceid: VoiceID) -> None:
    domain = voiceid.domain(DOMAIN_ID)
    pickled = pickle.dumps([domain.speaker(f"caller-{number}") for number in range(1000)])
    names = [argument for opcode, argument, _ in pickletools.genops(pickled) if argument == REGION]
    assert len(names) == 1
