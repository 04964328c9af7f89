"""Tags of domains."""

from typing import Final

from tests.local.conformance.rules import CHOICE, GUIDE, HANDLER, MODEL, rule
from tests.local.conformance.valid_requests import VALID
from tests.support.stage import KEY, OTHER_KEY, TAG, Stage, eventually
from voiceid_sdk.local import Quotas


def _tags(stage: Stage, domain: str) -> dict[str, str]:
    kept = stage.call("ListTagsForResource", ResourceArn=stage.describe(domain)["Arn"])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in kept}


@rule("CreateDomain keeps tags", MODEL)
def _(stage: Stage) -> None:
    assert _tags(stage, stage.domain(Tags=[{"Key": "team", "Value": "a"}])) == {"team": "a"}


@rule("TagResource adds tags and replaces values", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": "team", "Value": "a"}, {"Key": "kept", "Value": ""}])
    arn = stage.describe(domain)["Arn"]
    tags = [{"Key": "team", "Value": "b"}, {"Key": "new", "Value": "c"}]
    assert stage.call("TagResource", ResourceArn=arn, Tags=tags) == {}
    assert _tags(stage, domain) == {"team": "b", "kept": "", "new": "c"}


@rule("UntagResource takes the tags that are there", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    stage.call("UntagResource", ResourceArn=stage.describe(domain)["Arn"], TagKeys=["a", "unknown"])
    assert _tags(stage, domain) == {"b": "2"}


@rule("tag keys tell upper from lower case", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    assert _tags(stage, domain) == {"a": "1", "A": "2"}


@rule("a key stands in a request once", CHOICE)
def _(stage: Stage) -> None:
    twice = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
    error = stage.error("CreateDomain", **VALID["CreateDomain"], Tags=twice)
    assert error.code == "ValidationException"
    assert "more than once" in error.message


@rule("other keys that start with aws: are reserved", GUIDE)
def _(stage: Stage) -> None:
    reserved = [{"Key": "AWS:a", "Value": "1"}]
    error = stage.error("CreateDomain", **VALID["CreateDomain"], Tags=reserved)
    assert error.code == "ValidationException"
    assert "reserved" in error.message


_SYSTEM_TAGS: Final = [
    {"Key": f"aws:cloudformation:{name}", "Value": "v"} for name in ("stack-name", "stack-id", "logical-id")
]


@rule("CloudFormation's system tags are kept, shown, and not removed", HANDLER)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[*_SYSTEM_TAGS, TAG])
    assert _tags(stage, domain) == {tag["Key"]: tag["Value"] for tag in (*_SYSTEM_TAGS, TAG)}
    arn = stage.describe(domain)["Arn"]
    keys = [_SYSTEM_TAGS[0]["Key"]]
    assert stage.error("UntagResource", ResourceArn=arn, TagKeys=keys).code == "ValidationException"


@rule("system tags do not count against the quota of tags", GUIDE, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    tags = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert len(_tags(stage, stage.domain(Tags=[*tags, *_SYSTEM_TAGS]))) == 53


@rule("CloudFormation creates, reads, updates, lists and deletes a domain", HANDLER)
def _(stage: Stage) -> None:
    key = {"ServerSideEncryptionConfiguration": {"KmsKeyId": KEY}}
    created = stage.call("CreateDomain", Name="n", Description="d", Tags=[*_SYSTEM_TAGS, TAG], **key)
    domain, arn = created["Domain"]["DomainId"], created["Domain"]["Arn"]
    assert created["Domain"]["DomainStatus"] == "ACTIVE"
    assert len(stage.call("ListTagsForResource", ResourceArn=arn)["Tags"]) == 4
    # An update changes the domain, waits for the change of key, and then changes the tags of the template.
    stage.call(
        "UpdateDomain",
        DomainId=domain,
        Name="other",
        ServerSideEncryptionConfiguration={"KmsKeyId": OTHER_KEY},
    )
    eventually(stage, 60)
    assert stage.describe(domain)["ServerSideEncryptionUpdateDetails"]["UpdateStatus"] == "COMPLETED"
    stage.call("UntagResource", ResourceArn=arn, TagKeys=[TAG["Key"]])
    stage.call("TagResource", ResourceArn=arn, Tags=[{"Key": "other", "Value": "v"}])
    assert _tags(stage, domain).keys() == {*(tag["Key"] for tag in _SYSTEM_TAGS), "other"}
    assert [one["Name"] for one in stage.call("ListDomains")["DomainSummaries"]] == ["other"]
    # A deleted domain is one that is suspended: it is not found by reads, and left out of lists.
    stage.call("DeleteDomain", DomainId=domain)
    assert stage.describe(domain)["DomainStatus"] == "SUSPENDED"
    assert [one["DomainStatus"] for one in stage.call("ListDomains")["DomainSummaries"]] == ["SUSPENDED"]


@rule("a domain has at most 200 tags", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain(Tags=[{"Key": f"k{number}", "Value": ""} for number in range(200)])
    arn = stage.describe(domain)["Arn"]
    assert stage.error("TagResource", ResourceArn=arn, Tags=[TAG]).code == "ValidationException"
    assert len(_tags(stage, domain)) == 200


@rule("a domain has at most 50 tags when quotas are on", GUIDE, quotas=Quotas(rates={}))
def _(stage: Stage) -> None:
    tags = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    assert stage.error("CreateDomain", **VALID["CreateDomain"], Tags=tags).code == "ValidationException"


@rule("a domain of another account or region is not found", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for arn in (
        f"arn:aws:voiceid:us-east-1:999999999999:domain/{domain}",
        f"arn:aws:voiceid:eu-west-2:123456789012:domain/{domain}",
    ):
        assert stage.error("ListTagsForResource", ResourceArn=arn).resource_type == "DOMAIN"
