"""Logs with structlog and spans with OpenTelemetry, without any data of callers."""

import logging
import time

import structlog
from opentelemetry import trace

from voiceid_sdk.calls import CallRecord

log = structlog.get_logger("voice_service")
tracer = trace.get_tracer("voice_service")


def configure_logging() -> None:
    """Write a line of JSON for each log record."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def record_call(record: CallRecord) -> None:
    """Make a span and a log record of a call that has ended; the client calls this as ``on_call``."""
    ended = time.time_ns()
    span = tracer.start_span(f"voice-id {record.operation}", start_time=ended - int(record.elapsed * 1e9))
    attributes = {
        "rpc.system": "aws-api",
        "rpc.method": record.operation,
        "aws.request_id": record.request_id,
        "http.response.status_code": record.status_code,
        "error.type": record.error,
    }
    for name, value in attributes.items():
        if value is not None:
            span.set_attribute(name, value)
    if record.error is not None:
        span.set_status(trace.StatusCode.ERROR)
    span.end(ended)
    log.info(
        "call",
        operation=record.operation,
        milliseconds=round(record.elapsed * 1000),
        status=record.status_code,
        request_id=record.request_id,
        error=record.error,
    )
