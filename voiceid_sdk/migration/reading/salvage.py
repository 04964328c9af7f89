"""Reads the readable rest of a damaged record: whether it is an opt-out, and the ids of the speaker."""

import re
from typing import Final

from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.facts import DamageFact, Fact, StatementFact
from voiceid_sdk.migration.reading.json_values import Damage

_NO_STATEMENT: Final = re.compile(r'(?:[Ss]peaker_?[Oo]pt|[Oo]pted_?[Oo])\w*+(?!\\*"\s*:\s*true)')
"""A member of contact records whose name alone is no statement."""

_GARBAGE: Final = re.compile("[\x00-\x1f\ufffd\udc80-\udcff]+")
"""Damaged characters. Words are recognized without them; ids are not, because they would become other ids."""

_MENTION: Final = re.compile(r'OPT(?:ED)?(?:_O|OUT)|"OPT|[Oo]pt(?:ed)?(?:Out|[ _-][Oo])')
"""An opt-out, possibly cut off, in a form that no generated id has."""

_ABOUT_A_SPEAKER: Final = re.compile(
    r'"(?:customer_?speaker_?id|last_?accessed_?at|voice_?id_?result)|voiceid speaker action', re.IGNORECASE
)

_OTHER_STATUS: Final = re.compile(
    r'"status\\*"\s*:\s*\\*"(?:ENROLLED|EXPIRED|PENDING)\\*"|"action\\*"\s*:\s*\\*"[A-Z_]*(?:ENROLL|DELETE)'
    r'|"speaker_?opted_?out\\*"\s*:\s*false|"enrollment_?status|"request_?id',
    re.IGNORECASE,
)
"""Text that shows that a record is no opt-out."""

_ID: Final = r'\\*"[ \t]*:[ \t]*\\*"'
_END: Final = r'\\*"(?![ \t]*:)'
"""The end of a value. A colon follows a name, such as that of the member behind a value that is cut off."""

_GENERATED: Final = re.compile(rf'"generated_?speaker_?id{_ID}(id#[a-zA-Z0-9]{{22}}){_END}', re.IGNORECASE)
_CUSTOMER: Final = re.compile(
    rf'"customer_?(?:speaker_?)?id{_ID}([a-zA-Z0-9][a-zA-Z0-9_-]{{0,255}}){_END}', re.IGNORECASE
)
_ONCE: Final = (
    re.compile("generated_?speaker_?id", re.IGNORECASE),
    re.compile("customer_?(?:speaker_?)?id\\b", re.IGNORECASE),
    re.compile("(?<![a-z])status(?![a-z])", re.IGNORECASE),
)

_DOMAIN: Final = re.compile(rf'"domain_?id{_ID}([a-zA-Z0-9]{{22}}){_END}', re.IGNORECASE)


def mentions_opt_out(text: str) -> bool:
    """Return whether a text mentions an opt-out, even if the word is cut off."""
    return bool(_MENTION.search(_NO_STATEMENT.sub("", _GARBAGE.sub("", text))))


def facts_of(damage: Damage) -> list[Fact]:
    """Return the facts in the text of a damage: a speaker who opted out, or may have."""
    text = damage.text
    words = _GARBAGE.sub("", text)
    is_mention = mentions_opt_out(text)
    speakers = _only(_GENERATED.findall(text)), _only(_CUSTOMER.findall(text))
    is_one_speaker = None not in speakers and speakers != ("", "") and _is_one_record(text)
    status = ""
    if is_mention:
        status = facts.OPTED_OUT
    elif _ABOUT_A_SPEAKER.search(words) and not _OTHER_STATUS.search(words):
        status = facts.UNREADABLE
    found: list[Fact] = [DamageFact(damage.line, damage.reason, is_mention, is_one_speaker and bool(status))]
    if is_one_speaker and status:
        generated, customer = speakers
        found.append(
            StatementFact(
                domain=_only(_DOMAIN.findall(text)) or "",
                customer=customer or "",
                generated=generated or "",
                kind=facts.DAMAGED,
                status=status,
                at=None,
                created_at=None,
                accessed_at=None,
                origin="",
                origin_id="",
                line=damage.line,
            )
        )
    return found


def _is_one_record(text: str) -> bool:
    """Return whether a text has each member at most once; otherwise it contains parts of several records."""
    return all(len(name.findall(text)) <= 1 for name in _ONCE)


def _only(ids: list[str]) -> str | None:
    """Return the one id among those found; an empty text for none, and None for several."""
    different = set(ids)
    if len(different) > 1:
        return None
    return next(iter(different), "")
