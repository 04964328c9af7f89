"""Voice ID code at work, on Local Voice ID in this process: run it with `make demo`."""

import textwrap

from voiceid_sdk import Domain, VoiceID, WaitPolicy, errors
from voiceid_sdk.enums import SpeakerStatus
from voiceid_sdk.local import LocalVoiceID

# The default policies suit work of many minutes; here it takes a second or two.
SOON = WaitPolicy(timeout=30, initial=0.4, multiplier=1, jitter=0)


def main() -> None:
    """Show the life of a domain, from its making to the list of its speakers."""
    print("Voice ID, played by Local Voice ID in this process. No call leaves this machine.")
    with LocalVoiceID() as service, service.client() as voiceid:
        domain = make_a_domain(voiceid)
        enroll_a_caller(service, domain)
        judge_calls(service, domain)
        let_a_caller_opt_out(service, domain)
        show_an_error(domain)
        show_the_speakers(domain)


def make_a_domain(voiceid: VoiceID) -> Domain:
    """Make the domain that everything else happens in."""
    step("A domain is made")
    domain = voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id", tags={"team": "support"})
    show("domain", domain.domain_id)
    show("status", domain.wait_until_active().domain_status)
    show("tags", ", ".join(f"{key}={value}" for key, value in domain.tags().items()))
    return domain


def enroll_a_caller(service: LocalVoiceID, domain: Domain) -> None:
    """Enroll a caller in a call; `start_call` does what Amazon Connect does when a call comes in."""
    step("A caller is enrolled in a call")
    call = service.start_call(domain.domain_id, "contact-1", speaker_id="ana")
    call.enroll()
    for seconds in (15, 20):
        call.speak("Ana's voice", seconds=seconds)
        show(f"after {call.seconds_heard:.0f} s", f"enrollment {call.enrollment_status}")
    speaker = domain.speaker("ana").wait_until(SpeakerStatus.ENROLLED, SOON)
    show("ana", speaker.status)


def judge_calls(service: LocalVoiceID, domain: Domain) -> None:
    """Let two people claim to be the same caller."""
    step("Two calls claim to come from ana")
    for contact_id, voice in (("contact-2", "Ana's voice"), ("contact-3", "Mallory's voice")):
        call = service.start_call(domain.domain_id, contact_id, speaker_id="ana")
        call.speak(voice, seconds=12)
        show(voice, verdict(domain, contact_id))


def let_a_caller_opt_out(service: LocalVoiceID, domain: Domain) -> None:
    """Opt a caller out, so that later calls are not judged any more."""
    step("A caller opts out")
    show("ben", domain.speaker("ben").opt_out().status)
    call = service.start_call(domain.domain_id, "contact-4", speaker_id="ben")
    call.speak("Ben's voice", seconds=12)
    show("ben's next call", verdict(domain, "contact-4"))


def verdict(domain: Domain, contact_id: str) -> str:
    """Wait for the decision on a call and put it in words; only a voice that was judged has a score."""
    result = domain.session(contact_id).wait_for_decision(SOON).authentication_result
    if result is None:
        return "authentication is off"
    return f"{result.decision}" if result.score is None else f"{result.decision}, score {result.score}"


def show_an_error(domain: Domain) -> None:
    """Ask for someone who is not there."""
    step("An error is caught")
    try:
        domain.speaker("zoe").describe()
    except errors.ResourceNotFoundError as error:
        show("kind", type(error).__name__)
        show("what is missing", error.resource_type)
        print(textwrap.indent(textwrap.fill(str(error), 76), "  "))


def show_the_speakers(domain: Domain) -> None:
    """List the speakers. The ids are printed because we ask for them: no `repr` shows them."""
    print(f"\n{'Speaker':10} {'Status':10} Last used (UTC)")
    print(f"{'-' * 10} {'-' * 10} {'-' * 19}")
    for speaker in domain.speakers():
        used = f"{speaker.last_accessed_at:%Y-%m-%d %H:%M:%S}" if speaker.last_accessed_at else "never"
        print(f"{speaker.customer_speaker_id or '-':10} {speaker.status or '-':10} {used}")


def step(title: str) -> None:
    """Print the heading of a step."""
    print(f"\n{title}")


def show(name: str, value: object) -> None:
    """Print one finding of a step."""
    print(f"  {name:21}  {value}")


if __name__ == "__main__":
    main()
