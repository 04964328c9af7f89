"""The checker of boto3 programs: each call of Voice ID with its new form, and calls that never existed."""

from voiceid_sdk.migration.programs.checking import CallKind, ProgramCall, check_program

__all__ = ["CallKind", "ProgramCall", "check_program"]
