"""Pages of lists, and their tokens."""

from tests.local.conformance.rules import CHOICE, MODEL, rule
from tests.support.stage import DAY, Stage, eventually


@rule("pages hold as many as asked for, and the last one has no token", MODEL)
def _(stage: Stage) -> None:
    pages = stage.pages(
        "ListSpeakers", "SpeakerSummaries", DomainId=stage.domain_with_speakers(5), MaxResults=2
    )
    assert [len(page) for page in pages] == [2, 2, 1]


@rule("a full last page has no token", CHOICE)
def _(stage: Stage) -> None:
    pages = stage.pages(
        "ListSpeakers", "SpeakerSummaries", DomainId=stage.domain_with_speakers(4), MaxResults=2
    )
    assert [len(page) for page in pages] == [2, 2]


@rule("lists are in the order of creation", CHOICE)
def _(stage: Stage) -> None:
    pages = stage.pages(
        "ListSpeakers", "SpeakerSummaries", DomainId=stage.domain_with_speakers(5), MaxResults=3
    )
    assert [one["CustomerSpeakerId"] for page in pages for one in page] == ["s0", "s1", "s2", "s3", "s4"]


@rule("a page holds 100 unless asked otherwise", MODEL)
def _(stage: Stage) -> None:
    pages = stage.pages("ListSpeakers", "SpeakerSummaries", DomainId=stage.domain_with_speakers(101))
    assert [len(page) for page in pages] == [100, 1]


@rule("a page of domains holds 10 unless asked otherwise", CHOICE)
def _(stage: Stage) -> None:
    for _ in range(11):
        stage.domain()
    assert [len(page) for page in stage.pages("ListDomains", "DomainSummaries")] == [10, 1]


@rule("what is deleted between two pages makes no page skip or repeat", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain_with_speakers(4)
    first = stage.call("ListSpeakers", DomainId=domain, MaxResults=2)
    stage.call("DeleteSpeaker", DomainId=domain, SpeakerId="s0")
    rest = stage.call("ListSpeakers", DomainId=domain, MaxResults=2, NextToken=first["NextToken"])
    assert [one["CustomerSpeakerId"] for one in rest["SpeakerSummaries"]] == ["s2", "s3"]


@rule("the page size may change from page to page", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain_with_speakers(4)
    first = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)
    rest = stage.call("ListSpeakers", DomainId=domain, MaxResults=3, NextToken=first["NextToken"])
    assert len(rest["SpeakerSummaries"]) == 3


@rule("a page token expires after 24 hours", MODEL)
def _(stage: Stage) -> None:
    domain = stage.domain_with_speakers(2)
    token = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)["NextToken"]
    eventually(stage, DAY - 1)
    assert stage.call("ListSpeakers", DomainId=domain, NextToken=token)["SpeakerSummaries"]
    eventually(stage, 1)
    assert stage.error("ListSpeakers", DomainId=domain, NextToken=token).code == "ValidationException"


@rule("a page token is good for its own request alone", MODEL)
def _(stage: Stage) -> None:
    domain, other = stage.domain_with_speakers(2), stage.domain()
    token = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)["NextToken"]
    for operation, about in (("ListSpeakers", other), ("ListWatchlists", domain)):
        assert stage.error(operation, DomainId=about, NextToken=token).code == "ValidationException"


@rule("a page token of one's own making is refused", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain_with_speakers(2)
    token = stage.call("ListSpeakers", DomainId=domain, MaxResults=1)["NextToken"]
    for forged in ("token", "\x7f", "A" + token[1:], "A" * 44):
        error = stage.error("ListSpeakers", DomainId=domain, NextToken=forged)
        assert error.code == "ValidationException"


@rule("an empty page token is none", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain_with_speakers(1)
    assert len(stage.call("ListSpeakers", DomainId=domain, NextToken="")["SpeakerSummaries"]) == 1


@rule("an empty list is there", CHOICE)
def _(stage: Stage) -> None:
    domain = stage.domain()
    for operation, key in (
        ("ListSpeakers", "SpeakerSummaries"),
        ("ListFraudsters", "FraudsterSummaries"),
        ("ListSpeakerEnrollmentJobs", "JobSummaries"),
        ("ListFraudsterRegistrationJobs", "JobSummaries"),
    ):
        assert stage.call(operation, DomainId=domain) == {key: []}
