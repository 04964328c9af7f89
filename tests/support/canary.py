"""A canary value in all sensitive places of requests and responses, and the texts that must not have it."""

import functools
import html
import importlib.util
import json
import pickle
import pprint
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

import attrs

from tests.support.canned_responses import DOMAIN_ARN, DOMAIN_ID, JOB_ID, ROLE_ARN, WATCHLIST_ID
from voiceid_sdk import Domain, VoiceID, batch, models, service_model
from voiceid_sdk._conversion.extra_fields import ExtraFields
from voiceid_sdk._wire.botocore_errors import SENSITIVE_SHAPES
from voiceid_sdk.paging import Page

QUOTATIONS: Final[Mapping[str, Callable[[str], str]]] = {
    "as it is": str,
    "in capitals": str.upper,
    "in mixed case": str.swapcase,
    "inside a word": lambda value: f"x{value}y",
    "inside a path": lambda value: f"https://example.com/items/{value}/versions",
    "in JSON": json.dumps,
    "in JSON without ASCII escapes": lambda value: json.dumps(value, ensure_ascii=False),
    "in JSON in JSON": lambda value: json.dumps(json.dumps({"Value": value})),
    "in JSON with escaped slashes": lambda value: json.dumps(value).replace("/", r"\/"),
    "in a URL": lambda value: quote(value, safe=""),
    "in a URL's path": quote,
    "in a form": quote_plus,
    "in a URL in a URL": lambda value: quote(quote(value, safe=""), safe=""),
    "in HTML": html.escape,
    "in JSON in HTML": lambda value: html.escape(json.dumps(value)),
    "as Python's bytes": lambda value: repr(value.encode()),
    "as JSON in Python's bytes": lambda value: repr(json.dumps({"Value": value}).encode()),
    "without the prefix": lambda value: re.sub("^(id#|s3://)", "", value),
    "only the end of a URI": lambda value: re.sub("^s3://[^/]*/", "", value),
}
"""The ways in which a service, a proxy or a library may quote a value."""


# --- Data with the canary -------------------------------------------------------------------------------

CANARY: Final = "Xq7Canary9Zk"
"""Part of every sensitive value, and of no other."""

MANIFEST: Final = f"s3://bucket-{CANARY.lower()}/in {CANARY}/it's a manifest.json"

VALUES: Final[Mapping[str, str]] = {
    "CustomerSpeakerId": f"speaker-{CANARY}_1",
    "Description": f"Für {CANARY}: 50% of a+b/c",
    "DomainName": f"domain-{CANARY}",
    "FraudsterId": f"id#{CANARY}Fraudster1",
    "GeneratedFraudsterId": f"id#{CANARY}Fraudster1",
    "GeneratedSpeakerId": f"id#{CANARY}Speaker123",
    "JobName": f"job_{CANARY}",
    "NextToken": f"page/{CANARY}==",
    "S3Uri": MANIFEST,
    "SessionId": f"id#{CANARY}Session123",
    "SessionName": f"contact-{CANARY}",
    "SessionNameOrId": f"contact-{CANARY}",
    "SpeakerId": f"speaker-{CANARY}_1",
    "TagKey": f"key {CANARY}@ö",
    "TagValue": f"value:{CANARY}",
    "WatchlistDescription": f"Betrüger {CANARY} = 1",
    "WatchlistName": f"list-{CANARY}",
}
"""The sensitive values, by shape."""

HARMLESS: Final[Mapping[str, object]] = {
    "AmazonResourceName": DOMAIN_ARN,
    "Arn": DOMAIN_ARN,
    "ClientTokenString": "token-1",
    "DomainId": DOMAIN_ID,
    "IamRoleArn": ROLE_ARN,
    "JobId": JOB_ID,
    "KmsKeyId": "alias/voice-id",
    "UniqueIdLarge": JOB_ID,
    "WatchlistId": WATCHLIST_ID,
}

PROSE: Final = f"It went wrong with {CANARY}."
"""Text of the service, in fields for free text."""

TOMORROW: Final = {CANARY: [CANARY, {CANARY: CANARY}]}
"""The value of an unknown member."""


