"""A tour of the SDK on Local Voice ID in this process; `voiceid demo` runs the same program."""

from voiceid_sdk.cli.demo import main

if __name__ == "__main__":
    main()
