"""Serves Local Voice ID over HTTP: ``python -m voiceid_sdk.local --help``."""

from voiceid_sdk.local.http.cli import main

if __name__ == "__main__":
    main()
