"""boto3 clients in this process: for Voice ID, and for a folder in place of S3."""
