"""Measures voiceid_sdk against raw boto3, in the same run: ``python -m benchmarks``.

One file for each measurement; ``__main__`` lists them. To add one, write a file with a function ``measure``
like in the others, and add it to that list.
"""
