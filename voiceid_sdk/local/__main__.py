"""Serves Local Voice ID over HTTP: ``python -m voiceid_sdk.local --help``."""

from voiceid_sdk.local.doors.command_line import main

if __name__ == "__main__":
    main()
