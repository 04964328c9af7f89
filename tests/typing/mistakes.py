"""Mistakes that mypy and pyright must find: they report a wrong comment on a line, and one that is not needed."""

# pyright: reportUnnecessaryTypeIgnoreComment=true, reportUnusedExpression=false, reportUnusedVariable=false

from datetime import timedelta
from threading import Event

from voiceid_sdk import AsyncDomain, Domain, VoiceID, WaitPolicy, bulk, errors
from voiceid_sdk.batch import *
from voiceid_sdk.boto3_typing import S3Client
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.models import FraudsterInfo, SpeakerInfo, WatchlistInfo
from voiceid_sdk.paging import Page
from voiceid_sdk.testing import VoiceIDStub, instant_waits


def needs_speaker(info: SpeakerInfo) -> None: ...


def mistakes(voiceid: VoiceID, domain: Domain, stub: VoiceIDStub, s3: S3Client) -> None:
    # The client.
    VoiceID("eu-west-2")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    VoiceID(region=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    VoiceID(max_attempts="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    VoiceID(clock=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    voiceid.create_domain(name="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    voiceid.create_domain(name="a", kms_key_id=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    voiceid.create_domain(name="a", kms_key_id="b", tags=[("c", "d")])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    voiceid.domain(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    voiceid.domain(SpeakerInfo())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    voiceid.tag("arn", {"a": 1})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    voiceid.call(DomainId="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    # Handles.
    domain.domain_id = "b"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    domain.speaker("a").name  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    domain.update(name=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    domain.replace(name="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    domain.speaker(WatchlistInfo())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    domain.fraudster("a").associate(domain)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    domain.start_enrollment_job(input_s3_uri="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    domain.enrollment_jobs(status=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    domain.enrollment_job("a").describe().registration_config  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    domain.session("a").evaluate(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    domain.session("a").wait_for_decision(cancel=True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    domain.speaker("a").wait_until()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    domain.wait_until_active(on_progress=needs_speaker)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    # Data.
    domain.describe().nam  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    domain.describe().name = "b"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    domain.describe().name.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    domain.info.name  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    SpeakerInfo(None)  # type: ignore[arg-type, call-arg]  # pyright: ignore[reportCallIssue]
    SpeakerInfo(status="ENROLLED")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    SpeakerStatus.ENROLED  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    errors.ConflictError().conflict_type.value  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    # Lists.
    [item.watchlist_ids for item in domain.speakers()]  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    domain.speakers()[0]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    domain.speakers().limit("5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    page: Page[FraudsterInfo] = next(domain.speakers().pages())  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
    # Batch work.
    EnrollmentRequest(request_id="a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    EnrollmentManifest([RegistrationRequest(request_id="a")])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    EnrollmentManifest([]).requests = ()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    EnrollmentManifest([]) + EnrollmentManifest([])  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    EnrollmentResults([]) + RegistrationResults([])  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    domain.enrollment_job("a").results("s3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    domain.enroll("recordings/")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    domain.enroll(5, s3=s3, bucket="a", data_access_role_arn="b")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    # Many at a time.
    bulk.describe_speakers(domain, [5])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType, reportCallIssue]
    bulk.describe_speakers(domain, [], worker=5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    bulk.describe_speakers(domain, [], order="random")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    bulk.delete_speakers(domain, [], rate="fast")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    [one.value.status for one in bulk.opt_out_speakers(domain, [])]  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    [one.unwrap().score for one in bulk.opt_out_speakers(domain, [])]  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    bulk.run(needs_speaker, ["a"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    # Policies.
    WaitPolicy(5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    WaitPolicy(timeout="1h")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    WaitPolicy(multiplier=timedelta(1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    # The testing kit.
    stub.expect(domain.describe).returns(SpeakerInfo())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    stub.expect(domain.speakers).returns(SpeakerInfo())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    stub.expect(domain.delete).returns(SpeakerInfo())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    stub.expect(domain.create_watchlist, nam="a")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    stub.expect(domain.session, "a")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    stub.expect(domain.describe).fails(errors.WaitError)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    instant_waits(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def async_mistakes(aio: AsyncDomain, domain: Domain) -> None:
    # Forgotten awaits, and loops of the wrong world.
    aio.describe()  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
    aio.describe().name  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    aio.speaker("a").delete()  # type: ignore[unused-coroutine]  # pyright: ignore[reportUnusedCoroutine]
    aio.session("a").evaluate().streaming_status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    aio.speakers().all()[0]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    [item for item in aio.speakers()]  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    [one for one in bulk.opt_out_speakers(aio, ["a"])]  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    [item async for item in domain.speakers()]  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
    await domain.describe()  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    await aio.speaker("a")  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    # Tasks are cancelled, not events set.
    await aio.wait_until_active(cancel=Event())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await aio.session("a").wait_for_decision(cancel=Event())  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    bulk.opt_out_speakers(aio, ["a"], cancel=Event())  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    # The worlds do not mix.
    await aio.fraudster("a").associate(domain.watchlist("b"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    bulk.describe_speakers(domain, aio.speakers())  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
