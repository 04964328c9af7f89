"""Batches from recordings to results, for the async client."""

from voiceid_sdk.aio.runs.handles import AsyncBatchEnrollment, AsyncBatchRegistration
from voiceid_sdk.runs import AsyncRunOptions

__all__ = ["AsyncBatchEnrollment", "AsyncBatchRegistration", "AsyncRunOptions"]
