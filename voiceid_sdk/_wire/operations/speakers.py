"""The operations on speakers."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._wire.operations.rows import Operation, many, nothing, one
from voiceid_sdk.models.speakers import SpeakerInfo

if TYPE_CHECKING:
    from voiceid_sdk._wire.operations.list_pages import ListPage

DESCRIBE_SPEAKER: Final[Operation[SpeakerInfo]] = one("DescribeSpeaker", "Speaker", SpeakerInfo)
OPT_OUT_SPEAKER: Final[Operation[SpeakerInfo]] = one("OptOutSpeaker", "Speaker", SpeakerInfo)
DELETE_SPEAKER: Final[Operation[None]] = nothing("DeleteSpeaker")
LIST_SPEAKERS: Final["Operation[ListPage[SpeakerInfo]]"] = many(
    "ListSpeakers", "SpeakerSummaries", SpeakerInfo
)
