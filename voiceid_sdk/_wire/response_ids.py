"""Checks that a response is about the resource that its request named.

Responses can be exchanged where two users share one connection, such as a process and its forked child. The
ids that a response repeats are derived from the service model.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from voiceid_sdk import service_model
from voiceid_sdk._wire.requests import Body, Request
from voiceid_sdk.errors import ResponseError
from voiceid_sdk.service_model.constraints import compile_pattern


def check_ids(request: Request, response: Body, request_id: str | None) -> None:
    """Check that every id in a response that repeats one of the request equals it.

    Raises:
        ResponseError: the response is about another resource.
    """
    for place in _places(request.operation):
        for structure in place.structures(response):
            for repeated in place.ids:
                found, given = structure.get(repeated.member), request.body.get(repeated.requested)
                if found != given and isinstance(found, str) and repeated.can_be(given):
                    raise ResponseError(
                        f"{request.operation} succeeded, but its response is about another resource: "
                        f"its {repeated.member} is not the {repeated.requested} of the request",
                        operation=request.operation,
                        request_id=request_id,
                        client_token=request.client_token,
                        next_step="Make a client in each process and thread that has connections of its own, "
                        "and check the proxies on the way; then describe or list to see the result.",
                    )


@dataclass(frozen=True, slots=True)
class _RepeatedId:
    """A member of a response that repeats an id of the request."""

    member: str
    requested: str
    pattern: str

    def can_be(self, given: object) -> bool:
        """Return whether an id of the request is of this kind: ``SpeakerId`` stands for either of two."""
        return isinstance(given, str) and compile_pattern(self.pattern).fullmatch(given) is not None


@dataclass(frozen=True, slots=True)
class _Place:
    """A structure of a response, or a list of structures, and the ids in it."""

    member: str | None
    """The member of the response that has it; None for the response itself."""
    ids: tuple[_RepeatedId, ...]

    def structures(self, response: Body) -> Iterator[Body]:
        """Yield the structures at this place; a place of another type has none."""
        found = response if self.member is None else response.get(self.member)
        for structure in cast("list[object]", found if isinstance(found, list) else [found]):
            if isinstance(structure, Mapping):
                yield cast("Body", structure)


@functools.cache
def _places(operation: str) -> tuple[_Place, ...]:
    model = service_model.operation(operation)
    requested = [name for name in _members(model["input"]["shape"]) if name.endswith("Id")]
    output = model.get("output", {"shape": ""})["shape"]
    if not output:
        return ()
    # A list has its structures as items; other members, such as a status, have no members.
    shapes: dict[str | None, str] = {None: output}
    for name, shape in _members(output).items():
        shapes[name] = service_model.shape(shape).get("member", {"shape": shape})["shape"]
    places = [_Place(place, tuple(_ids(requested, shape))) for place, shape in shapes.items()]
    return tuple(place for place in places if place.ids)


def _ids(requested: list[str], shape: str) -> Iterator[_RepeatedId]:
    for name in requested:
        for member, its_shape in _members(shape).items():
            if member.endswith(_ENDINGS.get(name, (name,))):
                yield _RepeatedId(member, name, service_model.shape(its_shape).get("pattern", ""))


_ENDINGS: Final = {"SessionNameOrId": ("SessionName", "SessionId")}
"""The ends of the members that repeat an id, where they differ from its own name.

A ``SpeakerId`` is repeated as ``CustomerSpeakerId`` or ``GeneratedSpeakerId``.
"""


def _members(shape: str) -> dict[str, str]:
    members = service_model.shape(shape).get("members", {})
    return {name: member["shape"] for name, member in members.items()}
