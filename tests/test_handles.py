import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final
from unittest.mock import Mock

import attrs
import pytest
from botocore.stub import ANY, Stubber

from tests.support.canned_responses import (
    DOMAIN_ARN,
    DOMAIN_ID,
    ROLE_ARN,
    Canned,
    raw_client,
    success,
    typed_client,
)
from tests.support.worlds import in_each_world
from voiceid_sdk import (
    Domain,
    EnrollmentJob,
    Fraudster,
    RegistrationJob,
    Speaker,
    VoiceID,
    Watchlist,
    service_model,
)
from voiceid_sdk.enums import (
    DuplicateRegistrationAction,
    ExistingEnrollmentAction,
    FraudDetectionAction,
    JobStatus,
)
from voiceid_sdk.errors import ConfigurationError, RequestValidationError, ResponseError
from voiceid_sdk.models import (
    DomainInfo,
    EnrollmentJobInfo,
    EnrollmentJobSummary,
    FraudsterInfo,
    RegistrationJobInfo,
    RegistrationJobSummary,
    SessionEvaluation,
    SpeakerInfo,
    WatchlistDetails,
    WatchlistInfo,
)
from voiceid_sdk.service_model.names import python_name

CUSTOMER_ID: Final = "canary-customer"
SPEAKER_ID: Final = "id#CanarySpeakerAAAAAAAA1"
FRAUDSTER_ID: Final = "id#CanaryFraudsterAAAAAA1"
SESSION_NAME: Final = "canary-contact"
WATCHLIST_ID: Final = "WatchlistAAAAAAAAAAAA1"
JOB_ID: Final = "JobAAAAAAAAAAAAAAAAAA1"
KEY: Final = "alias/voice-id"
INPUT: Final = "s3://voice-in/manifest.json"
OUTPUT: Final = "s3://voice-out/"
TOKEN: Final = "token-of-the-caller"

DOMAIN: Final = {"DomainId": DOMAIN_ID, "Arn": DOMAIN_ARN, "Name": "canary-name", "DomainStatus": "ACTIVE"}
SPEAKER: Final = {"GeneratedSpeakerId": SPEAKER_ID, "CustomerSpeakerId": CUSTOMER_ID, "Status": "ENROLLED"}
FRAUDSTER: Final = {"GeneratedFraudsterId": FRAUDSTER_ID, "WatchlistIds": [WATCHLIST_ID]}
WATCHLIST: Final = {"WatchlistId": WATCHLIST_ID, "DefaultWatchlist": False}
JOB: Final = {"JobId": JOB_ID, "JobStatus": "SUBMITTED", "JobName": "canary-job"}
EVALUATION: Final = {"SessionId": "id#CanarySessionAAAAAAAA1", "StreamingStatus": "ONGOING"}
TAGS: Final = [{"Key": "team", "Value": "support"}]

IN_DOMAIN: Final = {"DomainId": DOMAIN_ID}
OF_SPEAKER: Final = {**IN_DOMAIN, "SpeakerId": CUSTOMER_ID}
OF_FRAUDSTER: Final = {**IN_DOMAIN, "FraudsterId": FRAUDSTER_ID}
OF_WATCHLIST: Final = {**IN_DOMAIN, "WatchlistId": WATCHLIST_ID}
OF_JOB: Final = {**IN_DOMAIN, "JobId": JOB_ID}


@attrs.frozen
class Row:
    """A call of one method: its request, the service's response, and its result."""

    name: str
    operation: str
    use: Callable[[VoiceID], object]
    request: Mapping[str, object]
    answer: Mapping[str, object] = {}
    returns: object = None


def domain(client: VoiceID) -> Domain:
    return client.domain(DomainInfo(domain_id=DOMAIN_ID, arn=DOMAIN_ARN))


def speaker(client: VoiceID) -> Speaker:
    return domain(client).speaker(CUSTOMER_ID)


def fraudster(client: VoiceID) -> Fraudster:
    return domain(client).fraudster(FRAUDSTER_ID)


def watchlist(client: VoiceID) -> Watchlist:
    return domain(client).watchlist(WATCHLIST_ID)


def of(data_class: Any, wire: Mapping[str, object]) -> Any:
    """Return the data for a structure on the wire, by our names."""
    names = {
        "".join(part.title() for part in field.name.split("_")): field for field in attrs.fields(data_class)
    }
    return data_class.from_dict({names[name].name: value for name, value in wire.items()})


