"""The operations on fraudsters."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._wire.operations.rows import Operation, many, nothing, one
from voiceid_sdk.models.fraudsters import FraudsterInfo

if TYPE_CHECKING:
    from voiceid_sdk._wire.operations.list_pages import ListPage

DESCRIBE_FRAUDSTER: Final[Operation[FraudsterInfo]] = one("DescribeFraudster", "Fraudster", FraudsterInfo)
ASSOCIATE_FRAUDSTER: Final[Operation[FraudsterInfo]] = one("AssociateFraudster", "Fraudster", FraudsterInfo)
DISASSOCIATE_FRAUDSTER: Final[Operation[FraudsterInfo]] = one(
    "DisassociateFraudster", "Fraudster", FraudsterInfo
)
DELETE_FRAUDSTER: Final[Operation[None]] = nothing("DeleteFraudster")
LIST_FRAUDSTERS: Final["Operation[ListPage[FraudsterInfo]]"] = many(
    "ListFraudsters", "FraudsterSummaries", FraudsterInfo
)
