"""Turns botocore's errors into ours, by tables, without sensitive values.

botocore's classes are matched by name, so this file does not import botocore, and a class that only some
versions have needs no special case.
"""

import traceback
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final, cast

from voiceid_sdk import errors, service_model
from voiceid_sdk._wire.request_errors import request_error
from voiceid_sdk._wire.requests import Request
from voiceid_sdk._wire.system_errors import is_of_botocore, setting_error
from voiceid_sdk.enums import ConflictType, ResourceType
from voiceid_sdk.errors import RequestValidationError, VoiceIDError
from voiceid_sdk.privacy.text import scrub

SERVICE_ENDED: Final = (
    "AWS ended Amazon Connect Voice ID on 2026-05-20, so its own endpoints no longer serve it. "
    "Run your code on Local Voice ID instead: see voiceid_sdk.local"
)

SENSITIVE_SHAPES: Final = frozenset(
    {
        "GeneratedFraudsterId",
        "GeneratedSpeakerId",
        "NextToken",
        "S3Uri",
        "SessionId",
        "SessionName",
        "SessionNameOrId",
    }
)
"""Shapes whose values are sensitive here, beyond those that the model marks."""


def translate(error: Exception, request: Request) -> VoiceIDError | None:
    """Return our error for one of botocore's errors, or None for an error that passes unchanged."""
    names = names_of(error)
    # The errors of botocore's Stubber are for the test that uses it, so they pass unchanged.
    if ("BotoCoreError" not in names and "ClientError" not in names) or "StubResponseError" in names:
        if "ResponseParserError" in names or _is_of_parser(error):
            return _unreadable(request)
        # botocore passes the errors of files and programs that its settings name.
        return setting_error(error) if is_of_botocore(error) else None
    if "ClientError" in names:
        return _voice_id_error(error, request)
    # botocore's message shows values; ours names the same rules without them.
    if "ParamValidationError" in names and (
        found := service_model.violations(request.operation, request.body)
    ):
        return request_error(request.operation, found)
    return request_failure(error, request)


def names_of(error: Exception) -> list[str]:
    """Return the names of an error's class and its base classes; botocore's errors are matched by name."""
    return [kind.__name__ for kind in type(error).__mro__]


def request_failure(error: Exception, request: Request) -> VoiceIDError:
    """Return the error for a request that was not sent, or has no complete response."""
    names = names_of(error)
    if "ParamValidationError" in names:
        return RequestValidationError(
            f"{request.operation} was not sent: botocore rejected its parameters", operation=request.operation
        )
    return configuration_error(error) or setting_error(error) or _transport_error(names, request)


