"""Finds the calls of Voice ID in a boto3 program, and the new form of each."""

import ast
import difflib
import enum
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

import attrs

from voiceid_sdk import errors, service_model
from voiceid_sdk._arguments import check_types
from voiceid_sdk._values import is_encodable
from voiceid_sdk.migration.programs.clients import Clients
from voiceid_sdk.migration.programs.new_forms import NEW_FORMS, render
from voiceid_sdk.privacy.marks import SENSITIVE, redact_marked_fields
from voiceid_sdk.service_model import SERVICE_NAME


class CallKind(enum.StrEnum):
    """The kinds of call in a boto3 program."""

    CALL = "CALL"
    """A call of an operation."""
    POSSIBLE = "POSSIBLE"
    """A call that may be one of Voice ID: other services have the operation, and the client is unknown."""
    EXCEPTION = "EXCEPTION"
    """An exception class of the client."""
    NEVER_EXISTED = "NEVER_EXISTED"
    """A call of an operation, paginator, waiter or exception that Voice ID never had."""


@attrs.frozen(kw_only=True, field_transformer=redact_marked_fields)
class ProgramCall:
    """A call in a boto3 program, with its new form. ``repr`` shows no code, because it may name callers."""

    kind: CallKind
    """The kind of call."""
    line: int
    """The line on which it begins."""
    method: str
    """The method of the client, such as ``describe_speaker``."""
    code: Annotated[str, SENSITIVE]
    """The call as the program has it, on one line."""
    new_form: Annotated[str | None, SENSITIVE] = None
    """The same call with this package; None when there is no equivalent."""
    notes: tuple[str, ...] = ()
    """Other changes, and mistakes in the call."""

    @property
    def is_wrong(self) -> bool:
        """Whether the call fails with boto3, too."""
        return self.kind == CallKind.NEVER_EXISTED or any(_NO_PARAMETER in note for note in self.notes)


_NO_PARAMETER: Final = "has no parameter"

_CLIENT_METHODS: Final = frozenset(
    {"can_paginate", "close", "generate_presigned_url", "get_paginator", "get_waiter", "waiter_names"}
)
"""Methods of every boto3 client; ``VoiceID.boto3_client`` has them as well."""

_ELSEWHERE: Final = frozenset(
    {
        "create_domain",
        "delete_domain",
        "describe_domain",
        "list_domains",
        "list_tags_for_resource",
        "tag_resource",
        "untag_resource",
        "update_domain",
    }
)
"""Methods that clients of other services have, too."""

_SESSIONS: Final = "Amazon Connect makes sessions; Local Voice ID has LocalVoiceID.start_call(...)"

_REASONS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile("session"), _SESSIONS),
    (re.compile("(enroll|create|register|add)_speaker"), "Domain.enroll(...) enrolls from recordings"),
    (
        re.compile("(create|register|add)_fraudster"),
        "Domain.register_fraudsters(...) registers from recordings",
    ),
    (re.compile("opt_in"), "only Speaker.delete() undoes an opt-out"),
    (re.compile("(authenticate|verify|evaluate)"), "Session.evaluate() authenticates the caller"),
    (re.compile("(cancel|stop|delete)_.*job"), "jobs cannot be cancelled or deleted"),
)

_WAITERS: Final = "Voice ID never had waiters; handles have wait(), wait_until(...) and wait_until_active()"


@functools.cache
def _operations() -> Mapping[str, str]:
    """Return the operations by their methods of a boto3 client."""
    return {re.sub("(?<!^)([A-Z])", r"_\1", name).lower(): name for name in service_model.operation_names()}


def check_program(source: str) -> list[ProgramCall]:
    """Return the calls of Voice ID in a boto3 program, in the order of their lines.

    Args:
        source: the text of a Python program. It is parsed, not run.

    Raises:
        SyntaxError: it is not Python of this version, or it is nested too deeply.
        RequestValidationError: ``source`` is no string.
    """
    check_types("check_program", source=(source, (str,), "must be the text of a program"))
    if "\0" in source or not is_encodable(source):
        raise SyntaxError("the program has characters that no source file can have")
    try:
        return _check(source)
    except (MemoryError, RecursionError):  # what the parser and a walk through its tree raise
        raise SyntaxError("the program is nested too deeply") from None


def _check(source: str) -> list[ProgramCall]:
    program = ast.parse(source)
    clients = Clients(program)
    is_about_voice_id = SERVICE_NAME in source
    found = (
        call
        for node in ast.walk(program)
        for call in _checked(node, clients, is_about_voice_id=is_about_voice_id)
    )
    return sorted(found, key=lambda call: (call.line, call.code))


