"""Runs a command of the package: ``python -m voiceid_sdk --help``."""

import sys

from voiceid_sdk.cli.running import main

if __name__ == "__main__":
    sys.exit(main(prog="python -m voiceid_sdk"))