ROWS = [
    # Domains.
    Row(
        "create_domain",
        "CreateDomain",
        lambda client: client.create_domain(name="calls", kms_key_id=KEY).info,
        {"Name": "calls", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}},
        {"Domain": DOMAIN},
        of(DomainInfo, DOMAIN),
    ),
    Row(
        "create_domain, all arguments",
        "CreateDomain",
        lambda client: (
            client.create_domain(
                name="calls", kms_key_id=KEY, description="All", tags={"team": "support"}, client_token=TOKEN
            ).info
        ),
        {
            "Name": "calls",
            "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY},
            "Description": "All",
            "Tags": TAGS,
            "ClientToken": TOKEN,
        },
        {"Domain": DOMAIN},
        of(DomainInfo, DOMAIN),
    ),
    Row(
        "domains",
        "ListDomains",
        lambda client: client.domains().all(),
        {},
        {"DomainSummaries": [DOMAIN]},
        [of(DomainInfo, DOMAIN)],
    ),
    Row(
        "domains, all arguments",
        "ListDomains",
        lambda client: client.domains(page_size=10).all(),
        {"MaxResults": 10},
        {"DomainSummaries": []},
        [],
    ),
    Row(
        "Domain.describe",
        "DescribeDomain",
        lambda client: domain(client).describe(),
        IN_DOMAIN,
        {"Domain": DOMAIN},
        of(DomainInfo, DOMAIN),
    ),
    Row(
        "Domain.replace",
        "UpdateDomain",
        lambda client: domain(client).replace(name="calls", kms_key_id=KEY),
        {**IN_DOMAIN, "Name": "calls", "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}},
        {"Domain": DOMAIN},
        of(DomainInfo, DOMAIN),
    ),
    Row(
        "Domain.replace, all arguments",
        "UpdateDomain",
        lambda client: domain(client).replace(name="calls", kms_key_id=KEY, description="All"),
        {
            **IN_DOMAIN,
            "Name": "calls",
            "ServerSideEncryptionConfiguration": {"KmsKeyId": KEY},
            "Description": "All",
        },
        {"Domain": DOMAIN},
        of(DomainInfo, DOMAIN),
    ),
    Row("Domain.delete", "DeleteDomain", lambda client: domain(client).delete(), IN_DOMAIN),
    # Tags.
    Row(
        "tags",
        "ListTagsForResource",
        lambda client: client.tags(DOMAIN_ARN),
        {"ResourceArn": DOMAIN_ARN},
        {"Tags": TAGS},
        {"team": "support"},
    ),
    Row(
        "tag",
        "TagResource",
        lambda client: client.tag(DOMAIN_ARN, {"team": "support"}),
        {"ResourceArn": DOMAIN_ARN, "Tags": TAGS},
    ),
    Row(
        "untag",
        "UntagResource",
        lambda client: client.untag(DOMAIN_ARN, ("team", "stage")),
        {"ResourceArn": DOMAIN_ARN, "TagKeys": ["team", "stage"]},
    ),
    Row(
        "Domain.tags",
        "ListTagsForResource",
        lambda client: domain(client).tags(),
        {"ResourceArn": DOMAIN_ARN},
        {"Tags": TAGS},
        {"team": "support"},
    ),
    Row(
        "Domain.tag",
        "TagResource",
        lambda client: domain(client).tag({"team": "support"}),
        {"ResourceArn": DOMAIN_ARN, "Tags": TAGS},
    ),
    Row(
        "Domain.untag",
        "UntagResource",
        lambda client: domain(client).untag(iter(["team"])),
        {"ResourceArn": DOMAIN_ARN, "TagKeys": ["team"]},
    ),
    # Speakers.
    Row(
        "Domain.speakers",
        "ListSpeakers",
        lambda client: domain(client).speakers().all(),
        IN_DOMAIN,
        {"SpeakerSummaries": [SPEAKER]},
        [of(SpeakerInfo, SPEAKER)],
    ),
    Row(
        "Domain.speakers, all arguments",
        "ListSpeakers",
        lambda client: domain(client).speakers(page_size=100).all(),
        {**IN_DOMAIN, "MaxResults": 100},
        {"SpeakerSummaries": []},
        [],
    ),
    Row(
        "Speaker.describe",
        "DescribeSpeaker",
        lambda client: speaker(client).describe(),
        OF_SPEAKER,
        {"Speaker": SPEAKER},
        of(SpeakerInfo, SPEAKER),
    ),
    Row(
        "Speaker.opt_out",
        "OptOutSpeaker",
        lambda client: speaker(client).opt_out(),
        OF_SPEAKER,
        {"Speaker": SPEAKER},
        of(SpeakerInfo, SPEAKER),
    ),
    Row("Speaker.delete", "DeleteSpeaker", lambda client: speaker(client).delete(), OF_SPEAKER),
    Row(
        "Speaker.wait_until",
        "DescribeSpeaker",
        lambda client: speaker(client).wait_until("ENROLLED"),
        OF_SPEAKER,
        {"Speaker": SPEAKER},
        of(SpeakerInfo, SPEAKER),
    ),
    # Fraudsters.
    Row(
        "Domain.fraudsters",
        "ListFraudsters",
        lambda client: domain(client).fraudsters().all(),
        IN_DOMAIN,
        {"FraudsterSummaries": [FRAUDSTER]},
        [of(FraudsterInfo, FRAUDSTER)],
    ),
    Row(
        "Domain.fraudsters, all arguments",
        "ListFraudsters",
        lambda client: domain(client).fraudsters(watchlist=WATCHLIST_ID, page_size=5).all(),
        {**OF_WATCHLIST, "MaxResults": 5},
        {"FraudsterSummaries": []},
        [],
    ),
    Row(
        "Fraudster.describe",
        "DescribeFraudster",
        lambda client: fraudster(client).describe(),
        OF_FRAUDSTER,
        {"Fraudster": FRAUDSTER},
        of(FraudsterInfo, FRAUDSTER),
    ),
    Row(
        "Fraudster.associate",
        "AssociateFraudster",
        lambda client: fraudster(client).associate(WATCHLIST_ID),
        {**OF_FRAUDSTER, "WatchlistId": WATCHLIST_ID},
        {"Fraudster": FRAUDSTER},
        of(FraudsterInfo, FRAUDSTER),
    ),
    Row(
        "Fraudster.disassociate",
        "DisassociateFraudster",
        lambda client: fraudster(client).disassociate(WATCHLIST_ID),
        {**OF_FRAUDSTER, "WatchlistId": WATCHLIST_ID},
        {"Fraudster": FRAUDSTER},
        of(FraudsterInfo, FRAUDSTER),
    ),
    Row("Fraudster.delete", "DeleteFraudster", lambda client: fraudster(client).delete(), OF_FRAUDSTER),
    # Watchlists.
    Row(
        "Domain.create_watchlist",
        "CreateWatchlist",
        lambda client: domain(client).create_watchlist(name="known").info,
        {**IN_DOMAIN, "Name": "known"},
        {"Watchlist": WATCHLIST},
        of(WatchlistInfo, WATCHLIST),
    ),
    Row(
        "Domain.create_watchlist, all arguments",
        "CreateWatchlist",
        lambda client: (
            domain(client).create_watchlist(name="known", description="Known voices", client_token=TOKEN).info
        ),
        {**IN_DOMAIN, "Name": "known", "Description": "Known voices", "ClientToken": TOKEN},
        {"Watchlist": WATCHLIST},
        of(WatchlistInfo, WATCHLIST),
    ),
    Row(
        "Domain.watchlists",
        "ListWatchlists",
        lambda client: domain(client).watchlists().all(),
        IN_DOMAIN,
        {"WatchlistSummaries": [WATCHLIST]},
        [of(WatchlistInfo, WATCHLIST)],
    ),
    Row(
        "Domain.watchlists, all arguments",
        "ListWatchlists",
        lambda client: domain(client).watchlists(page_size=3).all(),
        {**IN_DOMAIN, "MaxResults": 3},
        {"WatchlistSummaries": []},
        [],
    ),
    Row(
        "Watchlist.describe",
        "DescribeWatchlist",
        lambda client: watchlist(client).describe(),
        OF_WATCHLIST,
        {"Watchlist": WATCHLIST},
        of(WatchlistInfo, WATCHLIST),
    ),
    Row(
        "Watchlist.update",
        "UpdateWatchlist",
        lambda client: watchlist(client).update(),
        OF_WATCHLIST,
        {"Watchlist": WATCHLIST},
        of(WatchlistInfo, WATCHLIST),
    ),
    Row(
        "Watchlist.update, all arguments",
        "UpdateWatchlist",
        lambda client: watchlist(client).update(name="known", description="Known voices"),
        {**OF_WATCHLIST, "Name": "known", "Description": "Known voices"},
        {"Watchlist": WATCHLIST},
        of(WatchlistInfo, WATCHLIST),
    ),
    Row(
        "Watchlist.fraudsters",
        "ListFraudsters",
        lambda client: watchlist(client).fraudsters().all(),
        OF_WATCHLIST,
        {"FraudsterSummaries": [FRAUDSTER]},
        [of(FraudsterInfo, FRAUDSTER)],
    ),
    Row(
        "Watchlist.fraudsters, all arguments",
        "ListFraudsters",
        lambda client: watchlist(client).fraudsters(page_size=1).all(),
        {**OF_WATCHLIST, "MaxResults": 1},
        {"FraudsterSummaries": []},
        [],
    ),
    Row("Watchlist.delete", "DeleteWatchlist", lambda client: watchlist(client).delete(), OF_WATCHLIST),
    # Enrollment jobs.
    Row(
        "Domain.start_enrollment_job",
        "StartSpeakerEnrollmentJob",
        lambda client: (
            domain(client)
            .start_enrollment_job(input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN)
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT},
            "DataAccessRoleArn": ROLE_ARN,
        },
        {"Job": JOB},
        of(EnrollmentJobInfo, JOB),
    ),
    Row(
        "Domain.start_enrollment_job, all arguments",
        "StartSpeakerEnrollmentJob",
        lambda client: (
            domain(client)
            .start_enrollment_job(
                input_s3_uri=INPUT,
                output_s3_uri=OUTPUT,
                data_access_role_arn=ROLE_ARN,
                output_kms_key_id=KEY,
                job_name="nightly",
                existing_enrollment_action=ExistingEnrollmentAction.OVERWRITE,
                fraud_detection_action="IGNORE",
                risk_threshold=0,
                watchlist_ids={WATCHLIST_ID},
                client_token=TOKEN,
            )
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT, "KmsKeyId": KEY},
            "DataAccessRoleArn": ROLE_ARN,
            "JobName": "nightly",
            "EnrollmentConfig": {
                "ExistingEnrollmentAction": "OVERWRITE",
                "FraudDetectionConfig": {
                    "FraudDetectionAction": "IGNORE",
                    "RiskThreshold": 0,
                    "WatchlistIds": [WATCHLIST_ID],
                },
            },
            "ClientToken": TOKEN,
        },
        {"Job": JOB},
        of(EnrollmentJobInfo, JOB),
    ),
    Row(
        "Domain.enrollment_jobs",
        "ListSpeakerEnrollmentJobs",
        lambda client: domain(client).enrollment_jobs().all(),
        IN_DOMAIN,
        {"JobSummaries": [JOB]},
        [of(EnrollmentJobSummary, JOB)],
    ),
    Row(
        "Domain.enrollment_jobs, all arguments",
        "ListSpeakerEnrollmentJobs",
        lambda client: domain(client).enrollment_jobs(status=JobStatus.FAILED, page_size=7).all(),
        {**IN_DOMAIN, "JobStatus": "FAILED", "MaxResults": 7},
        {"JobSummaries": []},
        [],
    ),
    Row(
        "EnrollmentJob.describe",
        "DescribeSpeakerEnrollmentJob",
        lambda client: domain(client).enrollment_job(JOB_ID).describe(),
        OF_JOB,
        {"Job": JOB},
        of(EnrollmentJobInfo, JOB),
    ),
    # Registration jobs.
    Row(
        "Domain.start_registration_job",
        "StartFraudsterRegistrationJob",
        lambda client: (
            domain(client)
            .start_registration_job(input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN)
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT},
            "DataAccessRoleArn": ROLE_ARN,
        },
        {"Job": JOB},
        of(RegistrationJobInfo, JOB),
    ),
    Row(
        "Domain.start_registration_job, all arguments",
        "StartFraudsterRegistrationJob",
        lambda client: (
            domain(client)
            .start_registration_job(
                input_s3_uri=INPUT,
                output_s3_uri=OUTPUT,
                data_access_role_arn=ROLE_ARN,
                output_kms_key_id=KEY,
                job_name="nightly",
                duplicate_registration_action=DuplicateRegistrationAction.REGISTER_AS_NEW,
                fraudster_similarity_threshold=100,
                watchlist_ids=[WATCHLIST_ID],
                client_token=TOKEN,
            )
            .info
        ),
        {
            **IN_DOMAIN,
            "InputDataConfig": {"S3Uri": INPUT},
            "OutputDataConfig": {"S3Uri": OUTPUT, "KmsKeyId": KEY},
            "DataAccessRoleArn": ROLE_ARN,
            "JobName": "nightly",
            "RegistrationConfig": {
                "DuplicateRegistrationAction": "REGISTER_AS_NEW",
                "FraudsterSimilarityThreshold": 100,
                "WatchlistIds": [WATCHLIST_ID],
            },
            "ClientToken": TOKEN,
        },
        {"Job": JOB},
        of(RegistrationJobInfo, JOB),
    ),
    Row(
        "Domain.registration_jobs",
        "ListFraudsterRegistrationJobs",
        lambda client: domain(client).registration_jobs().all(),
        IN_DOMAIN,
        {"JobSummaries": [JOB]},
        [of(RegistrationJobSummary, JOB)],
    ),
    Row(
        "Domain.registration_jobs, all arguments",
        "ListFraudsterRegistrationJobs",
        lambda client: domain(client).registration_jobs(status="FAILED", page_size=7).all(),
        {**IN_DOMAIN, "JobStatus": "FAILED", "MaxResults": 7},
        {"JobSummaries": []},
        [],
    ),
    Row(
        "RegistrationJob.describe",
        "DescribeFraudsterRegistrationJob",
        lambda client: domain(client).registration_job(JOB_ID).describe(),
        OF_JOB,
        {"Job": JOB},
        of(RegistrationJobInfo, JOB),
    ),
    # Sessions.
    Row(
        "Session.evaluate",
        "EvaluateSession",
        lambda client: domain(client).session(SESSION_NAME).evaluate(),
        {**IN_DOMAIN, "SessionNameOrId": SESSION_NAME},
        EVALUATION,
        of(SessionEvaluation, EVALUATION),
    ),
    # The raw call.
    Row(
        "call",
        "ListWatchlists",
        lambda client: client.call("ListWatchlists", DomainId=DOMAIN_ID, MaxResults=2, NextToken=None)[
            "WatchlistSummaries"
        ],
        {**IN_DOMAIN, "MaxResults": 2},
        {"WatchlistSummaries": [WATCHLIST]},
        [WATCHLIST],
    ),
]

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def takes_client_token(operation: str) -> bool:
    request = service_model.shape(service_model.operation(operation)["input"]["shape"])
    return "ClientToken" in request.get("members", {})


