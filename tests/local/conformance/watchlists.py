"""Watchlists and fraudsters."""

from tests.local.conformance.rules import CHOICE, GUIDE, MODEL, rule
from tests.support.stage import DAY, NO_GENERATED_ID, NO_ID, Stage, eventually


@rule("CreateWatchlist and DescribeWatchlist give the same watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    created = stage.call("CreateWatchlist", DomainId=domain, Name="n", Description="d")["Watchlist"]
    described = stage.call("DescribeWatchlist", DomainId=domain, WatchlistId=created["WatchlistId"])
    assert described["Watchlist"] == created
    assert (created["Name"], created["Description"]) == ("n", "d")
    assert created["DefaultWatchlist"] is False


@rule("UpdateWatchlist keeps what is left out", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain, Name="first", Description="d")
    stage.call("UpdateWatchlist", DomainId=domain, WatchlistId=watchlist, Name="second")
    updated = stage.call("UpdateWatchlist", DomainId=domain, WatchlistId=watchlist, Description="e")[
        "Watchlist"
    ]
    assert (updated["Name"], updated["Description"]) == ("second", "e")


@rule("UpdateWatchlist moves UpdatedAt and not CreatedAt", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    created = stage.call("CreateWatchlist", DomainId=domain, Name="n")["Watchlist"]
    eventually(stage, 7)
    members = {"DomainId": domain, "WatchlistId": created["WatchlistId"], "Name": "m"}
    updated = stage.call("UpdateWatchlist", **members)["Watchlist"]
    assert updated["CreatedAt"] == created["CreatedAt"]
    assert updated["UpdatedAt"] == created["UpdatedAt"] + 7


@rule("ListWatchlists gives the watchlists page by page", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    ids = {stage.default_watchlist(domain), stage.watchlist(domain)}
    first = stage.call("ListWatchlists", DomainId=domain, MaxResults=1)
    last = stage.call("ListWatchlists", DomainId=domain, NextToken=first["NextToken"])
    assert {one["WatchlistId"] for page in (first, last) for one in page["WatchlistSummaries"]} == ids
    assert "NextToken" not in last


@rule("the default watchlist cannot be changed or deleted", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.default_watchlist(domain)
    for operation in ("UpdateWatchlist", "DeleteWatchlist"):
        assert stage.error(operation, DomainId=domain, WatchlistId=watchlist).code == "ValidationException"


@rule("watchlist operations need a watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation in ("DescribeWatchlist", "UpdateWatchlist", "DeleteWatchlist", "ListFraudsters"):
        assert stage.error(operation, DomainId=domain, WatchlistId=NO_ID).resource_type == "WATCHLIST"


@rule("an empty watchlist can be deleted", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    assert stage.call("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist) == {}
    assert len(stage.call("ListWatchlists", DomainId=domain)["WatchlistSummaries"]) == 1


@rule("a watchlist with fraudsters cannot be deleted", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.fraudster(domain, "fraud", RegistrationConfig={"WatchlistIds": [watchlist]})
    error = stage.error("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist)
    assert (error.code, error.conflict_type) == ("ConflictException", "CANNOT_DELETE_NON_EMPTY_WATCHLIST")


@rule("a watchlist that a running job fills cannot be deleted", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    stage.start_registrations(domain, RegistrationConfig={"WatchlistIds": [watchlist]})
    error = stage.error("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist)
    assert (error.code, error.conflict_type) == ("ConflictException", "CONCURRENT_CHANGES")
    eventually(stage, DAY)
    assert stage.call("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist) == {}


@rule("a fraudster is registered on the default watchlist unless told otherwise", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster = stage.fraudster(domain, "fraud")
    described = stage.call("DescribeFraudster", DomainId=domain, FraudsterId=fraudster)["Fraudster"]
    assert described["WatchlistIds"] == [stage.default_watchlist(domain)]


@rule("a fraudster is described with the time of the registration", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    before = stage.describe(domain)["CreatedAt"]
    fraudster = stage.fraudster(domain, "fraud")
    described = stage.call("DescribeFraudster", DomainId=domain, FraudsterId=fraudster)["Fraudster"]
    assert described["CreatedAt"] >= before


@rule("a fraudster can be on several watchlists", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    fraudster, watchlist = stage.fraudster(domain, "fraud"), stage.watchlist(domain)
    members = {"DomainId": domain, "WatchlistId": watchlist, "FraudsterId": fraudster}
    response = stage.call("AssociateFraudster", **members)["Fraudster"]
    assert response["WatchlistIds"] == [stage.default_watchlist(domain), watchlist]


@rule("associating a fraudster twice changes nothing more", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    members["WatchlistId"] = stage.watchlist(domain)
    assert stage.call("AssociateFraudster", **members) == stage.call("AssociateFraudster", **members)


@rule("a fraudster leaves a watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    watchlist = stage.watchlist(domain)
    stage.call("AssociateFraudster", **members, WatchlistId=watchlist)
    default = stage.default_watchlist(domain)
    left = stage.call("DisassociateFraudster", **members, WatchlistId=default)["Fraudster"]
    assert left["WatchlistIds"] == [watchlist]


@rule("a fraudster cannot leave the last watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    error = stage.error("DisassociateFraudster", **members, WatchlistId=stage.default_watchlist(domain))
    assert error.code == "ConflictException"
    assert error.conflict_type == "FRAUDSTER_MUST_BELONG_TO_AT_LEAST_ONE_WATCHLIST"


@rule("a fraudster who is not on the watchlist is not found there", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    error = stage.error("DisassociateFraudster", **members, WatchlistId=stage.watchlist(domain))
    assert error.resource_type == "FRAUDSTER"


@rule("fraudster operations need a fraudster", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": NO_GENERATED_ID}
    on_list = {**members, "WatchlistId": stage.default_watchlist(domain)}
    for operation, sent in (
        ("DescribeFraudster", members),
        ("DeleteFraudster", members),
        ("AssociateFraudster", on_list),
        ("DisassociateFraudster", on_list),
    ):
        assert stage.error(operation, **sent).resource_type == "FRAUDSTER"


@rule("associating needs a watchlist of the domain", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    members = {"DomainId": domain, "FraudsterId": stage.fraudster(domain, "fraud")}
    members["WatchlistId"] = stage.watchlist(stage.domain())
    assert stage.error("AssociateFraudster", **members).resource_type == "WATCHLIST"


@rule("a deleted fraudster is off all watchlists", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    fraudster = stage.fraudster(domain, "fraud", RegistrationConfig={"WatchlistIds": [watchlist]})
    assert stage.call("DeleteFraudster", DomainId=domain, FraudsterId=fraudster) == {}
    assert stage.call("ListFraudsters", DomainId=domain)["FraudsterSummaries"] == []
    assert stage.call("DeleteWatchlist", DomainId=domain, WatchlistId=watchlist) == {}


@rule("ListFraudsters lists the domain, or one watchlist", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    watchlist = stage.watchlist(domain)
    first = stage.fraudster(domain, "first")
    second = stage.fraudster(domain, "second", RegistrationConfig={"WatchlistIds": [watchlist]})
    everyone = stage.call("ListFraudsters", DomainId=domain)["FraudsterSummaries"]
    assert [one["GeneratedFraudsterId"] for one in everyone] == [first, second]
    listed = stage.pages("ListFraudsters", "FraudsterSummaries", DomainId=domain, WatchlistId=watchlist)
    assert [one["GeneratedFraudsterId"] for one in listed[0]] == [second]
