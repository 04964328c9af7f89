"""Quotas and request rates, when they are on."""

from tests.local.conformance.rules import CHOICE, QUOTAS, rule
from tests.local.conformance.valid_requests import VALID
from tests.support.stage import Stage, eventually
from voiceid_sdk.local import Quotas


@rule("an account has at most 3 domains", QUOTAS, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    domains = [stage.domain() for _ in range(3)]
    assert stage.error("CreateDomain", **VALID["CreateDomain"]).code == "ServiceQuotaExceededException"
    stage.call("DeleteDomain", DomainId=domains[0])
    assert stage.domain()


@rule("a domain has at most 3 watchlists, the default one among them", QUOTAS, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    domain = stage.domain()
    for _ in range(2):
        stage.watchlist(domain)
    error = stage.error("CreateWatchlist", DomainId=domain, Name="n")
    assert error.code == "ServiceQuotaExceededException"


@rule("a domain has at most its quota of speakers", QUOTAS, quotas=Quotas(speakers=2, rates={}))
def _(stage: Stage) -> None:
    domain = stage.domain_with_speakers(2)
    error = stage.error("OptOutSpeaker", DomainId=domain, SpeakerId="third")
    assert error.code == "ServiceQuotaExceededException"
    assert stage.call("OptOutSpeaker", DomainId=domain, SpeakerId="s0")


@rule(
    "a watchlist has at most its quota of fraudsters",
    QUOTAS,
    quotas=Quotas(fraudsters_per_watchlist=1, rates={}),
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    members = {"DomainId": domain, "WatchlistId": watchlist}
    first = stage.fraudster(domain, "first")
    stage.call("AssociateFraudster", **members, FraudsterId=first)
    other = stage.domain()
    second = stage.fraudster(other, "second")
    assert stage.error("AssociateFraudster", **members, FraudsterId=second).resource_type == "FRAUDSTER"
    _, output = stage.register_by_job(
        domain, stage.fraud("third"), RegistrationConfig={"WatchlistIds": [watchlist]}
    )
    assert output["Errors"] == [
        {"RequestId": "r-third", "ErrorCode": 402, "ErrorMessage": "Fraudster limit exceeded"}
    ]


@rule(
    "associating with a full watchlist is refused",
    QUOTAS,
    quotas=Quotas(fraudsters_per_watchlist=1, rates={}),
)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.fraudster(domain, "first", RegistrationConfig={"WatchlistIds": [watchlist]})
    second = stage.fraudster(domain, "second")
    error = stage.error("AssociateFraudster", DomainId=domain, WatchlistId=watchlist, FraudsterId=second)
    assert error.code == "ServiceQuotaExceededException"


@rule("an operation has its rate, and a second's worth of requests at once", QUOTAS, quotas=Quotas())
def _(stage: Stage) -> None:
    domain = stage.domain()
    for _ in range(5):
        stage.call("ListSpeakers", DomainId=domain)
    assert stage.error("ListSpeakers", DomainId=domain).code == "ThrottlingException"
    eventually(stage, 0.2)
    assert stage.call("ListSpeakers", DomainId=domain)
    assert stage.error("ListSpeakers", DomainId=domain).code == "ThrottlingException"


@rule("requests that were not made are not saved up beyond a second's worth", CHOICE, quotas=Quotas())
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.call("ListSpeakers", DomainId=domain)
    eventually(stage, 3600)
    for _ in range(5):
        stage.call("ListSpeakers", DomainId=domain)
    assert stage.error("ListSpeakers", DomainId=domain).code == "ThrottlingException"


@rule("each operation has a rate of its own", CHOICE, quotas=Quotas())
def _(stage: Stage) -> None:
    for _ in range(2):
        stage.call("ListDomains")
    assert stage.error("ListDomains").code == "ThrottlingException"
    assert stage.domain()


@rule("watchlist operations have no rate", CHOICE, quotas=Quotas())
def _(stage: Stage) -> None:
    domain = stage.domain()
    for _ in range(50):
        stage.call("ListWatchlists", DomainId=domain)


@rule("nothing is limited unless quotas are on", CHOICE)
def _(stage: Stage) -> None:
    for _ in range(4):
        stage.domain()