# --- Requests and results -------------------------------------------------------------------------------


def test_the_table_has_every_operation() -> None:
    assert {row.operation for row in ROWS} == set(service_model.operation_names())


@in_each_world
@each_row
def test_each_method_sends_its_request_and_returns_typed_data(
    row: Row, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(**row.answer))
    returned = row.use(client)
    (sent,) = canned.sent
    made = {"ClientToken": sent.body.get("ClientToken")} if takes_client_token(row.operation) else {}
    assert sent.operation == row.operation
    assert sent.body == {**made, **row.request}
    assert returned == row.returns
    assert type(returned) is type(row.returns) or isinstance(returned, dict | list)


@each_row
def test_each_method_does_the_same_on_a_stubbed_client_of_the_callers(row: Row) -> None:
    brought = raw_client(Canned())
    expected = {**({"ClientToken": ANY} if takes_client_token(row.operation) else {}), **row.request}
    with Stubber(brought) as stubber:
        stubber.add_response(python_name(row.operation), dict(row.answer), expected)
        assert row.use(VoiceID(client=brought)) == row.returns
        stubber.assert_no_pending_responses()


@in_each_world
@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if takes_client_token(row.operation) and "ClientToken" not in row.request],
    ids=lambda row: row.name,
)
def test_a_client_token_is_made_anew_for_each_call(row: Row, client: VoiceID, canned: Canned) -> None:
    canned.answer(success(**row.answer), success(**row.answer))
    row.use(client)
    row.use(client)
    first, second = (str(uuid.UUID(sent.body["ClientToken"])) for sent in canned.sent)
    assert first != second


