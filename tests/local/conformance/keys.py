"""Changes of the KMS key of a domain."""

from tests.local.conformance.rules import CHOICE, HANDLER, MODEL, rule
from tests.local.conformance.valid_requests import in_domain
from tests.support.stage import KEY, OTHER_KEY, Stage, eventually


@rule("a domain whose key never changed says nothing of a change", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.change_key(domain, KEY)
    assert "ServerSideEncryptionUpdateDetails" not in stage.describe(domain)


@rule("a change of key goes on after UpdateDomain has answered", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    updated = stage.change_key(domain, OTHER_KEY)
    assert updated["ServerSideEncryptionConfiguration"]["KmsKeyId"] == OTHER_KEY
    assert updated["ServerSideEncryptionUpdateDetails"] == {"OldKmsKeyId": KEY, "UpdateStatus": "IN_PROGRESS"}


@rule("a change of key is completed in its time", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.change_key(domain, OTHER_KEY)
    eventually(stage, 2)
    assert stage.encryption_update(domain) == {"OldKmsKeyId": KEY, "UpdateStatus": "COMPLETED"}


@rule("no other key while a change of key is going on", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.change_key(domain, OTHER_KEY)
    members = in_domain("UpdateDomain", domain)
    error = stage.error("UpdateDomain", **members)
    assert (error.code, error.conflict_type) == (
        "ConflictException",
        "DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES",
    )


@rule("a new name is welcome while a change of key is going on", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.change_key(domain, OTHER_KEY)
    stage.change_key(domain, OTHER_KEY)
    assert stage.encryption_update(domain)["UpdateStatus"] == "IN_PROGRESS"


@rule("a change of key is tried again after 5 minutes", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(OTHER_KEY)
    stage.change_key(domain, OTHER_KEY)
    eventually(stage, 200)
    stage.service.enable_key(OTHER_KEY)
    assert stage.encryption_update(domain)["UpdateStatus"] == "IN_PROGRESS"
    eventually(stage, 102)
    assert stage.encryption_update(domain)["UpdateStatus"] == "COMPLETED"


@rule("a change of key fails when the third attempt, after 15 minutes, fails", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(OTHER_KEY)
    stage.change_key(domain, OTHER_KEY)
    eventually(stage, 901)
    assert stage.encryption_update(domain)["UpdateStatus"] == "IN_PROGRESS"
    eventually(stage, 1)
    failed = stage.encryption_update(domain)
    assert (failed["UpdateStatus"], failed["OldKmsKeyId"]) == ("FAILED", KEY)
    assert failed["Message"]


@rule("a change of key fails without the old key too", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.change_key(domain, OTHER_KEY)
    stage.service.disable_key(KEY)
    eventually(stage, 902)
    stage.service.enable_key(KEY)
    assert stage.encryption_update(domain)["UpdateStatus"] == "FAILED"


@rule("naming the key again tries a failed change again", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(OTHER_KEY)
    stage.change_key(domain, OTHER_KEY)
    eventually(stage, 902)
    stage.service.enable_key(OTHER_KEY)
    stage.change_key(domain, OTHER_KEY)
    eventually(stage, 2)
    assert stage.encryption_update(domain) == {"OldKmsKeyId": KEY, "UpdateStatus": "COMPLETED"}


@rule("the old key is needed until a change is complete, and not after", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.change_key(domain, OTHER_KEY)
    stage.service.disable_key(KEY)
    assert stage.error("ListSpeakers", DomainId=domain).code == "AccessDeniedException"
    stage.service.enable_key(KEY)
    eventually(stage, 2)
    stage.service.disable_key(KEY)
    assert stage.call("ListSpeakers", DomainId=domain) == {"SpeakerSummaries": []}
