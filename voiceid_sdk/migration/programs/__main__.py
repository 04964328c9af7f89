"""Runs the checker of boto3 programs: ``python -m voiceid_sdk.migration.programs``."""

import sys

from voiceid_sdk.migration.programs.cli import main

if __name__ == "__main__":
    sys.exit(main())