def filled(shape: str, extra: Mapping[str, object]) -> Any:
    """Return a value with every member of the model, with the canary in every sensitive string."""
    rules = service_model.shape(shape)
    match rules["type"]:
        case "structure":
            members = rules.get("members", {}).items()
            token = {"NextToken": VALUES["NextToken"]} if "NextToken" in rules.get("members", {}) else {}
            return {**{name: filled(member["shape"], extra) for name, member in members}, **token, **extra}
        case "list":
            return [filled(rules["member"]["shape"], extra)]
        case "integer" | "timestamp":
            return 7
        case "boolean":
            return True
        case _:
            known = {**VALUES, **HARMLESS, "String": PROSE}
            return rules["enum"][0] if "enum" in rules else known[shape]


OPERATIONS: Final = service_model.operation_names()

REQUESTS: Final = {name: filled(service_model.operation(name)["input"]["shape"], {}) for name in OPERATIONS}

ANSWERS: Final = {
    name: filled(output["shape"], {"Tomorrow": TOMORROW})
    for name in OPERATIONS
    if (output := service_model.operation(name).get("output"))
    and service_model.shape(output["shape"]).get("members")
}

SENSITIVE_PARTS: Final = {
    name: list(service_model.sensitive_values(name, REQUESTS[name], SENSITIVE_SHAPES)) for name in OPERATIONS
}
"""The sensitive values of each operation's request."""

TELLING: Final = [name for name in OPERATIONS if SENSITIVE_PARTS[name]]
"""The operations that send something sensitive."""

_NAMED: Final = {"name": VALUES["DomainName"], "description": VALUES["Description"], "kms_key_id": "alias/k"}
_LISTED: Final = {"name": VALUES["WatchlistName"], "description": VALUES["WatchlistDescription"]}
TAGS: Final = {VALUES["TagKey"]: VALUES["TagValue"]}
_JOB: Final[dict[str, Any]] = {
    "input_s3_uri": MANIFEST,
    "output_s3_uri": MANIFEST,
    "data_access_role_arn": ROLE_ARN,
    "job_name": VALUES["JobName"],
}

METHODS: Final[Mapping[str, Callable[[VoiceID, Domain], object]]] = {
    "AssociateFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).associate(WATCHLIST_ID),
    "CreateDomain": lambda voiceid, _: voiceid.create_domain(**_NAMED, tags=TAGS),
    "CreateWatchlist": lambda _, domain: domain.create_watchlist(**_LISTED),
    "DeleteDomain": lambda _, domain: domain.delete(),
    "DeleteFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).delete(),
    "DeleteSpeaker": lambda _, domain: domain.speaker(VALUES["SpeakerId"]).delete(),
    "DeleteWatchlist": lambda _, domain: domain.watchlist(WATCHLIST_ID).delete(),
    "DescribeDomain": lambda _, domain: domain.describe(),
    "DescribeFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).describe(),
    "DescribeFraudsterRegistrationJob": lambda _, domain: domain.registration_job(JOB_ID).describe(),
    "DescribeSpeaker": lambda _, domain: domain.speaker(VALUES["SpeakerId"]).describe(),
    "DescribeSpeakerEnrollmentJob": lambda _, domain: domain.enrollment_job(JOB_ID).describe(),
    "DescribeWatchlist": lambda _, domain: domain.watchlist(WATCHLIST_ID).describe(),
    "DisassociateFraudster": lambda _, domain: domain.fraudster(VALUES["FraudsterId"]).disassociate(
        WATCHLIST_ID
    ),
    "EvaluateSession": lambda _, domain: domain.session(VALUES["SessionName"]).evaluate(),
    "ListDomains": lambda voiceid, _: next(voiceid.domains().pages()),
    "ListFraudsterRegistrationJobs": lambda _, domain: next(domain.registration_jobs().pages()),
    "ListFraudsters": lambda _, domain: next(domain.fraudsters().pages()),
    "ListSpeakerEnrollmentJobs": lambda _, domain: next(domain.enrollment_jobs().pages()),
    "ListSpeakers": lambda _, domain: next(domain.speakers().pages()),
    "ListTagsForResource": lambda voiceid, _: voiceid.tags(DOMAIN_ARN),
    "ListWatchlists": lambda _, domain: next(domain.watchlists().pages()),
    "OptOutSpeaker": lambda _, domain: domain.speaker(VALUES["SpeakerId"]).opt_out(),
    "StartFraudsterRegistrationJob": lambda _, domain: domain.start_registration_job(**_JOB),
    "StartSpeakerEnrollmentJob": lambda _, domain: domain.start_enrollment_job(**_JOB),
    "TagResource": lambda voiceid, _: voiceid.tag(DOMAIN_ARN, TAGS),
    "UntagResource": lambda voiceid, _: voiceid.untag(DOMAIN_ARN, TAGS),
    "UpdateDomain": lambda _, domain: domain.replace(**_NAMED),
    "UpdateWatchlist": lambda _, domain: domain.watchlist(WATCHLIST_ID).update(**_LISTED),
}
"""A call of each operation's method, with the canary in every argument that may have it."""


