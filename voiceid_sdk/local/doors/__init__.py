"""The ways in: boto3 clients in this process, mocked clients, and HTTP."""
