"""What a speaker is when several sources speak of one: an opt-out always wins, and no order matters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceid_sdk.migration.joining.deciding import Evidence, decide, identify

OPT_OUT = "OPTED_OUT"


def said(status: str, at: float | None = 1.0, kind: str = "LISTED", **more: Any) -> Evidence:
    """Return a statement."""
    members = {"generated": "id#1", "created_at": None, "accessed_at": None, "line": 1, **more}
    return Evidence(
        domain="domain",
        customer="customer",
        kind=kind,
        status=status,
        at=at,
        origin="",
        origin_id="",
        source=1,
        **members,
    )


STATEMENTS = st.lists(
    st.builds(
        said,
        st.sampled_from(
            [
                "",
                "ENROLLED",
                "EXPIRED",
                "PENDING",
                OPT_OUT,
                "DELETED",
                "OPT_OUT_FAILED",
                "UNREADABLE",
                "NEW_STATUS",
            ]
        ),
        st.none() | st.integers(1, 5).map(float),
        st.sampled_from(["LISTED", "EVENT", "CONTACT", "SESSION", "OUTPUT", "REQUEST", "DAMAGED"]),
        generated=st.sampled_from(["", "id#1", "id#2"]),
        line=st.integers(1, 3),
    ),
    max_size=6,
)


@given(STATEMENTS, st.randoms(use_true_random=False))
def test_the_order_of_statements_changes_nothing(statements: list[Evidence], chance: Any) -> None:
    shuffled = statements.copy()
    chance.shuffle(shuffled)
    assert decide(shuffled) == decide(statements)
    assert identify(shuffled) == identify(statements)


def test_the_order_of_records_in_one_line_changes_nothing() -> None:
    records = [said("", None, generated=generated) for generated in ("id#1", "id#2")]
    assert identify(records) == identify(records[::-1])


@given(STATEMENTS)
def test_whoever_is_said_to_have_opted_out_has_opted_out(statements: list[Evidence]) -> None:
    said_so = any(one.status == OPT_OUT for one in statements)
    assert (decide(statements).status == OPT_OUT) == said_so


@given(STATEMENTS, STATEMENTS)
def test_no_further_source_takes_an_opt_out_away(some: list[Evidence], more: list[Evidence]) -> None:
    if decide(some).status == OPT_OUT:
        assert decide([*some, *more]).status == OPT_OUT


@given(STATEMENTS)
def test_the_status_is_one_that_a_source_says(statements: list[Evidence]) -> None:
    assert decide(statements).status in {"", *(one.status for one in statements)}


def test_the_newest_status_counts_where_nobody_opted_out() -> None:
    decision = decide([said("EXPIRED", 2.0), said("ENROLLED", 1.0)])
    assert (decision.status, decision.conflict) == ("EXPIRED", "STATUS")


def test_what_has_a_time_counts_before_what_has_none() -> None:
    assert decide([said("ENROLLED", None, "OUTPUT"), said("DELETED", 1.0, "EVENT")]).status == "DELETED"


@pytest.mark.parametrize(
    ("statements", "conflict"),
    [
        ([said(OPT_OUT, 2.0), said("ENROLLED", 1.0, "EVENT")], ""),
        ([said(OPT_OUT, 2.0), said("ENROLLED", None, "OUTPUT")], ""),
        ([said(OPT_OUT, 2.0), said("DELETED", 3.0, "EVENT")], ""),
        ([said(OPT_OUT, 2.0), said("ENROLLED", 3.0, "EVENT")], "OPT_OUT"),
        ([said(OPT_OUT, 2.0, "EVENT"), said("ENROLLED", 1.0)], "OPT_OUT"),
        ([said(OPT_OUT, None, "DAMAGED"), said("ENROLLED", 1.0)], "OPT_OUT"),
        (
            [said(OPT_OUT, 1.0, "EVENT"), said("DELETED", 2.0, "EVENT"), said("ENROLLED", 3.0, "EVENT")],
            "OPT_OUT_UNDONE",
        ),
        (
            [said("DELETED", 1.0, "EVENT"), said(OPT_OUT, 2.0, "EVENT"), said("ENROLLED", 3.0, "EVENT")],
            "OPT_OUT",
        ),
    ],
    ids=[
        "enrolled before",
        "enrolled by a job at some time",
        "deleted afterwards",
        "enrolled afterwards",
        "listed otherwise",
        "of unknown time and listed otherwise",
        "deleted and enrolled afterwards",
        "deleted before and enrolled afterwards",
    ],
)
def test_a_contradicted_opt_out_counts_and_is_listed(statements: list[Evidence], conflict: str) -> None:
    decision = decide(statements)
    assert (decision.status, decision.conflict) == (OPT_OUT, conflict)


def test_the_first_opt_out_says_since_when() -> None:
    assert (
        decide([said(OPT_OUT, 3.0), said(OPT_OUT, 2.0, "EVENT"), said(OPT_OUT, None)]).opted_out_since == 2.0
    )


def test_a_deletion_counts_unless_anything_follows_it() -> None:
    deletion = said("DELETED", 2.0, "EVENT")
    assert decide([said("ENROLLED", 1.0), deletion]).deleted_at == 2.0
    assert decide([said("ENROLLED", 3.0), deletion]).deleted_at is None
    assert decide([said(OPT_OUT, 1.0), deletion]).deleted_at == 2.0


def test_the_newest_generated_id_is_the_present_one() -> None:
    statements = [
        said("ENROLLED", 3.0, generated="id#new", created_at=2.5, accessed_at=4.0),
        said("ENROLLED", 1.0, generated="id#old", created_at=0.5),
        said("ENROLLED", 4.0, generated="", kind="CONTACT"),
    ]
    identity = identify(statements)
    assert (identity.generated, identity.earlier) == ("id#new", ("id#old",))
    assert (identity.created_at, identity.accessed_at) == (2.5, 4.0)
