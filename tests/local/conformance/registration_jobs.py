"""Jobs that register fraudsters."""

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, rule
from tests.support.stage import Stage


@rule("a new fraudster is registered and the output says so", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _, output = stage.register_by_job(domain, stage.fraud("fraud"))
    (entry,) = output["SuccessfulRegistrations"]
    assert entry["RegistrationStatus"] == "NEW_REGISTRATION"
    assert set(entry) == {"RequestId", "GeneratedFraudsterId", "RegistrationStatus"}


@rule("a duplicate fraudster is skipped, with the one who is like it", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    _, output = stage.register_by_job(domain, stage.fraud("fraud"))
    assert output["SuccessfulRegistrations"] == [
        {
            "RequestId": "r-fraud",
            "GeneratedFraudsterId": fraudster,
            "RegistrationStatus": "DUPLICATE_SKIPPED",
            "FraudsterSimilarityScore": 100,
        }
    ]


@rule("duplicates are looked for in the whole domain", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.fraudster(domain, "fraud")
    config = {"WatchlistIds": [watchlist]}
    _, output = stage.register_by_job(domain, stage.fraud("fraud"), RegistrationConfig=config)
    assert output["SuccessfulRegistrations"][0]["RegistrationStatus"] == "DUPLICATE_SKIPPED"


@rule("a duplicate fraudster is registered as new if asked for", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.fraudster(domain, "fraud")
    config = {"DuplicateRegistrationAction": "REGISTER_AS_NEW"}
    stage.register_by_job(domain, stage.fraud("fraud"), RegistrationConfig=config)
    assert len(stage.call("ListFraudsters", DomainId=domain)["FraudsterSummaries"]) == 2


@rule("a registration needs 10 seconds of speech", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    _, output = stage.register_by_job(domain, stage.fraud("one", 9), stage.fraud("two", 10))
    assert [error["ErrorMessage"] for error in output["Errors"]] == ["Not enough speech for registration"]
    assert len(output["SuccessfulRegistrations"]) == 1