@in_each_world
def test_plain_strings_and_enumerations_are_sent_alike(client: VoiceID, canned: Canned) -> None:
    canned.default = success(Job=JOB)
    for action in ("FAIL", FraudDetectionAction.FAIL):
        domain(client).start_enrollment_job(
            input_s3_uri=INPUT,
            output_s3_uri=OUTPUT,
            data_access_role_arn=ROLE_ARN,
            fraud_detection_action=action,
        )
    first, second = (sent.body["EnrollmentConfig"] for sent in canned.sent)
    assert first == second == {"FraudDetectionConfig": {"FraudDetectionAction": "FAIL"}}


@in_each_world
def test_a_list_is_read_over_its_pages(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(DomainSummaries=[DOMAIN], NextToken="next"), success(DomainSummaries=[DOMAIN]))
    pages = list(client.domains(page_size=1).pages())
    assert [sent.body for sent in canned.sent] == [{"MaxResults": 1}, {"MaxResults": 1, "NextToken": "next"}]
    assert [len(page.items) for page in pages] == [1, 1]
    assert pages[0].request_id


@in_each_world
def test_a_list_can_be_resumed_by_another_client(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(DomainSummaries=[DOMAIN], NextToken="next"), success(DomainSummaries=[DOMAIN]))
    page = next(client.domains().pages())
    assert len(list(typed_client(canned).domains().items(page.resume_token))) == 1
    assert canned.sent[-1].body == {"NextToken": "next"}


