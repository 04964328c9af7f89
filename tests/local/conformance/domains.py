"""Domains: creation, changes, deletion."""

from tests.local.conformance.rules import CHOICE, GUIDE, HANDLER, MODEL, OBSERVED, refused_call, rule
from tests.local.conformance.valid_requests import VALID, in_domain
from tests.support.stage import DAY, KEY, OTHER_KEY, Stage, eventually
from voiceid_sdk.local import Timing


@rule("a new domain is active at once", HANDLER)
def _(stage: Stage) -> None:
    assert stage.describe(stage.domain())["DomainStatus"] == "ACTIVE"


@rule(
    "a domain that takes time to activate is PENDING until then", CHOICE, timing=Timing(domain_activation=60)
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    assert stage.describe(domain)["DomainStatus"] == "PENDING"
    assert stage.error("CreateWatchlist", DomainId=domain, Name="n").conflict_type == "DOMAIN_NOT_ACTIVE"
    eventually(stage, 60)
    assert stage.describe(domain)["DomainStatus"] == "ACTIVE"


@rule("a PENDING domain can be deleted, and stays so", CHOICE, timing=Timing(domain_activation=60))
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 60)
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"


@rule("a domain's ARN has region, account and id", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    assert stage.describe(domain)["Arn"] == f"arn:aws:voiceid:us-east-1:123456789012:domain/{domain}"


@rule("CreateDomain creates the default watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    (watchlist,) = stage.call("ListWatchlists", DomainId=domain)["WatchlistSummaries"]
    assert watchlist["DefaultWatchlist"] is True
    assert watchlist["WatchlistId"] == stage.default_watchlist(domain)


@rule("the default watchlist has a name and a description", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "WatchlistId": stage.default_watchlist(domain)}
    watchlist = stage.call("DescribeWatchlist", **members)["Watchlist"]
    assert watchlist["Name"]
    assert watchlist["Description"]


@rule("a key alias is answered with a key's ARN", GUIDE)
def _(stage: Stage) -> None:
    key = stage.describe(stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": "alias/voice"}))
    assert key["ServerSideEncryptionConfiguration"]["KmsKeyId"].startswith(
        "arn:aws:kms:us-east-1:123456789012:key/"
    )


@rule("the same alias is the same key", CHOICE)
def _(stage: Stage) -> None:
    keys = [
        stage.describe(stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": name}))
        for name in ("alias/voice", "arn:aws:kms:us-east-1:123456789012:alias/voice")
    ]
    assert keys[0]["ServerSideEncryptionConfiguration"] == keys[1]["ServerSideEncryptionConfiguration"]


@rule("a key id is answered with the key's ARN", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": KEY.rpartition("/")[2]})
    assert stage.describe(domain)["ServerSideEncryptionConfiguration"]["KmsKeyId"] == KEY


@rule("what is no key id, ARN or alias is refused", CHOICE)
def _(stage: Stage) -> None:
    content = {"Name": "n", "ServerSideEncryptionConfiguration": {"KmsKeyId": "not a key"}}
    assert stage.error("CreateDomain", **content).code == "ValidationException"


@rule("CreateDomain needs a key that can be used", GUIDE)
def _(stage: Stage) -> None:
    stage.service.disable_key(KEY)
    assert stage.error("CreateDomain", **VALID["CreateDomain"]).code == "AccessDeniedException"


@rule("CreateDomain needs the account's consent", CHOICE, compliance_consent=False)
def _(stage: Stage) -> None:
    error = stage.error("CreateDomain", **VALID["CreateDomain"])
    assert (error.code, error.resource_type) == ("ResourceNotFoundException", "COMPLIANCE_CONSENT")


@rule("an account that registers its consent can create domains", GUIDE, compliance_consent=False)
def _(stage: Stage) -> None:
    stage.service.register_compliance_consent()
    assert stage.describe(stage.domain())["DomainStatus"] == "ACTIVE"


@rule("every request is denied after the end of the service", OBSERVED)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.faults.end_of_service()
    for operation in VALID:
        error = stage.error(operation, **in_domain(operation, domain))
        assert error.code == "AccessDeniedException"
        assert error.message == "New customer access is no longer available"
    stage.service.faults.clear()
    assert stage.describe(domain)["DomainStatus"] == "ACTIVE"


@rule("two domains may have one name", CHOICE)
def _(stage: Stage) -> None:
    assert stage.domain(Name="same") != stage.domain(Name="same")


@rule("a description that was not given is absent", MODEL)
def _(stage: Stage) -> None:
    assert "Description" not in stage.describe(stage.domain())


@rule("CreateDomain and DescribeDomain give the same domain", MODEL)
def _(stage: Stage) -> None:
    created = stage.call("CreateDomain", **VALID["CreateDomain"])["Domain"]
    assert stage.describe(created["DomainId"]) == created


@rule("ListDomains gives whole domains", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Description="all of it")
    assert stage.call("ListDomains")["DomainSummaries"] == [stage.describe(domain)]


@rule("UpdateDomain removes a description that is left out", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Description="gone soon")
    stage.call(
        "UpdateDomain", DomainId=domain, Name="new", ServerSideEncryptionConfiguration={"KmsKeyId": KEY}
    )
    described = stage.describe(domain)
    assert described["Name"] == "new"
    assert "Description" not in described


@rule("UpdateDomain replaces the name and the description", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Name="first", Description="d")
    changes = {**in_domain("UpdateDomain", domain), "Name": "second", "Description": "e"}
    stage.call("UpdateDomain", **changes)
    described = stage.describe(domain)
    assert (described["Name"], described["Description"]) == ("second", "e")


@rule("UpdateDomain moves UpdatedAt and not CreatedAt", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    before = stage.describe(domain)
    eventually(stage, 7)
    stage.call("UpdateDomain", **in_domain("UpdateDomain", domain))
    after = stage.describe(domain)
    assert after["CreatedAt"] == before["CreatedAt"]
    assert after["UpdatedAt"] == before["UpdatedAt"] + 7


@rule("DeleteDomain suspends the domain, and it can still be described", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    assert stage.call("DeleteDomain", DomainId=domain) == {}
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"


@rule("ListDomains lists suspended domains", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("DeleteDomain", DomainId=domain)
    assert [one["DomainId"] for one in stage.call("ListDomains")["DomainSummaries"]] == [domain]


@rule("a suspended domain is erased after 30 days", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="s")
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 30 * DAY - 1)
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"
    eventually(stage, 1)
    assert stage.error("DescribeDomain", DomainId=domain).resource_type == "DOMAIN"
    assert stage.call("ListDomains")["DomainSummaries"] == []


@rule("a domain is restored with all its data within 30 days", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="s")
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 30 * DAY - 1)
    stage.service.restore_domain(domain)
    eventually(stage, DAY)
    assert stage.describe(domain)["DomainStatus"] == "ACTIVE"
    assert stage.speaker(domain, "s")["Status"] == "OPTED_OUT"


@rule("a change of key goes on when its domain is restored", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.change_key(domain, OTHER_KEY)
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, DAY)
    stage.service.restore_domain(domain)
    eventually(stage, 2)
    assert stage.encryption_update(domain)["UpdateStatus"] == "COMPLETED"


@rule("only a suspended domain that is not erased can be restored", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    with refused_call("ValidationException", says="not suspended"):
        stage.service.restore_domain(domain)
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 30 * DAY)
    with refused_call("ResourceNotFoundException", resource_type="DOMAIN"):
        stage.service.restore_domain(domain)


@rule("deleting a suspended domain again changes nothing", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("DeleteDomain", DomainId=domain)
    eventually(stage, 10 * DAY)
    assert stage.call("DeleteDomain", DomainId=domain) == {}
    eventually(stage, 20 * DAY)
    assert stage.error("DescribeDomain", DomainId=domain).resource_type == "DOMAIN"
