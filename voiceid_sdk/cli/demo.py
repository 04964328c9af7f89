"""A tour of the SDK on Local Voice ID in this process: run it with `voiceid demo`."""

import textwrap

from voiceid_sdk import Domain, VoiceID, WaitPolicy, errors
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.local import LocalVoiceID

# The default policies are for work of many minutes; here it takes a second or two.
SOON = WaitPolicy(timeout=30, initial=0.4, multiplier=1, jitter=0)


def main() -> None:
    """Create a domain, enroll callers, evaluate calls, and list the speakers."""
    print("Local Voice ID runs in this process. No request leaves this machine.")
    with LocalVoiceID() as service, service.client() as voiceid:
        domain = create_domain(voiceid)
        enroll_caller(service, domain)
        evaluate_calls(service, domain)
        opt_caller_out(service, domain)
        show_error(domain)
        list_speakers(domain)


def create_domain(voiceid: VoiceID) -> Domain:
    """Create the domain for all other steps."""
    step("Create a domain")
    domain = voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id", tags={"team": "support"})
    show("domain", domain.domain_id)
    show("status", domain.wait_until_active().domain_status)
    show("tags", ", ".join(f"{key}={value}" for key, value in domain.tags().items()))
    return domain


def enroll_caller(service: LocalVoiceID, domain: Domain) -> None:
    """Enroll a caller during a call; `start_call` takes the place of Amazon Connect."""
    step("Enroll a caller during a call")
    call = service.start_call(domain.domain_id, "contact-1", speaker_id="ana")
    call.enroll()
    for seconds in (15, 20):
        call.speak("Ana's voice", seconds=seconds)
        show(f"after {call.seconds_heard:.0f} s", f"enrollment {call.enrollment_status}")
    speaker = domain.speaker("ana").wait_until(SpeakerStatus.ENROLLED, SOON)
    show("ana", speaker.status)


def evaluate_calls(service: LocalVoiceID, domain: Domain) -> None:
    """Evaluate two calls with the same speaker id and different voices."""
    step("Evaluate two calls with the speaker id ana")
    for contact_id, voice in (("contact-2", "Ana's voice"), ("contact-3", "Mallory's voice")):
        call = service.start_call(domain.domain_id, contact_id, speaker_id="ana")
        call.speak(voice, seconds=12)
        show(voice, verdict(domain, contact_id))


def opt_caller_out(service: LocalVoiceID, domain: Domain) -> None:
    """Opt a caller out, so that the service no longer authenticates their calls."""
    step("Opt a caller out")
    show("ben", domain.speaker("ben").opt_out().status)
    call = service.start_call(domain.domain_id, "contact-4", speaker_id="ben")
    call.speak("Ben's voice", seconds=12)
    show("ben's next call", verdict(domain, "contact-4"))


def verdict(domain: Domain, contact_id: str) -> str:
    """Wait for the decision on a call, and describe it; some decisions have no score."""
    result = domain.session(contact_id).wait_for_decision(SOON).authentication_result
    if result is None:
        return "authentication is off"
    return f"{result.decision}" if result.score is None else f"{result.decision}, score {result.score}"


def show_error(domain: Domain) -> None:
    """Describe a speaker that does not exist."""
    step("Catch an error")
    try:
        domain.speaker("zoe").describe()
    except errors.ResourceNotFoundError as error:
        show("class", type(error).__name__)
        show("resource type", error.resource_type)
        print(textwrap.indent(textwrap.fill(str(error), 76), "  "))


def list_speakers(domain: Domain) -> None:
    """List the speakers; their ids are only printed because the code reads the attribute."""
    print(f"\n{'Speaker':10} {'Status':10} Last used (UTC)")
    print(f"{'-' * 10} {'-' * 10} {'-' * 19}")
    for speaker in domain.speakers():
        used = f"{speaker.last_accessed_at:%Y-%m-%d %H:%M:%S}" if speaker.last_accessed_at else "never"
        print(f"{speaker.customer_speaker_id or '-':10} {speaker.status or '-':10} {used}")


def step(title: str) -> None:
    """Print the heading of a step."""
    print(f"\n{title}")


def show(name: str, value: object) -> None:
    """Print one result of a step."""
    print(f"  {name:21}  {value}")


if __name__ == "__main__":
    main()
