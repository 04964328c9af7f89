"""Batches from recordings to results: handles, how a batch begins, its jobs, uploads and checkpoint."""

from voiceid_sdk.runs.beginning import AsyncRunOptions, RunOptions
from voiceid_sdk.runs.handles import BatchEnrollment, BatchRegistration

__all__ = ["AsyncRunOptions", "BatchEnrollment", "BatchRegistration", "RunOptions"]
