"""Batches from recordings to results, for tests: their recordings, their start, and what was done."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.support.memory_s3 import MemoryS3
from voiceid_sdk import Domain, VoiceID, WaitPolicy
from voiceid_sdk.batch.manifests import EnrollmentManifest
from voiceid_sdk.local import LabelRecognizer, Recording, tone
from voiceid_sdk.runs import BatchEnrollment

ROLE = "arn:aws:iam::123456789012:role/voice-id"
BUCKET = "voices"
SPEAKERS: Final = ["ana", "ben", "cem"]
SPEECH = tone(31)
SOON = WaitPolicy(timeout=100, initial=1, maximum=1, jitter=0)


class QuickEars(LabelRecognizer):
    """Takes a recording's word for how much speech is on it, for tests of many."""

    def speech_seconds(self, recording: Recording) -> float:
        return 31.0 if len(recording.samples) > 2000 else 1.0


def make_domain(voiceid: VoiceID) -> Domain:
    return voiceid.create_domain(name="calls", kms_key_id="alias/voice-id")


def enroll(domain: Domain, s3: Any, manifest: EnrollmentManifest | Path, **options: Any) -> BatchEnrollment:
    """Enroll with a part of the bucket for each domain, and without showing anything."""
    usual = {
        "bucket": BUCKET,
        "prefix": domain.domain_id,
        "data_access_role_arn": ROLE,
        "progress": False,
        "policy": SOON,
    }
    return domain.enroll(manifest, s3=s3, **{**usual, **options})


def written(s3: MemoryS3, domain: Domain, folder: str) -> dict[str, bytes]:
    """Return what stands in one of a domain's folders."""
    prefix = f"{domain.domain_id}/{folder}/"
    return {
        key.removeprefix(prefix): content
        for key, (content, _) in s3.objects[BUCKET].items()
        if key.startswith(prefix)
    }


def what_jobs_did(s3: MemoryS3, domain: Domain) -> Counter[tuple[str, str]]:
    """Return how often each speaker was enrolled, and how, by all the output files."""
    outputs = map(json.loads, written(s3, domain, "results").values())
    return Counter(
        (done["CustomerSpeakerId"], done["EnrollmentStatus"])
        for output in outputs
        for done in output["SuccessfulEnrollments"]
    )
