"""Enrollment on a call."""

from typing import TYPE_CHECKING

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, REFERENCE, refused_call, rule
from tests.support.stage import NO_GENERATED_ID, Stage

if TYPE_CHECKING:
    from collections.abc import Callable


@rule("a caller is enrolled after 30 seconds of speech", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.enroll()
    call.speak("one", seconds=29)
    assert call.enrollment_status == "NOT_ENOUGH_SPEECH"
    assert stage.speaker(domain, "one")["Status"] == "PENDING"
    call.speak("one", seconds=1)
    assert call.enrollment_status == "COMPLETED"
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"


@rule("speech from before the request counts for an enrollment", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.speak("one", seconds=30)
    call.enroll()
    assert call.enrollment_status == "COMPLETED"


@rule("a second stream can bring the speech that an enrollment lacks", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.enroll()
    call.speak("one", seconds=10)
    call.end()
    call.restart_stream()
    call.speak("one", seconds=30)
    assert stage.speaker(domain, "one")["Status"] == "ENROLLED"


@rule("an enrollment on a call replaces an earlier one", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.enroll(domain, "one", voice="old")
    call = stage.call_in(domain, "second", "one")
    call.enroll()
    call.speak("new", seconds=30)
    stage.call_in(domain, speaker="one").speak("new", seconds=10)
    assert stage.decision(domain) == "ACCEPT"


@rule("an enrollment needs a speaker", REFERENCE)
def _(stage: Stage) -> None:
    with refused_call("ConflictException", conflict_type="SPEAKER_NOT_SET"):
        stage.call_in(stage.domain()).enroll()


@rule("who opted out cannot be enrolled", REFERENCE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    with refused_call("ConflictException", conflict_type="SPEAKER_OPTED_OUT"):
        stage.call_in(domain, speaker="one").enroll()


@rule("a session has one enrollment", REFERENCE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain(), speaker="one")
    call.enroll()
    with refused_call("ConflictException", conflict_type="ENROLLMENT_ALREADY_EXISTS"):
        call.enroll()


@rule("the speaker stays once an enrollment is requested", REFERENCE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain(), speaker="one")
    call.enroll()
    with refused_call("ConflictException", conflict_type="CANNOT_CHANGE_SPEAKER_AFTER_ENROLLMENT"):
        call.update(speaker_id="two")
    call.update(speaker_id="one")


@rule("an enrollment fails when the speaker opts out meanwhile", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    call = stage.call_in(domain, speaker="one")
    call.enroll()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="one")
    call.speak("one", seconds=30)
    assert call.enrollment_status == "FAILED"
    assert stage.speaker(domain, "one")["Status"] == "OPTED_OUT"


@rule("an unknown generated id names no caller", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    with refused_call("ResourceNotFoundException", resource_type="SPEAKER"):
        stage.call_in(domain, speaker=NO_GENERATED_ID)
    call = stage.call_in(domain)
    with refused_call("ResourceNotFoundException", resource_type="SPEAKER"):
        call.update(speaker_id=NO_GENERATED_ID)


@rule("no one is heard after hanging up", GUIDE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain())
    call.end()
    too_late: tuple[Callable[[], None], ...] = (lambda: call.speak("one", seconds=1), call.end)
    for late in too_late:
        with refused_call("ValidationException", says="Call Is Not Connected"):
            late()


@rule("speech after the end of the stream is not listened to", CHOICE)
def _(stage: Stage) -> None:
    call = stage.call_in(stage.domain())
    call.speak("one", seconds=30)
    call.speak("one", seconds=30)
    assert call.seconds_heard == 30
