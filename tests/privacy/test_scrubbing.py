"""Scrubbing: text without the values that must not be shown, however they are quoted."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import QUOTATIONS, VALUES
from tests.support.canned_responses import DOMAIN_ARN, ROLE_ARN
from voiceid_sdk.privacy import REDACTED, scrub


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("nothing in it", [], "nothing in it"),
        ("", ["value"], ""),
        ("a value", ["", " ", "value"], "a [redacted]"),
        # Short values would be found by chance.
        ("a ab abc cab x-a_b", ["a", "ab"], "[redacted] [redacted] abc cab x-[redacted]_b"),
        ("1 of 10, 100", ["10"], "1 of [redacted], 100"),
        ("the abc xabcx abcd xabcdx", ["abc", "abcd"], "the [redacted] xabcx [redacted] x[redacted]x"),
        # Values inside each other, overlapping each other or themselves, and adjacent.
        ("longer long", ["long", "longer"], "[redacted] [redacted]"),
        ("abcdefg", ["abcde", "defg"], "[redacted]"),
        ("<ababab>", ["abab"], "<[redacted]>"),
        ("fourfive", ["four", "five"], "[redacted][redacted]"),
        # The replacement itself is not searched.
        ("it redacted food", ["redacted", "food"], "it [redacted] [redacted]"),
        # Not a pattern.
        ("a.c abc", ["a.c"], "[redacted] abc"),
        (r"C:\\dir C:\\\\dir", ["C:\\dir"], "[redacted] [redacted]"),
        # Generated ids and S3 objects have a fixed syntax.
        ("Speaker id#Abc123 and ID%23xyz.", [], "Speaker [redacted] and [redacted]."),
        ("valid #1, id 1", [], "valid #1, id 1"),
        ("s3://bucket/key, S3A://b/k and", [], "[redacted] [redacted] and"),
        ("'s3://bucket/my key' is \"s3://b/it's\"!", [], "'[redacted]' is \"[redacted]\"!"),
        ('{"Uri": "s3:\\/\\/bucket\\/my key"}', [], '{"Uri": "[redacted]"}'),
        ("arn:aws:s3:::bucket/key is private", [], "[redacted] is private"),
        ("https://b.s3.eu-west-2.amazonaws.com/k?x=1 no", [], "[redacted] no"),
        ("see https://docs.aws.amazon.com/x", [], "see https://docs.aws.amazon.com/x"),
        ("bucket bkt has no a/b.json", ["s3://bkt/a/b.json"], "bucket [redacted] has no [redacted]"),
        ("no bkt/a", ["s3://bkt/a"], "no [redacted]"),
        ("no bkt", ["s3://bkt"], "no [redacted]"),
        ("no AbCdefghijklmnopqrstuv", ["id#AbCdefghijklmnopqrstuv"], "no [redacted]"),
        (f"{DOMAIN_ARN} of {ROLE_ARN}", [], f"{DOMAIN_ARN} of {ROLE_ARN}"),
    ],
)
def test_scrub_leaves_the_rest_of_a_text(text: str, values: list[str], expected: str) -> None:
    assert scrub(text, values) == expected


@given(
    value=st.text(min_size=2, max_size=40),
    quotation=st.sampled_from([name for name in QUOTATIONS if name not in ("in capitals", "in mixed case")]),
)
def test_scrub_finds_any_text_however_it_is_quoted(value: str, quotation: str) -> None:
    sandwich = f"«{value}»"
    quoted = QUOTATIONS[quotation](sandwich)
    assert scrub(f"Before {quoted} after", [sandwich]).count(REDACTED) == 1


def test_scrub_cuts_long_texts_and_no_value_in_two() -> None:
    for start in range(3_980, 4_005):
        text = "." * start + VALUES["Description"] + " and more" * 500
        scrubbed = scrub(text, [VALUES["Description"]])
        assert len(scrubbed) <= 4_000 + len(f"{REDACTED}…")
        assert scrubbed.rstrip("…").strip(".") in ("", REDACTED)
        assert scrubbed.endswith("…")
    assert scrub("." * 4_000) == "." * 4_000


def test_scrub_takes_what_follows_a_long_value() -> None:
    assert scrub("x" * 3_999 + " " + "y" * 9, ["z"]) == "x" * 3_999 + " …"
    assert scrub("a " + "x" * 5_000 + " b", ["x" * 5_000]) == f"a {REDACTED}…"


@pytest.mark.uncovered
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("\\" * 100_000, '\\"' * 100),
        ('"' * 100_000, '"' * 1_000 + "x"),
        ("%25" * 30_000, "%25" * 300 + "x"),
        ("&amp;" * 20_000, "&amp;" * 60 + "x"),
        ("a" * 100_000, "a" * 1_000),
        ("https://" * 10_000, "s3://" * 200),
        ("'s3://" * 10_000, "id#" * 200),
    ],
)
def test_scrub_ends_soon_with_any_text(text: str, value: str) -> None:
    cost = time.process_time()
    scrub(text, [value])
    # It takes a tenth of a second. If each character were compared with all the others, it would take hours.
    assert time.process_time() - cost < 20
