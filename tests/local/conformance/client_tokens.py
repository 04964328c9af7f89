"""Client tokens, which make a repeated request safe."""

from tests.local.conformance.rules import CHOICE, MODEL, rule
from tests.local.conformance.valid_requests import VALID
from tests.support.stage import DAY, KEY, Stage, eventually


@rule("the same request with the same token is done once", MODEL)
def _(stage: Stage) -> None:
    assert stage.domain(ClientToken="t") == stage.domain(ClientToken="t")
    assert len(stage.call("ListDomains")["DomainSummaries"]) == 1


@rule("another request with the same token is refused", CHOICE)
def _(stage: Stage) -> None:
    stage.domain(ClientToken="t")
    content = {**VALID["CreateDomain"], "Name": "other", "ClientToken": "t"}
    assert stage.error("CreateDomain", **content).code == "ValidationException"


@rule("the first answer is given again, whatever happened since", CHOICE)
def _(stage: Stage) -> None:
    content = {**VALID["CreateDomain"], "ClientToken": "t"}
    first = stage.call("CreateDomain", **content)
    stage.call("DeleteDomain", DomainId=first["Domain"]["DomainId"])
    assert stage.call("CreateDomain", **content) == first


@rule("a token belongs to its operation and domain", CHOICE)
def _(stage: Stage) -> None:
    domains = stage.domain(ClientToken="t"), stage.domain()
    assert len({stage.watchlist(domain, ClientToken="t") for domain in domains}) == 2


@rule("tokens tell upper from lower case", MODEL)
def _(stage: Stage) -> None:
    assert stage.domain(ClientToken="token") != stage.domain(ClientToken="TOKEN")


@rule("a token is forgotten after 24 hours", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain(ClientToken="t")
    eventually(stage, DAY)
    assert stage.domain(ClientToken="t") != domain


@rule("a refused request does not use up its token", CHOICE)
def _(stage: Stage) -> None:
    stage.service.disable_key(KEY)
    content = {**VALID["CreateDomain"], "ClientToken": "t"}
    stage.error("CreateDomain", **content)
    stage.service.enable_key(KEY)
    assert stage.call("CreateDomain", **content)["Domain"]["DomainStatus"] == "ACTIVE"


@rule("a job is started once for a token", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain()
    started = [stage.start_enrollments(domain, ClientToken="t") for _ in range(2)]
    assert started[0] == started[1]