# --- Which watchlist, which strings ---------------------------------------------------------------------


@in_each_world
@pytest.mark.parametrize(
    "given",
    [
        lambda client: WATCHLIST_ID,
        watchlist,
        lambda client: WatchlistInfo(watchlist_id=WATCHLIST_ID),
    ],
    ids=["id", "handle", "data"],
)
def test_a_watchlist_is_given_as_id_handle_or_data(
    given: Callable[[VoiceID], Any], client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Fraudster=FRAUDSTER), success(Fraudster=FRAUDSTER), success(FraudsterSummaries=[]))
    fraudster(client).associate(given(client))
    fraudster(client).disassociate(given(client))
    domain(client).fraudsters(watchlist=given(client)).all()
    assert [sent.body["WatchlistId"] for sent in canned.sent] == [WATCHLIST_ID] * 3


@in_each_world
@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.untag(DOMAIN_ARN, "team"),
        lambda client: domain(client).untag("team"),
        lambda client: domain(client).start_enrollment_job(
            input_s3_uri=INPUT,
            output_s3_uri=OUTPUT,
            data_access_role_arn=ROLE_ARN,
            watchlist_ids=WATCHLIST_ID,
        ),
        lambda client: domain(client).start_registration_job(
            input_s3_uri=INPUT,
            output_s3_uri=OUTPUT,
            data_access_role_arn=ROLE_ARN,
            watchlist_ids=WATCHLIST_ID,
        ),
    ],
)
def test_one_string_is_not_taken_for_the_list_of_its_characters(
    use: Callable[[VoiceID], object], client: VoiceID, canned: Canned
) -> None:
    with pytest.raises(RequestValidationError, match="must be several strings, such as a list"):
        use(client)
    assert canned.sent == []


