"""Requests to the service: a table of its operations, and the only code that calls botocore."""
