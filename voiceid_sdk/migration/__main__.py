"""Runs the migration kit: ``python -m voiceid_sdk.migration``."""

import sys

from voiceid_sdk.migration.cli import main

if __name__ == "__main__":
    sys.exit(main())
