"""The routes: authenticate a contact, opt a caller out, take events, enroll callers, health."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from voiceid_sdk import AsyncDomain, AsyncVoiceID, errors
from voiceid_sdk.enums import AuthenticationDecision
from voiceid_sdk.events import VoiceIDEvent
from voiceid_sdk.http_statuses import http_status
from voiceid_sdk.models import EnrollmentJobInfo, SpeakerInfo

from .events import SeenEvents, is_about, is_from_eventbridge
from .requests import read_json_object
from .settings import Settings
from .telemetry import configure_logging, log, record_call

PHONE_SECONDS = 2.0
"""How long a caller waits for one attempt, of two."""


class Authentication(BaseModel):
    """Whether the caller is the claimed speaker."""

    is_accepted: bool
    decision: str
    """ACCEPT, REJECT, or why there is no decision; only ACCEPT lets the caller in."""
    score: int | None


class Enrollment(BaseModel):
    """A request to enroll the callers of a manifest."""

    manifest_s3_uri: str


def create_app(settings: Settings, voiceid: AsyncVoiceID) -> FastAPI:
    """Return the service; it closes the client when it stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with voiceid:
            yield

    app = FastAPI(title="Voice service", lifespan=lifespan)
    app.add_exception_handler(errors.VoiceIDError, respond_to_error)
    app.add_exception_handler(RequestValidationError, respond_to_invalid)
    on_the_phone = voiceid.with_options(timeout=PHONE_SECONDS, max_attempts=2).domain(settings.domain_id)
    add_caller_routes(app, voiceid.domain(settings.domain_id), on_the_phone)
    add_enrollment_routes(app, voiceid.domain(settings.domain_id), settings)
    add_operation_routes(app, voiceid.with_options(timeout=PHONE_SECONDS, max_attempts=1), settings)
    return app


async def respond_to_error(_: Request, error: Exception) -> JSONResponse:
    """Return the response to an error of Voice ID, which has no data of callers."""
    if not isinstance(error, errors.VoiceIDError):
        raise error
    status = http_status(error)
    content = {
        "error": type(error).__name__,
        "next_step": error.next_step,
        "request_id": getattr(error, "request_id", None),
    }
    may_pass = status >= HTTPStatus.BAD_GATEWAY
    return JSONResponse(content, status, {"Retry-After": "1"} if may_pass else None)


async def respond_to_invalid(_: Request, __: Exception) -> JSONResponse:
    """Return the response to invalid input. FastAPI's own repeats the input."""
    return JSONResponse({"error": "RequestValidationError"}, HTTPStatus.UNPROCESSABLE_ENTITY)


def add_caller_routes(app: FastAPI, domain: AsyncDomain, on_the_phone: AsyncDomain) -> None:
    """Add the routes about one caller."""

    @app.post("/contacts/{contact_id}/authentication")
    async def authenticate(contact_id: str) -> Authentication:
        evaluation = await on_the_phone.session(contact_id).evaluate()
        result = evaluation.authentication_result
        decision = None if result is None else result.decision
        return Authentication(
            is_accepted=decision == AuthenticationDecision.ACCEPT,
            decision=decision or "NO_RESULT_YET",
            score=None if result is None else result.score,
        )

    @app.put("/speakers/{speaker_id}/opt-out")
    async def opt_out(speaker_id: str) -> SpeakerInfo:
        return await domain.speaker(speaker_id).opt_out()


def add_enrollment_routes(app: FastAPI, domain: AsyncDomain, settings: Settings) -> None:
    """Add the routes that start an enrollment job and report its progress."""

    @app.post("/enrollments", status_code=202)
    async def start_enrollment(
        enrollment: Enrollment, response: Response, idempotency_key: Annotated[str | None, Header()] = None
    ) -> EnrollmentJobInfo:
        # With the same key, a repeated request starts no second job.
        job = await domain.start_enrollment_job(
            input_s3_uri=enrollment.manifest_s3_uri,
            output_s3_uri=settings.results_s3_uri,
            data_access_role_arn=settings.data_access_role_arn,
            client_token=idempotency_key,
        )
        response.headers["Location"] = f"/enrollments/{job.job_id}"
        return await job.describe()

    @app.get("/enrollments/{job_id}")
    async def enrollment_progress(job_id: str) -> EnrollmentJobInfo:
        return await domain.enrollment_job(job_id).describe()


def add_operation_routes(app: FastAPI, voiceid: AsyncVoiceID, settings: Settings) -> None:
    """Add the routes for EventBridge and for the health check."""
    seen = SeenEvents()

    @app.post("/events", status_code=202)
    async def take_event(
        request: Request, x_event_secret: Annotated[str | None, Header()] = None
    ) -> dict[str, bool]:
        # FastAPI would receive and decode the whole body first, also that of a stranger.
        if not is_from_eventbridge(x_event_secret, settings.event_secret):
            raise HTTPException(401)
        event = VoiceIDEvent.from_eventbridge(await read_json_object(request))
        if not is_about(event, settings.domain_id):
            raise HTTPException(403)
        is_new = event.id not in seen
        if is_new:
            log.info("event", event_id=event.id, detail_type=event.detail_type)
        seen.add(event.id)  # Afterwards, so that EventBridge delivers an event again that was not handled.
        return {"is_new": is_new}

    @app.get("/health")
    async def health() -> dict[str, str]:
        await voiceid.ping()
        return {"status": "ok"}


def main() -> FastAPI:
    """Return the service, with settings from the environment; uvicorn calls this with ``--factory``."""
    configure_logging()
    settings = Settings.from_environment()
    client = AsyncVoiceID(endpoint_url=settings.endpoint_url, app_id="voice-service", on_call=record_call)
    return create_app(settings, client)