def _is_of_parser(error: Exception) -> bool:
    """Return whether botocore's parser raised the error, which can be of any class and contain values."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__") == "botocore.parsers" for frame in frames)


def _unreadable(request: Request) -> VoiceIDError:
    return errors.ResponseError(
        f"{request.operation}: botocore could not read the response",
        operation=request.operation,
        client_token=request.client_token,
        next_step="Describe or list to see the result.",
    )


_CONFIGURATION: Final = {
    "NoRegionError": (
        "No AWS region is configured",
        "Give region_name=..., set AWS_DEFAULT_REGION, or name a region in the profile.",
    ),
    "InvalidRegionError": (
        "The region's name is not valid",
        "Give a region such as region_name='eu-west-2'.",
    ),
    "ProfileNotFound": (
        "The AWS profile does not exist",
        "Give the name of a profile in ~/.aws/config, or leave profile_name out.",
    ),
    "NoCredentialsError": (
        "No AWS credentials were found",
        "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run 'aws configure', or give a session with keys.",
    ),
    "PartialCredentialsError": (
        "The AWS credentials are incomplete",
        "Give both the access key and the secret key.",
    ),
    "CredentialRetrievalError": (
        "The AWS credentials could not be fetched",
        "Check the profile's credential source.",
    ),
    "NoAuthTokenError": ("No AWS token was found", "Log in again with 'aws sso login'."),
    "TokenRetrievalError": ("The AWS token could not be fetched", "Log in again with 'aws sso login'."),
    "SSOError": ("The AWS SSO login is missing or has expired", "Log in again with 'aws sso login'."),
    "MetadataRetrievalError": (
        "The instance's credentials could not be fetched",
        "Check the instance's IAM role.",
    ),
    "ConfigParseError": ("The AWS configuration file cannot be read", "Correct ~/.aws/config."),
    "InvalidConfigError": ("The AWS configuration is not valid", "Correct ~/.aws/config."),
    "InvalidRetryModeError": ("The retry mode is not valid", "Use legacy, standard or adaptive."),
    "InvalidMaxRetryAttemptsError": (
        "The number of attempts is not valid",
        "Give max_attempts of at least 1.",
    ),
    "InvalidRetryConfigurationError": (
        "The retry configuration is not valid",
        "Correct the config's retries.",
    ),
    "UnknownEndpointError": (
        "No endpoint is known for this region",
        "Give endpoint_url=... or another region.",
    ),
    "EndpointProviderError": ("No endpoint is known for this configuration", "Give endpoint_url=..."),
    "EndpointVariantError": (
        "The region has no endpoint of this kind",
        "Give endpoint_url=... or another region.",
    ),
}


def configuration_error(error: Exception) -> errors.ConfigurationError | None:
    """Return the error for a client that cannot be made or cannot sign, or None for any other error."""
    for kind in type(error).__mro__:
        if kind.__name__ in _CONFIGURATION:
            message, next_step = _CONFIGURATION[kind.__name__]
            return errors.ConfigurationError(message, next_step=next_step)
    return None


# --- No response, or an incomplete one ------------------------------------------------------------------

_NO_TLS: Final = "no secure connection (TLS)"
_UNREACHED: Final = "the endpoint could not be reached"
_TRANSPORT: Final = {
    "ConnectTimeoutError": (errors.TransportTimeoutError, "no connection in time"),
    "ReadTimeoutError": (errors.TransportTimeoutError, "no response in time"),
    "ProxyConnectionError": (errors.TransportError, "the proxy could not be reached"),
    "SSLError": (errors.TransportError, _NO_TLS),
    "EndpointConnectionError": (errors.TransportError, _UNREACHED),
    "ConnectionClosedError": (
        errors.TransportError,
        "the connection was closed before the response ended",
    ),
}


_TRANSPORT_STEPS: Final = {
    _NO_TLS: (
        "Check that the server speaks HTTPS. To trust its certificate, set AWS_CA_BUNDLE to the file of its "
        "authority."
    ),
}


def _check_network(request: Request, what: str) -> str:
    # Imported lazily: programs that reach their service need neither.
    from urllib.parse import urlsplit

    from voiceid_sdk._loopback import is_loopback

    if what == _UNREACHED and is_loopback(urlsplit(request.endpoint or "").hostname or ""):
        return (
            "Check that the server runs: 'voiceid serve' starts Local Voice ID, and prints its endpoint_url."
        )
    return "Check the network, the endpoint_url and the region."


def _transport_error(names: list[str], request: Request) -> errors.TransportError:
    kind, what = next(
        (_TRANSPORT[name] for name in names if name in _TRANSPORT),
        (errors.TransportError, f"botocore could not complete the request ({names[0]})"),
    )
    return kind(
        f"{request.operation}: {what}",
        operation=request.operation,
        region=request.region,
        client_token=request.client_token,
        next_step=_where_to_go(request) or _TRANSPORT_STEPS.get(what) or _check_network(request, what),
    )


def _where_to_go(request: Request) -> str | None:
    """Return the next step after a request to one of AWS's own endpoints, which no longer serve Voice ID."""
    if request.endpoint is None or ".amazonaws.com" not in request.endpoint:
        return None
    if request.region is not None and request.region not in service_model.REGIONS:
        offered = ", ".join(service_model.REGIONS)
        return f"Voice ID was never offered in {request.region}, only in {offered}. {SERVICE_ENDED}."
    return f"{SERVICE_ENDED}."


