"""The operations on domains."""

from typing import TYPE_CHECKING, Final

from voiceid_sdk._wire.operations.rows import Operation, many, nothing, one
from voiceid_sdk.models.domains import DomainInfo

if TYPE_CHECKING:
    from voiceid_sdk._wire.operations.list_pages import ListPage

CREATE_DOMAIN: Final[Operation[DomainInfo]] = one("CreateDomain", "Domain", DomainInfo)
DESCRIBE_DOMAIN: Final[Operation[DomainInfo]] = one("DescribeDomain", "Domain", DomainInfo)
UPDATE_DOMAIN: Final[Operation[DomainInfo]] = one("UpdateDomain", "Domain", DomainInfo)
DELETE_DOMAIN: Final[Operation[None]] = nothing("DeleteDomain")
LIST_DOMAINS: Final["Operation[ListPage[DomainInfo]]"] = many("ListDomains", "DomainSummaries", DomainInfo)