# --- Making handles -------------------------------------------------------------------------------------


@pytest.fixture
def offline() -> VoiceID:
    """Return a client on which every call raises AttributeError."""
    return VoiceID(client=Mock(spec=[]))


SPEAKER_DATA = SpeakerInfo(generated_speaker_id=SPEAKER_ID, customer_speaker_id=CUSTOMER_ID)
DATA: Final[list[tuple[Callable[[VoiceID], Any], object, str]]] = [
    (lambda client: client.domain, DomainInfo(domain_id=DOMAIN_ID), "domain_id"),
    (lambda client: domain(client).speaker, SPEAKER_DATA, "speaker_id"),
    (
        lambda client: domain(client).fraudster,
        FraudsterInfo(generated_fraudster_id=FRAUDSTER_ID),
        "fraudster_id",
    ),
    (lambda client: domain(client).watchlist, WatchlistInfo(watchlist_id=WATCHLIST_ID), "watchlist_id"),
    (lambda client: domain(client).enrollment_job, EnrollmentJobInfo(job_id=JOB_ID), "job_id"),
    (lambda client: domain(client).enrollment_job, EnrollmentJobSummary(job_id=JOB_ID), "job_id"),
    (lambda client: domain(client).registration_job, RegistrationJobInfo(job_id=JOB_ID), "job_id"),
    (lambda client: domain(client).registration_job, RegistrationJobSummary(job_id=JOB_ID), "job_id"),
]
IDS: Final = {
    "domain_id": DOMAIN_ID,
    "speaker_id": SPEAKER_ID,
    "fraudster_id": FRAUDSTER_ID,
    "watchlist_id": WATCHLIST_ID,
    "job_id": JOB_ID,
}
each_kind = pytest.mark.parametrize(("maker", "data", "name"), DATA, ids=lambda value: type(value).__name__)


