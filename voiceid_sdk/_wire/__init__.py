"""The way to the service: a table of its operations, and one door to botocore."""
