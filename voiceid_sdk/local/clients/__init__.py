"""boto3 clients in this process: for Voice ID, and for the folder that stands in for S3."""