# --- Rejected by the service ----------------------------------------------------------------------------

BY_CODE: Final[Mapping[str, type[errors.ServiceError]]] = {
    "AccessDeniedException": errors.AccessDeniedError,
    "AccessDenied": errors.AccessDeniedError,
    "OptInRequired": errors.AccessDeniedError,
    "ConflictException": errors.ConflictError,
    "ResourceNotFoundException": errors.ResourceNotFoundError,
    "ValidationException": errors.ValidationError,
    "SerializationException": errors.ValidationError,
    "ServiceQuotaExceededException": errors.ServiceQuotaExceededError,
    "ThrottlingException": errors.ThrottlingError,
    "Throttling": errors.ThrottlingError,
    "ThrottledException": errors.ThrottlingError,
    "RequestLimitExceeded": errors.ThrottlingError,
    "TooManyRequestsException": errors.ThrottlingError,
    "InternalServerException": errors.InternalServerError,
    "InternalServerError": errors.InternalServerError,
    "InternalFailure": errors.InternalServerError,
    "ServiceUnavailable": errors.InternalServerError,
    "ServiceUnavailableException": errors.InternalServerError,
    "ExpiredToken": errors.AuthenticationError,
    "ExpiredTokenException": errors.AuthenticationError,
    "IncompleteSignature": errors.AuthenticationError,
    "IncompleteSignatureException": errors.AuthenticationError,
    "InvalidClientTokenId": errors.AuthenticationError,
    "InvalidSignatureException": errors.AuthenticationError,
    "MissingAuthenticationToken": errors.AuthenticationError,
    "MissingAuthenticationTokenException": errors.AuthenticationError,
    "NotAuthorized": errors.AccessDeniedError,
    "RequestExpired": errors.AuthenticationError,
    "RequestInTheFuture": errors.AuthenticationError,
    "RequestTimeTooSkewed": errors.AuthenticationError,
    "SignatureDoesNotMatch": errors.AuthenticationError,
    "UnrecognizedClientException": errors.AuthenticationError,
}

_BY_CLASS: Final[dict[type[errors.ServiceError], str]] = {
    errors.AuthenticationError: "Renew or correct the AWS credentials, and check this machine's clock.",
    errors.ThrottlingError: "Send fewer requests a second, or raise max_attempts.",
    errors.InternalServerError: "Try again later.",
    errors.ServiceQuotaExceededError: "Delete unused resources, or wait until the running job has ended.",
}

_BY_CONFLICT: Final = {
    ConflictType.ANOTHER_ACTIVE_STREAM: "Wait until the session's stream has ended.",
    ConflictType.DOMAIN_NOT_ACTIVE: "Use a domain whose domain_status is ACTIVE.",
    ConflictType.CANNOT_CHANGE_SPEAKER_AFTER_ENROLLMENT: "Set the speaker before an enrollment is requested.",
    ConflictType.ENROLLMENT_ALREADY_EXISTS: "Request only one enrollment in a session.",
    ConflictType.SPEAKER_NOT_SET: "Give the session a speaker first.",
    ConflictType.SPEAKER_OPTED_OUT: "Delete the speaker first, if the caller now agrees to be enrolled.",
    ConflictType.CONCURRENT_CHANGES: "Send the request again.",
    ConflictType.DOMAIN_LOCKED_FROM_ENCRYPTION_UPDATES: (
        "Wait until the key change has ended: Domain.wait_until_encryption_updated()."
    ),
    ConflictType.CANNOT_DELETE_NON_EMPTY_WATCHLIST: "Delete or disassociate its fraudsters first.",
    ConflictType.FRAUDSTER_MUST_BELONG_TO_AT_LEAST_ONE_WATCHLIST: (
        "Associate the fraudster with another watchlist first, or delete the fraudster."
    ),
}

