"""Domains that do not exist, are suspended, or have lost their key."""

from typing import Final

from tests.local.conformance.rules import GUIDE, MODEL, Check, family, rule
from tests.local.conformance.valid_requests import VALID, in_domain
from tests.support.stage import KEY, OTHER_KEY, Stage, eventually

_IN_A_DOMAIN: Final = tuple(sorted(set(VALID) - {"CreateDomain", "ListDomains"}))
_ON_ACTIVE: Final = tuple(
    operation for operation in _IN_A_DOMAIN if operation not in {"DeleteDomain", "DescribeDomain"}
)
_WITH_KEY: Final = tuple(operation for operation in _IN_A_DOMAIN if operation != "UpdateDomain")


def _no_domain(operation: str) -> Check:
    def check(stage: Stage) -> None:
        error = stage.error(operation, **VALID[operation])
        assert (error.code, error.resource_type) == ("ResourceNotFoundException", "DOMAIN")

    return check


def _suspended(operation: str) -> Check:
    def check(stage: Stage) -> None:
        domain = stage.domain()
        stage.call("DeleteDomain", DomainId=domain)
        error = stage.error(operation, **in_domain(operation, domain))
        assert (error.code, error.conflict_type) == ("ConflictException", "DOMAIN_NOT_ACTIVE")
        assert error.message == "The domain is not active."

    return check


def _without_key(operation: str) -> Check:
    def check(stage: Stage) -> None:
        domain = stage.domain()
        stage.service.disable_key(KEY)
        assert stage.error(operation, **in_domain(operation, domain)).code == "AccessDeniedException"

    return check


family(
    {f"{operation} needs a domain that exists": _no_domain(operation) for operation in _IN_A_DOMAIN}, MODEL
)
family({f"{operation} needs an active domain": _suspended(operation) for operation in _ON_ACTIVE}, GUIDE)
family({f"{operation} needs the domain's key": _without_key(operation) for operation in _WITH_KEY}, GUIDE)


@rule("ListDomains needs the keys of the domains on the page", GUIDE)
def _(stage: Stage) -> None:
    stage.domain(ServerSideEncryptionConfiguration={"KmsKeyId": OTHER_KEY})
    assert len(stage.call("ListDomains")["DomainSummaries"]) == 1
    stage.domain()
    stage.service.disable_key(KEY)
    assert stage.call("ListDomains", MaxResults=1)["DomainSummaries"]
    assert stage.error("ListDomains").code == "AccessDeniedException"


@rule("UpdateDomain gives a domain whose key came back another key", GUIDE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    stage.service.disable_key(KEY)
    assert stage.change_key(domain, OTHER_KEY)["Name"] == "n"
    assert stage.error("DescribeDomain", DomainId=domain).code == "AccessDeniedException"
    stage.service.enable_key(KEY)
    eventually(stage, 302)
    stage.service.disable_key(KEY)
    assert stage.describe(domain)["ServerSideEncryptionConfiguration"]["KmsKeyId"] == OTHER_KEY
