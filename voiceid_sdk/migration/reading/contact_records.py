"""Reads contact records of Amazon Connect, which contain the results of Voice ID on a call.

Source: the administrator guide's data model of contact records, VoiceIdResult.
"""

from typing import Final

from voiceid_sdk.migration.reading import facts
from voiceid_sdk.migration.reading.facts import (
    NO_SPEAKER,
    Fact,
    StatementFact,
    damage_of,
    generated_id_of,
    moment_of,
    text_of,
)
from voiceid_sdk.migration.reading.json_values import Value
from voiceid_sdk.migration.reading.members import Members, inner, plain_name

_RESULTS: Final = {
    "authenticated": facts.ENROLLED,
    "notauthenticated": facts.ENROLLED,
    "optedout": facts.OPTED_OUT,
}
"""The status of the speaker by the result of an authentication."""

_TIMES: Final = ("disconnecttimestamp", "lastupdatetimestamp", "initiationtimestamp")


def read_contact(members: Members, _: Members, found: Value, into: list[Fact]) -> None:
    """Read a contact record. The customer's id in it is the one that Voice ID was given."""
    result = inner(members, "voiceidresult")
    authentication = text_of(inner(result, "authentication").get("result"))
    status = _RESULTS.get(plain_name(authentication).replace(" ", ""), "")
    if result.get("speakeroptedout") is True:
        status = facts.OPTED_OUT
    elif result.get("speakerenrolled") is True and status != facts.OPTED_OUT:
        status = facts.ENROLLED
    generated = generated_id_of(result.get("generatedspeakerid"))
    customer = text_of(members.get("customerid")) if result else ""
    if generated or (customer and status):
        moments = (moment_of(members.get(name)) for name in _TIMES)
        at = next((moment for moment in moments if moment is not None), None)
        into.append(
            StatementFact("", customer, generated, facts.CONTACT, status, at, None, None, "", "", found.line)
        )
    elif status == facts.OPTED_OUT:
        into.append(damage_of(found.line, NO_SPEAKER, mentions_opt_out=True))