def _checked(node: ast.AST, clients: Clients, *, is_about_voice_id: bool) -> Iterator[ProgramCall]:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
        if node.value.attr == "exceptions" and SERVICE_NAME in clients.services(node.value.value):
            yield _exception(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        method, owner = node.func.attr, node.func.value
        paginator = clients.paginator(owner) if method == "paginate" else None
        if paginator is not None:
            owner, method = paginator
        services = clients.services(owner)
        kind = _kind(method, services, is_about_voice_id=is_about_voice_id)
        if not services and not _may_be_of_boto3(node):
            return
        if method == "get_waiter" and SERVICE_NAME in services:
            yield _call(node, CallKind.NEVER_EXISTED, method, None, (_WAITERS,))
        elif kind is not None and paginator is not None:
            yield _paginated(node, method, kind)
        elif kind is not None and method not in _CLIENT_METHODS:
            yield _operation(node, method, kind)


def _kind(method: str, services: set[str], *, is_about_voice_id: bool) -> CallKind | None:
    """Return the kind of a call of a method, or None if it is not a call of Voice ID."""
    if services and SERVICE_NAME not in services:
        return None
    if method not in _operations():
        return CallKind.NEVER_EXISTED if services == {SERVICE_NAME} else None
    if services == {SERVICE_NAME} or method not in _ELSEWHERE:
        return CallKind.CALL
    return CallKind.POSSIBLE if is_about_voice_id else None


def _may_be_of_boto3(node: ast.Call) -> bool:
    """Return whether a call has arguments such as boto3's methods take: all are named in PascalCase."""
    names = [one.arg for one in node.keywords if one.arg is not None]
    return not node.args and (not names or any(name[0].isupper() for name in names))


def _operation(node: ast.Call, method: str, kind: CallKind) -> ProgramCall:
    if kind == CallKind.NEVER_EXISTED:
        return _call(node, kind, method, None, (_reason(method),))
    operation = _operations()[method]
    given = {one.arg: one.value for one in node.keywords if one.arg is not None}
    form = NEW_FORMS[operation]
    return _call(
        node, kind, method, render(operation, given), tuple(_notes(operation, node, given, form.hint))
    )


def _paginated(node: ast.Call, method: str, kind: CallKind) -> ProgramCall:
    operation = _operations().get(method, "")
    if operation not in service_model.load_paginators():
        reason = f"Voice ID never had a paginator called {method}"
        return _call(node, CallKind.NEVER_EXISTED, method, None, (reason,))
    given = {one.arg: one.value for one in node.keywords if one.arg is not None}
    settings = given.pop("PaginationConfig", None)
    notes = list(_notes(operation, node, given, ""))
    limit = ""
    if isinstance(settings, ast.Dict):
        members = {
            key.value: value
            for key, value in zip(settings.keys, settings.values, strict=True)
            if isinstance(key, ast.Constant)
        }
        if "PageSize" in members:
            given["MaxResults"] = members["PageSize"]
        if "MaxItems" in members:
            limit = f".limit({ast.unparse(members['MaxItems'])})"
        if "StartingToken" in members:
            notes.append(
                "a StartingToken of boto3 cannot be resumed; Pager.items() has resume tokens of its own"
            )
    elif settings is not None:
        notes.append("PageSize becomes page_size=, MaxItems becomes .limit(...)")
    return _call(node, kind, method, render(operation, given) + limit, tuple(notes))


def _notes(operation: str, node: ast.Call, given: Mapping[str, ast.expr], hint: str) -> Iterator[str]:
    shape = service_model.shape(service_model.operation(operation)["input"]["shape"])
    members = shape.get("members", {})
    for name in given:
        if name not in members:
            close = difflib.get_close_matches(name, members, 1)
            yield f"{operation} {_NO_PARAMETER} {name}" + (f"; did you mean {close[0]}?" if close else "")
    has_hidden = any(one.arg is None for one in node.keywords)
    missing = [name for name in shape.get("required", []) if name not in given]
    if missing:
        where = "in ** or missing" if has_hidden else "missing"
        yield f"{', '.join(missing)}: {where}"
    form = NEW_FORMS[operation]
    if form.result:
        instead = f"; no [{form.member!r}]" if form.member else ""
        yield f"returns {form.result}{instead}"
    if "NextToken" in given:
        yield "the Pager follows the page tokens"
    if hint:
        yield hint


def _reason(method: str) -> str:
    reason = next((text for pattern, text in _REASONS if pattern.search(method)), "")
    close = difflib.get_close_matches(method, _operations(), 1, 0.8)
    if close and not reason:
        reason = f"did you mean {close[0]}?"
    return f"Voice ID never had an operation called {method}" + (f"; {reason}" if reason else "")


def _exception(node: ast.Attribute) -> ProgramCall:
    name = f"{node.attr.removesuffix('Exception')}Error"
    is_there = hasattr(errors, name) and node.attr.endswith("Exception")
    is_general = node.attr == "ClientError"
    return _call(
        node,
        CallKind.EXCEPTION if is_there or is_general else CallKind.NEVER_EXISTED,
        node.attr,
        f"errors.{name}" if is_there else "errors.ServiceError" if is_general else None,
        () if is_there or is_general else ("Voice ID never had an exception of this name",),
    )


def _call(
    node: ast.Call | ast.Attribute, kind: CallKind, method: str, new_form: str | None, notes: tuple[str, ...]
) -> ProgramCall:
    code = ast.unparse(node)
    return ProgramCall(kind=kind, line=node.lineno, method=method, code=code, new_form=new_form, notes=notes)
