"""The rules of the service: its operations, background tasks and records, by resource."""