@each_kind
def test_a_handle_is_made_from_data_and_keeps_it(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    handle = maker(offline)(data)
    assert getattr(handle, name) == IDS[name]
    assert handle.info is data


@each_kind
def test_a_handle_made_from_an_id_equals_one_made_from_data(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    by_id, by_data = maker(offline)(IDS[name]), maker(offline)(data)
    assert by_id.info is None
    assert by_id == by_data
    assert hash(by_id) == hash(by_data)


@each_kind
def test_handles_differ_by_id(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    assert maker(offline)(data) != maker(offline)("Abcdefghijklmnopqrst99")


@each_kind
def test_handles_differ_by_client(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    assert maker(offline)(data) != maker(VoiceID(client=Mock(spec=[])))(data)


def type_name(value: object) -> str:
    return type(value).__name__


@each_kind
@pytest.mark.parametrize("wrong", [None, 5, b"bytes", {"DomainId": DOMAIN_ID}, object()], ids=type_name)
def test_what_has_no_id_makes_no_handle(
    maker: Callable[[VoiceID], Any], data: object, name: str, wrong: object, offline: VoiceID
) -> None:
    with pytest.raises(RequestValidationError, match="must be an id, or data or a handle that has one"):
        maker(offline)(wrong)


@each_kind
def test_data_without_an_id_makes_no_handle(
    maker: Callable[[VoiceID], Any], data: object, name: str, offline: VoiceID
) -> None:
    with pytest.raises(RequestValidationError, match="must be an id"):
        maker(offline)(type(data)())


def test_a_handle_made_from_another_handle_has_its_id_and_no_data(offline: VoiceID) -> None:
    made: Any = offline.domain
    assert made(domain(offline)) == domain(offline)
    assert made(domain(offline)).info is None


def test_data_of_a_speaker_without_a_generated_id_is_taken_by_the_callers_id(offline: VoiceID) -> None:
    handle = domain(offline).speaker(SpeakerInfo(customer_speaker_id=CUSTOMER_ID))
    assert handle.speaker_id == CUSTOMER_ID


def test_handles_of_the_same_id_and_another_kind_differ(offline: VoiceID) -> None:
    handles: set[object] = {domain(offline).enrollment_job(JOB_ID), domain(offline).registration_job(JOB_ID)}
    assert len(handles) == 2


def test_sessions_are_equal_by_domain_and_name(offline: VoiceID) -> None:
    assert domain(offline).session(SESSION_NAME) == domain(offline).session(SESSION_NAME)
    assert domain(offline).session(SESSION_NAME) != domain(offline).session("other")
    assert len({domain(offline).session(SESSION_NAME), domain(offline).session(SESSION_NAME)}) == 1


# --- Handles: repr and I/O ------------------------------------------------------------------------------


def every_handle(client: VoiceID) -> list[Any]:
    return [
        *(maker(client)(data) for maker, data, _ in DATA),
        speaker(client),
        domain(client).session(SESSION_NAME),
    ]


def test_no_handle_shows_a_sensitive_value(offline: VoiceID) -> None:
    shown = repr(every_handle(offline)) + str(every_handle(offline))
    assert "canary" not in shown.lower()
    assert DOMAIN_ID in shown


def test_attributes_and_repr_call_nothing(offline: VoiceID) -> None:
    for handle in [offline, *every_handle(offline)]:
        repr(handle)
        for name in dir(handle):
            getattr(handle, name)


def test_handles_cannot_be_changed(offline: VoiceID) -> None:
    handle: Any = domain(offline)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        handle.domain_id = "other"


def test_a_client_shows_where_it_sends(client: VoiceID) -> None:
    assert repr(client).startswith("VoiceID(region_name='us-west-2', endpoint_url='https://voiceid.us-west-2")


MAKERS: Final[list[tuple[Callable[[VoiceID], Any], Any]]] = [
    (lambda client: client.create_domain(name="calls", kms_key_id=KEY), Domain),
    (lambda client: domain(client).create_watchlist(name="known"), Watchlist),
    (
        lambda client: domain(client).start_enrollment_job(
            input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN
        ),
        EnrollmentJob,
    ),
    (
        lambda client: domain(client).start_registration_job(
            input_s3_uri=INPUT, output_s3_uri=OUTPUT, data_access_role_arn=ROLE_ARN
        ),
        RegistrationJob,
    ),
]
each_maker = pytest.mark.parametrize(("make", "kind"), MAKERS, ids=[kind.__name__ for _, kind in MAKERS])


@each_maker
def test_what_makes_a_resource_returns_a_handle_on_it(
    make: Callable[[VoiceID], Any], kind: Any, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain=DOMAIN, Watchlist=WATCHLIST, Job=JOB))
    made = make(client)
    assert type(made) is kind
    assert made.domain_id == DOMAIN_ID
    assert made.info is not None
    assert len(canned.sent) == 1


@each_maker
def test_what_was_made_without_an_id_is_an_error_that_says_so(
    make: Callable[[VoiceID], Any], kind: Any, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain={}, Watchlist={}, Job={}))
    with pytest.raises(ResponseError, match=r"succeeded, but its response has no (domain|watchlist|job)_id"):
        make(client)


# --- Domain.update --------------------------------------------------------------------------------------

STORED: Final = {
    **DOMAIN,
    "Name": "stored",
    "Description": "Stored",
    "ServerSideEncryptionConfiguration": {"KmsKeyId": "stored-key"},
}
UPDATES: Final[list[tuple[dict[str, Any], dict[str, object]]]] = [
    ({}, {}),
    ({"name": "new"}, {"Name": "new"}),
    ({"description": "New"}, {"Description": "New"}),
    ({"kms_key_id": "new-key"}, {"ServerSideEncryptionConfiguration": {"KmsKeyId": "new-key"}}),
    (
        {"name": "new", "description": "New", "kms_key_id": "new-key"},
        {"Name": "new", "Description": "New", "ServerSideEncryptionConfiguration": {"KmsKeyId": "new-key"}},
    ),
]


@in_each_world
@pytest.mark.parametrize(("changes", "changed"), UPDATES, ids=lambda value: " ".join(value) or "nothing")
def test_an_update_keeps_what_is_left_out(
    changes: dict[str, Any], changed: dict[str, object], client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain=STORED), success(Domain=DOMAIN))
    assert domain(client).update(**changes) == of(DomainInfo, DOMAIN)
    kept = {name: STORED[name] for name in ("Name", "Description", "ServerSideEncryptionConfiguration")}
    assert [sent.operation for sent in canned.sent] == ["DescribeDomain", "UpdateDomain"]
    assert canned.sent[1].body == {**IN_DOMAIN, **kept, **changed}


@in_each_world
def test_an_update_removes_a_description_that_is_none(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=STORED), success(Domain=DOMAIN))
    domain(client).update(description=None)
    assert "Description" not in canned.sent[1].body


@in_each_world
@pytest.mark.parametrize("missing", ["Name", "ServerSideEncryptionConfiguration"])
def test_an_update_that_would_clear_what_it_cannot_see_is_not_sent(
    missing: str, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain={name: value for name, value in STORED.items() if name != missing}))
    with pytest.raises(ResponseError, match="so UpdateDomain would clear"):
        domain(client).update(description="New")
    assert len(canned.sent) == 1


@in_each_world
def test_an_update_that_gives_everything_needs_nothing_of_what_is_there(
    client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain={}), success(Domain=DOMAIN))
    domain(client).update(name="new", kms_key_id="new-key")
    assert canned.sent[1].body["Name"] == "new"


