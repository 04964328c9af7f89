"""Manifests as JSON: the service's format, and one request a line.

Source: the administrator guide's schemas of speaker enrollment and fraudster registration jobs.
"""

import contextlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar, cast

import attrs

from voiceid_sdk._arguments import check_types
from voiceid_sdk._conversion.errors import ConversionError
from voiceid_sdk._conversion.structuring import structure
from voiceid_sdk.batch.requests import EnrollmentRequest, RegistrationRequest, Request
from voiceid_sdk.batch.sources.text_files import Text, TextSource
from voiceid_sdk.errors import ManifestError, Problem
from voiceid_sdk.service_model.limits import MANIFEST_VERSION

_MANIFEST: Final = "The manifest"

RequestT = TypeVar("RequestT", EnrollmentRequest, RegistrationRequest)


def write(requests: Iterable[Request], list_name: str) -> str:
    """Return a manifest in the service's format, one request a line.

    Args:
        requests: the requests.
        list_name: the member that holds them.

    Raises:
        ManifestError: a recording is not in S3 yet.
    """
    lines: list[str] = []
    problems: list[Problem] = []
    for position, request in enumerate(requests):
        for number, audio in enumerate(request.audio_specifications):
            if audio.s3_uri is None:
                place = f"requests[{position}].audio_specifications[{number}].s3_uri"
                rule = "is needed: Domain.enroll uploads local files"
                problems.append(Problem(parameter=place, rule=rule, request_id=request.request_id))
        document = request.to_wire()
        for recording in cast("list[dict[str, object]]", document.get("AudioSpecifications", [])):
            recording.pop("Path", None)
        lines.append(json.dumps(document))
    if problems:
        raise ManifestError.of(_MANIFEST, tuple(problems))
    listed = ",\n".join(lines)
    return f'{{"Version": "{MANIFEST_VERSION}", "{list_name}": [\n{listed}\n]}}\n'


def read(content: str | bytes, list_name: str, kind: type[RequestT]) -> Iterable[RequestT]:
    """Return the requests of a manifest in the service's format.

    Raises:
        ManifestError: the text is something else.
    """
    document = parsed(content)
    if not isinstance(document, dict):
        raise _error("document", "must be a whole JSON object")
    members = cast("dict[str, object]", document)
    if members.get("Version") != MANIFEST_VERSION:
        raise _error("Version", f'must be "{MANIFEST_VERSION}"')
    if members.keys() != {"Version", list_name}:
        raise _error("document", f"must have the members Version and {list_name}, and no others")
    entries = members[list_name]
    if not isinstance(entries, list):
        raise _error(list_name, "must be a list")
    with contextlib.suppress(ConversionError):
        return tuple([structure(kind, entry) for entry in cast("list[object]", entries)])
    # Read again, one by one, to find every problem.
    found = (
        _problems(kind, entry, f"requests[{at}]") for at, entry in enumerate(cast("list[object]", entries))
    )
    raise ManifestError.of(_MANIFEST, tuple(itertools.chain.from_iterable(found)))


def read_lines(
    source: TextSource, kind: type[RequestT], request_id: Callable[[RequestT], str]
) -> Iterator[RequestT]:
    """Yield the requests in a text that has one on each line; empty lines are ignored.

    Args:
        source: the text.
        kind: the class of the requests.
        request_id: the id of a request that has none.

    Raises:
        ManifestError: the text is something else.
    """
    text = Text("The file", source)
    problems: list[Problem] = []
    for number, line in enumerate(text.lines(), 1):
        if not line.strip():
            continue
        entry = parsed(line)
        if not isinstance(entry, dict):
            problems.append(text.problem(f"line {number}", "must be a JSON object"))
            continue
        members = {"RequestId": "", **cast("dict[str, object]", entry)}
        try:
            request = structure(kind, members)
        except ConversionError as error:
            problems += (text.problem(f"line {number}, {name}", rule) for name, rule in error.problems)
            continue
        yield attrs.evolve(
            request,
            request_id=request.request_id or request_id(request),
            audio_specifications=map(text.located, request.audio_specifications),
        )
    if problems:
        raise text.error(*problems)


def parsed(text: str | bytes, function: str = "from_json", parameter: str = "content") -> object:
    """Return the content of a JSON text, or None; the error of json would contain the whole text.

    Args:
        text: the text.
        function: the name of the public function, for the error.
        parameter: the name of its argument, for the error.

    Raises:
        RequestValidationError: it is neither text nor bytes.
    """
    check_types(function, **{parameter: (text, (str, bytes, bytearray), "must be text or bytes")})
    with contextlib.suppress(ValueError, RecursionError):
        return cast("object", json.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text))
    return None


def _problems(kind: type[RequestT], entry: object, place: str) -> tuple[Problem, ...]:
    if not isinstance(entry, dict):
        return (Problem(parameter=place, rule="must be a structure"),)
    try:
        structure(kind, cast("dict[str, object]", entry))
    except ConversionError as error:
        return tuple(Problem(parameter=f"{place}.{name}", rule=rule) for name, rule in error.problems)
    return ()


def _error(parameter: str, rule: str) -> ManifestError:
    return ManifestError.of(_MANIFEST, (Problem(parameter=parameter, rule=rule),))
