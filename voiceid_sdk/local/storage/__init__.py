"""Where things are kept: the service's state, and the objects of S3."""
