"""Storage: the state of the service, and the objects of S3."""