_BY_RESOURCE: Final = {
    ResourceType.BATCH_JOB: "Check the job id, its kind and its domain.",
    ResourceType.COMPLIANCE_CONSENT: "The account has to give its consent to the biometric rules first.",
    ResourceType.DOMAIN: "Check the domain id, the region and the account.",
    ResourceType.FRAUDSTER: "Check the fraudster id and its domain.",
    ResourceType.SESSION: "Check the session name or id; a session exists once its call is being streamed.",
    ResourceType.SPEAKER: "Check the speaker id and its domain; a speaker exists once enrolled or opted out.",
    ResourceType.WATCHLIST: "Check the watchlist id and its domain.",
}


def service_error(
    error: Exception,
    request: Request,
    sensitive: Iterable[str],
    kinds: Mapping[str, type[errors.ServiceError]] = BY_CODE,
) -> errors.ServiceError:
    """Return the error for a response of a service that rejected a request; its class follows the code.

    The message is the service's without the ``sensitive`` values.
    """
    response = _response(error)
    content = cast("Mapping[str, object]", response.get("Error") or {})
    metadata = cast("Mapping[str, object]", response.get("ResponseMetadata") or {})
    status = metadata.get("HTTPStatusCode")
    sensitive = tuple(sensitive)
    # AWS allows a URL after the code.
    code = str(content.get("Code") or "Unknown").partition(":")[0]
    kind = _class_of(code, status, kinds)
    request_id = metadata.get("RequestId")
    return kind(
        scrub(_reason(content), sensitive),
        code=code if code in kinds else scrub(code, sensitive),
        operation=request.operation,
        request_id=request_id if isinstance(request_id, str) else None,
        status_code=status if isinstance(status, int) else None,
        region=request.region,
        client_token=request.client_token,
        next_step=_BY_CLASS.get(kind),
    )


def _response(error: Exception) -> Mapping[str, object]:
    return cast("Mapping[str, object]", getattr(error, "response", {}))


def _voice_id_error(raised: Exception, request: Request) -> errors.ServiceError:
    response = _response(raised)
    sensitive = service_model.sensitive_values(request.operation, request.body, SENSITIVE_SHAPES)
    error = service_error(raised, request, sensitive)
    if isinstance(error, errors.ConflictError) and isinstance(conflict := response.get("ConflictType"), str):
        error.conflict_type = ConflictType(conflict)
        error.next_step = _BY_CONFLICT.get(error.conflict_type)
    if isinstance(error, errors.ResourceNotFoundError) and isinstance(
        resource := response.get("ResourceType"), str
    ):
        error.resource_type = ResourceType(resource)
        error.next_step = _BY_RESOURCE.get(error.resource_type)
    if isinstance(error, errors.AccessDeniedError):
        error.next_step = (
            _where_to_go(request) or "Check the caller's IAM policy and access to the domain's KMS key."
        )
    if type(error) is errors.ServiceError and error.status_code == HTTPStatus.NOT_FOUND:
        error.next_step = _where_to_go(request) or (
            "Check the endpoint_url: it must be the address of Voice ID, without a path."
        )
    if _NO_NEW_CUSTOMERS in error.message:
        error.next_step = f"{SERVICE_ENDED}."
    return error


_NO_NEW_CUSTOMERS: Final = "New customer access is no longer available"


def _reason(content: Mapping[str, object]) -> str:
    text = str(content.get("Message") or "").strip()
    # Load balancers and proxies respond with HTML, which botocore takes for the message.
    if text.startswith("<"):
        return "the response is a web page, not the service's"
    return text or "the service gave no reason"


def _class_of(
    code: str, status: object, kinds: Mapping[str, type[errors.ServiceError]]
) -> type[errors.ServiceError]:
    if code in kinds:
        return kinds[code]
    # botocore takes the status as the code of a response without one.
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.ThrottlingError
    if isinstance(status, int) and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.InternalServerError
    return errors.ServiceError
