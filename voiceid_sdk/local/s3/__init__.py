"""Amazon S3's REST protocol over buckets in a folder, from the parts of a request to those of a response."""
