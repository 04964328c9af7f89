"""Jobs that enroll speakers: the manifest, its recordings, and the output file."""

from typing import Any

from tests.local.conformance.rules import CHOICE, GUIDE, rule
from tests.support.stage import NO_GENERATED_ID, YEAR, Members, Stage, eventually
from voiceid_sdk.local import Quotas
from voiceid_sdk.local.voices.recordings import tone, wav


@rule("a job enrolls the manifest's speakers and says so", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    job, output = stage.enroll_by_job(domain, stage.request("one"))
    speaker = stage.speaker(domain, "one")
    assert (job["JobStatus"], speaker["Status"]) == ("COMPLETED", "ENROLLED")
    assert output == {
        "Version": "1.0",
        "Errors": [],
        "SuccessfulEnrollments": [
            {
                "RequestId": "r-one",
                "GeneratedSpeakerId": speaker["GeneratedSpeakerId"],
                "CustomerSpeakerId": "one",
                "EnrollmentStatus": "NEW_ENROLLMENT",
            }
        ],
    }


@rule("an empty manifest makes a completed job", CHOICE)
def _(stage: Stage) -> None:
    job, output = stage.enroll_by_job(stage.domain())
    assert (job["JobStatus"], output["SuccessfulEnrollments"]) == ("COMPLETED", [])


@rule("an enrolled speaker is skipped, and that is a success", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    before = stage.speaker(domain, "one")
    job, output = stage.enroll_by_job(domain, stage.request("one"))
    assert job["JobStatus"] == "COMPLETED"
    assert output["SuccessfulEnrollments"][0]["EnrollmentStatus"] == "DUPLICATE_SKIPPED"
    assert stage.speaker(domain, "one") == before


@rule("an enrolled speaker is overwritten if asked for", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one", voice="old")
    config = {"ExistingEnrollmentAction": "OVERWRITE"}
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="new"), EnrollmentConfig=config)
    assert output["SuccessfulEnrollments"][0]["EnrollmentStatus"] == "ENROLLMENT_OVERWRITE"
    stage.call_in(domain, speaker="one").speak("new", seconds=10)
    assert stage.decision(domain) == "ACCEPT"


@rule("an expired speaker is enrolled anew", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one")
    eventually(stage, 3 * YEAR)
    _, output = stage.enroll_by_job(domain, stage.request("one"))
    assert output["SuccessfulEnrollments"][0]["EnrollmentStatus"] == "NEW_ENROLLMENT"


def _fails(stage: Stage, request: Members, code: int, says: str, **config: Any) -> None:
    domain = stage.domain()
    job, output = stage.enroll_by_job(domain, request, EnrollmentConfig=config)
    assert job["JobStatus"] == "COMPLETED_WITH_ERRORS"
    assert job["JobProgress"] == {"PercentComplete": 100}
    (error,) = output["Errors"]
    assert (error["RequestId"], error["ErrorCode"]) == (request["RequestId"], code)
    assert says in error["ErrorMessage"]
    assert stage.call("ListSpeakers", DomainId=domain)["SpeakerSummaries"] == []


@rule("an enrollment needs 30 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, stage.request("one", seconds=29), 400, "Not enough speech for enrollment")


@rule("silence is not speech", CHOICE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], wav(tone(20) + bytes(16000 * 20)))
    _fails(stage, request, 400, "Not enough speech for enrollment")


@rule("the recordings of a request are counted together", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    request = stage.request("one", seconds=15)
    request["AudioSpecifications"] *= 2
    assert stage.enroll_by_job(domain, request)[0]["JobStatus"] == "COMPLETED"


@rule("the channel of a recording is chosen", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    silent, spoken = bytes(2), tone(30)
    both = b"".join(silent + spoken[at : at + 2] for at in range(0, len(spoken), 2))
    request = stage.request("one")
    request["AudioSpecifications"] = [
        {"S3Uri": stage.put("s3://recordings/two-channels.wav", wav(both, channels=2)), "ChannelId": 1}
    ]
    assert stage.enroll_by_job(domain, request)[0]["JobStatus"] == "COMPLETED"
    request["AudioSpecifications"][0]["ChannelId"] = 0
    request["SpeakerId"] = "two"
    assert stage.enroll_by_job(domain, request)[0]["JobStatus"] == "COMPLETED_WITH_ERRORS"


@rule("a recording is sampled at 8 kHz", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], wav(tone(30), sample_rate=16000))
    _fails(stage, request, 400, "8 kHz")


@rule("a recording is a WAV file", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], b"ID3 not a wav file")
    _fails(stage, request, 400, "not a WAV file")


@rule("a recording has at most 20 MB", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    stage.put(request["AudioSpecifications"][0]["S3Uri"], wav(bytes(20 * 1024 * 1024)))
    _fails(stage, request, 400, "too large")


@rule("a recording must be there", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["S3Uri"] = "s3://recordings/missing.wav"
    _fails(stage, request, 400, "cannot be found")


@rule("a request has at most 10 recordings", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"] *= 11
    _fails(stage, request, 400, "more than 10")


@rule("a request has a recording", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, {**stage.request("one"), "AudioSpecifications": []}, 400, "AudioSpecifications")


@rule("a recording is named by an S3 URI", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["S3Uri"] = "recordings/one.wav"
    _fails(stage, request, 400, "S3Uri")


@rule("a channel is 0 or 1", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["ChannelId"] = 2
    _fails(stage, request, 400, "ChannelId")


@rule("the channel must be in the recording", GUIDE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    request["AudioSpecifications"][0]["ChannelId"] = 1
    _fails(stage, request, 400, "channel")


@rule("a manifest names speakers by the customer's id alone", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, {**stage.request("one"), "SpeakerId": NO_GENERATED_ID}, 400, "CustomerSpeakerId")


@rule("a speaker who opted out is not enrolled", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    _, output = stage.enroll_by_job(domain, stage.request("one"))
    assert output["Errors"][0]["ErrorCode"] == 409
    assert stage.speaker(domain, "one")["Status"] == "OPTED_OUT"


@rule("a job enrolls no more speakers than the domain may have", GUIDE, quotas=Quotas(speakers=1, rates={}))
def _(stage: Stage) -> None:
    domain = stage.domain()
    _, output = stage.enroll_by_job(domain, stage.request("one"), stage.request("two"))
    assert [error["ErrorCode"] for error in output["Errors"]] == [402]
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("a request id that comes again is an error, and the first is done", CHOICE)
def _(stage: Stage) -> None:
    request = stage.request("one")
    _, output = stage.enroll_by_job(stage.domain(), request, request)
    assert [error["ErrorCode"] for error in output["Errors"]] == [400]
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("a known fraudster is not enrolled", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="fraud"))
    assert output["Errors"][0] == {
        "RequestId": "r-one",
        "ErrorCode": 400,
        "ErrorMessage": "Fraud verification checks failed",
    }


@rule("a known fraudster is enrolled if the check is to be ignored", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    config = {"FraudDetectionConfig": {"FraudDetectionAction": "IGNORE"}}
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="fraud"), EnrollmentConfig=config)
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("enrollments are screened against the watchlist that is named", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    config = {"FraudDetectionConfig": {"WatchlistIds": [stage.watchlist(domain)]}}
    _, output = stage.enroll_by_job(domain, stage.request("one", voice="fraud"), EnrollmentConfig=config)
    assert len(output["SuccessfulEnrollments"]) == 1


@rule("a risk that is equal to the threshold is a risk", GUIDE)
def _(stage: Stage) -> None:
    _fails(stage, stage.request("one"), 400, "Fraud", FraudDetectionConfig={"RiskThreshold": 0})
