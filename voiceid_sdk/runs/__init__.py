"""Batch work that begins with recordings: handles, the series of jobs behind them, and their checkpoint."""

from voiceid_sdk.runs.handles import EnrollmentRun, RegistrationRun

__all__ = ["EnrollmentRun", "RegistrationRun"]
