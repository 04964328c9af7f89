"""A web service that authenticates callers with Voice ID: FastAPI and the async client."""