# --- Tags without data ----------------------------------------------------------------------------------


@in_each_world
@pytest.mark.parametrize(
    "handle",
    [lambda client: client.domain(DOMAIN_ID), lambda client: client.domain(DomainInfo(domain_id=DOMAIN_ID))],
    ids=["from an id", "from data without an ARN"],
)
@pytest.mark.parametrize(
    ("use", "operation"),
    [
        (lambda domain: domain.tags(), "ListTagsForResource"),
        (lambda domain: domain.tag({"team": "support"}), "TagResource"),
        (lambda domain: domain.untag(["team"]), "UntagResource"),
    ],
    ids=["tags", "tag", "untag"],
)
def test_tags_ask_for_the_arn_where_it_is_not_known(
    handle: Callable[[VoiceID], Domain],
    use: Callable[[Domain], object],
    operation: str,
    client: VoiceID,
    canned: Canned,
) -> None:
    canned.answer(success(Domain=DOMAIN), success(Tags=TAGS))
    use(handle(client))
    assert [sent.operation for sent in canned.sent] == ["DescribeDomain", operation]
    assert canned.sent[1].body["ResourceArn"] == DOMAIN_ARN


@pytest.mark.parametrize(
    "use", [lambda domain: domain.tag({"team": "support"}), lambda domain: domain.untag(["team"])]
)
def test_a_request_for_tags_is_checked_once_where_the_arn_is_known(
    use: Callable[[Domain], object], client: VoiceID, canned: Canned, monkeypatch: pytest.MonkeyPatch
) -> None:
    canned.answer(success())
    checked: list[str] = []
    violations = service_model.violations

    def counted(operation: str, request: Mapping[str, object]) -> list[service_model.Violation]:
        checked.append(operation)
        return violations(operation, request)

    monkeypatch.setattr(service_model, "violations", counted)
    use(domain(client))
    assert checked == [canned.sent[0].operation]


@in_each_world
def test_tags_of_a_domain_without_an_arn_are_an_error(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain={"DomainId": DOMAIN_ID}))
    with pytest.raises(ResponseError, match="DescribeDomain returned no ARN"):
        client.domain(DOMAIN_ID).tags()


@in_each_world
def test_tags_do_not_show_what_they_say(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Tags=[{"Key": "canary", "Value": "canary"}]))
    tags = client.tags(DOMAIN_ARN)
    assert tags == {"canary": "canary"}
    assert "canary" not in repr(tags)


# --- The default watchlist ------------------------------------------------------------------------------

WITH_DEFAULT: Final = {**DOMAIN, "WatchlistDetails": {"DefaultWatchlistId": WATCHLIST_ID}}


def test_the_default_watchlist_is_known_from_the_data(offline: VoiceID) -> None:
    details = WatchlistDetails(default_watchlist_id=WATCHLIST_ID)
    handle = offline.domain(DomainInfo(domain_id=DOMAIN_ID, watchlist_details=details))
    assert handle.default_watchlist() == handle.watchlist(WATCHLIST_ID)


@in_each_world
@pytest.mark.parametrize("known", [DOMAIN_ID, DomainInfo(domain_id=DOMAIN_ID)], ids=["id", "data without it"])
def test_the_default_watchlist_is_asked_for_where_it_is_not_known(
    known: str | DomainInfo, client: VoiceID, canned: Canned
) -> None:
    canned.answer(success(Domain=WITH_DEFAULT))
    assert client.domain(known).default_watchlist() == client.domain(DOMAIN_ID).watchlist(WATCHLIST_ID)


@in_each_world
def test_a_domain_without_a_default_watchlist_is_an_error(client: VoiceID, canned: Canned) -> None:
    canned.answer(success(Domain=DOMAIN))
    with pytest.raises(ResponseError, match="DescribeDomain returned no default watchlist"):
        client.domain(DOMAIN_ID).default_watchlist()


# --- The client -----------------------------------------------------------------------------------------


def test_a_client_of_the_callers_cannot_be_configured() -> None:
    with pytest.raises(ConfigurationError, match="client and region_name, max_attempts exclude each other"):
        VoiceID(client=Mock(spec=[]), region_name="eu-west-2", max_attempts=5)


def test_a_client_of_the_callers_stays_as_it_is() -> None:
    brought = Mock(spec=["meta", "describe_domain"])
    with VoiceID(client=brought) as client:
        assert client.boto3_client is brought
    assert brought.mock_calls == []


def test_a_client_of_the_callers_may_be_a_mock() -> None:
    brought = Mock(spec=["describe_domain"])
    brought.describe_domain.return_value = {"Domain": DOMAIN}
    assert VoiceID(client=brought).domain(DOMAIN_ID).describe() == of(DomainInfo, DOMAIN)
    brought.describe_domain.assert_called_once_with(DomainId=DOMAIN_ID)
