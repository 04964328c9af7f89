"""CreateBucket, HeadBucket, GetBucketLocation and DeleteBucket."""

import re
from typing import Final

from voiceid_sdk.local.s3 import payload, properties, xml
from voiceid_sdk.local.s3.buckets import Buckets
from voiceid_sdk.local.s3.errors import S3Error, not_implemented
from voiceid_sdk.local.s3.messages import S3Request, S3Response

_DEFAULT: Final = "us-east-1"
"""The region of buckets without a location constraint."""

_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]|EU")
_CONFIGURATION: Final = "CreateBucketConfiguration"


def create_bucket(buckets: Buckets, request: S3Request) -> S3Response:
    """Make a bucket."""
    headers = request.headers
    properties.check_acl(headers)
    if headers.get("x-amz-bucket-object-lock-enabled", "false").lower() != "false":
        raise not_implemented()
    if headers.get("x-amz-object-ownership", "BucketOwnerEnforced") != "BucketOwnerEnforced":
        raise not_implemented()
    body = payload.receive_small(request)
    buckets.create(request.bucket, _region(body) if body.strip() else None)
    return S3Response(200, {"Location": f"/{request.bucket}"})


def head_bucket(buckets: Buckets, request: S3Request) -> S3Response:
    """Return whether a bucket exists, and its region."""
    return S3Response(200, {"x-amz-bucket-region": buckets.info(request.bucket).region_name})


def get_location(buckets: Buckets, request: S3Request) -> S3Response:
    """Return the location constraint of a bucket."""
    region = buckets.info(request.bucket).region_name
    return S3Response(200, {}, xml.write("LocationConstraint", "" if region == _DEFAULT else region))


def delete_bucket(buckets: Buckets, request: S3Request) -> S3Response:
    """Remove an empty bucket."""
    buckets.delete(request.bucket)
    return S3Response(204)


def _region(body: bytes) -> str | None:
    document = xml.read(body, _CONFIGURATION)
    if any(child.name != "LocationConstraint" for child in document.children):
        raise not_implemented("Of the bucket's configuration, only the location constraint is implemented.")
    region = document.find_text("LocationConstraint")
    if not region:
        return None
    if not _REGION.fullmatch(region) or region == _DEFAULT:
        raise S3Error(400, "InvalidLocationConstraint", "The specified location-constraint is not valid")
    return region
