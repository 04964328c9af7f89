# Made from voiceid_sdk/_tagging.py by tools/make_async.py: change that file, then run the tool.
"""Calls the operations on tags, which name a domain by its ARN."""

from collections.abc import Iterable, Mapping

from voiceid_sdk._arguments import as_list, check_types
from voiceid_sdk._wire import operations
from voiceid_sdk.aio._connection import AsyncConnection


async def tags(connection: AsyncConnection, arn: str) -> dict[str, str]:
    """Return the tags of the resource at ``arn``. Calls ListTagsForResource."""
    return await connection.call(operations.LIST_TAGS_FOR_RESOURCE, {"ResourceArn": arn})


async def tag(connection: AsyncConnection, arn: str, new: Mapping[str, str]) -> None:
    """Add tags to the resource at ``arn``, or change their values. Calls TagResource."""
    await connection.call(operations.TAG_RESOURCE, {"ResourceArn": arn, "Tags": to_wire(new, "TagResource")})


async def untag(connection: AsyncConnection, arn: str, keys: Iterable[str]) -> None:
    """Remove tags from the resource at ``arn`` by their keys. Calls UntagResource."""
    await connection.call(operations.UNTAG_RESOURCE, {"ResourceArn": arn, "TagKeys": as_list(keys, "keys")})


def to_wire(new: Mapping[str, str], operation: str) -> list[dict[str, str]]:
    """Return tags in the format of the wire.

    Raises:
        RequestValidationError: they are no mapping; the error names the operation.
    """
    check_types(operation, tags=(new, (Mapping,), "must be a dictionary of keys and values"))
    return [{"Key": key, "Value": value} for key, value in new.items()]
