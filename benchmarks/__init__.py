"""Measures voiceid_sdk against raw boto3, side by side in the same run: ``python -m benchmarks``.

One file for each measurement; ``__main__`` lists them. To add one, write a file with a function ``measure``
like the others have, and add it to that list.
"""
