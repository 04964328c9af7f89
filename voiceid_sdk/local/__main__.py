"""The server as a program: ``python -m voiceid_sdk.local --help``."""

from voiceid_sdk.local.http.cli import main

if __name__ == "__main__":
    main()
