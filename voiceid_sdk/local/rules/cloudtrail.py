"""The events "AWS API Call via CloudTrail", about calls that change something, without sensitive values.

Sources: the EventBridge reference of Voice ID; the administrator guide, "Log API calls with AWS CloudTrail",
with an example of CreateDomain; the CloudTrail user guide for members that all services have.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, cast

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.errors import ServiceException

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""Takes the place of a sensitive value."""

_READS: Final = ("Describe", "List")


@attrs.define(eq=False)  # Frozen classes take twice as long to fill.
class ApiCall:
    """A call of the API, as CloudTrail reports it."""

    operation: str
    request: Mapping[str, object] = attrs.field(repr=False)
    request_id: str
    user_agent: str

    @property
    def is_read(self) -> bool:
        """Whether the operation changes nothing."""
        return self.operation.startswith(_READS)

    def emit(
        self, context: RequestContext, result: Document | None = None, error: ServiceException | None = None
    ) -> None:
        """Emit the event of the call, if the service reports calls; EventBridge gets none of reads."""
        settings = context.settings
        if self.is_read or not settings.cloudtrail or not settings.outbox.has_subscribers:
            return
        scope = context.scope
        time = datetime.fromtimestamp(context.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event: Document = {
            "version": "0",
            "id": settings.identifiers.event(),
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.voiceid",
            "account": scope.account_id,
            "time": time,
            "region": scope.region_name,
            "resources": [],
            "detail": {
                "eventVersion": "1.08",
                "userIdentity": {
                    "type": "IAMUser",
                    "principalId": scope.account_id,
                    "arn": f"arn:aws:iam::{scope.account_id}:user/local",
                    "accountId": scope.account_id,
                    "userName": "local",
                },
                "eventTime": time,
                "eventSource": "voiceid.amazonaws.com",
                "eventName": self.operation,
                "awsRegion": scope.region_name,
                "sourceIPAddress": "127.0.0.1",
                "userAgent": self.user_agent,
                **({"errorCode": error.code, "errorMessage": error.message} if error else {}),
                "requestParameters": _shown(self.request, self._shape("input")),
                "responseElements": _shown(result, self._shape("output")) if result else None,
                "requestID": self.request_id,
                "eventID": settings.identifiers.event(),
                "readOnly": False,
                "eventType": "AwsApiCall",
                "managementEvent": True,
                "recipientAccountId": scope.account_id,
                "eventCategory": "Management",
            },
        }
        settings.outbox.add(context, event)

    def _shape(self, direction: str) -> str:
        operation = service_model.operation(self.operation)
        if direction == "output":
            output = operation.get("output")
            return output["shape"] if output else ""
        return operation["input"]["shape"]


def _shown(value: object, shape_name: str) -> object:
    """Return a value with the member names of CloudTrail, and without sensitive values."""
    shape = service_model.shape(shape_name)
    if shape.get("sensitive"):
        return HIDDEN
    if shape["type"] == "timestamp":
        moment = datetime.fromtimestamp(cast("float", value), UTC)
        return f"{moment:%b} {moment.day}, {moment.year}, {moment.hour % 12 or 12}:{moment:%M:%S %p}"
    if isinstance(value, Mapping):
        members = shape.get("members", {})
        return {
            f"{name[:1].lower()}{name[1:]}": _shown(member, members[name]["shape"])
            for name, member in cast("Mapping[str, object]", value).items()
        }
    if isinstance(value, list):
        item = shape.get("member", {"shape": ""})["shape"]
        return [_shown(one, item) for one in cast("list[object]", value)]
    return value