def call(operation: str, voiceid: VoiceID) -> object:
    return METHODS[operation](voiceid, voiceid.domain(DOMAIN_ID))


# --- Texts that are searched ----------------------------------------------------------------------------


def has_canary(text: str) -> bool:
    return CANARY.lower() in text.lower()


@functools.cache
def display_formatter() -> Any:
    """Return IPython's formatter, which takes longer to make than to use."""
    return importlib.import_module("IPython.core.formatters").DisplayFormatter()


@functools.cache
def has_forms_for_notebooks(kind: type) -> bool:
    """Return whether a class has methods that IPython looks up for forms other than text."""
    return any(re.fullmatch(r"_repr_\w+_|_ipython_display_", name) for name in dir(kind))


def in_a_notebook(value: object) -> str:
    """Return the output of a notebook cell that ends with ``value``."""
    kind: Any = type(value)  # to mypy, the class of any object is not hashable
    if importlib.util.find_spec("IPython"):
        if has_forms_for_notebooks(kind):
            return str(display_formatter().format(value))
        return str(display_formatter().formatters["text/plain"](value))
    # IPython uses the class's repr; its printer resembles that of pprint.
    assert not has_forms_for_notebooks(kind)
    return pprint.pformat(value)


def by_rich(value: object) -> str:
    """Return what the package ``rich`` prints: the class's own repr, or else a dictionary's items."""
    says = getattr(value, "__rich_repr__", None)
    if says is not None:
        return str(list(says()))
    return str({**value}) if isinstance(value, dict) else repr(value)


def looks(value: object) -> Iterator[str]:
    """Yield every text that shows ``value`` or a value inside it."""
    yield from (repr(value), str(value), f"{value}", pprint.pformat([value]))
    yield from (in_a_notebook(value), by_rich(value))
    inside: list[object] = []
    if isinstance(value, BaseException):
        yield from traceback.format_exception(value)
        yield repr((value.args, value.__cause__, value.__context__, getattr(value, "__notes__", None)))
        # A resume token is meant to be stored, and may contain the request.
        yield repr({name: kept for name, kept in vars(value).items() if name != "resume_token"})
    elif isinstance(value, (models.Structure, Page, *BATCHES)):
        inside = [getattr(value, field.name) for field in attrs.fields(type(value))]
    elif isinstance(value, ExtraFields):
        inside = list(value.values())
    else:
        inside = [getattr(value, "info", None)]
    for part in inside:
        for one in part if isinstance(part, tuple) else (part,):
            if isinstance(one, (models.Structure, ExtraFields)):
                yield from looks(one)


def everything_shown(value: object) -> str:
    """Return all those texts, also of a pickled copy if ``value`` can be pickled."""
    texts = list(looks(value))
    if isinstance(value, (models.Structure, Page, Exception, *BATCHES)):
        texts += looks(pickle.loads(pickle.dumps(value)))
    return "\n".join(texts)


BATCHES: Final = (
    batch.EnrollmentManifest,
    batch.EnrollmentResults,
    batch.RegistrationManifest,
    batch.RegistrationResults,
)


def error_of(fails: Callable[[], object]) -> Exception:
    """Return the error that a call raises."""
    try:
        fails()
    except Exception as error:  # of any class
        return error
    raise AssertionError("nothing was raised")
