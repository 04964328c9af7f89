"""Finds the expressions of a program that are boto3 clients, and of which service."""

import ast
from collections import defaultdict
from typing import Final

from voiceid_sdk.service_model import SERVICE_NAME

_ANNOTATION: Final = "VoiceIDClient"
"""The class of a client in the stubs for boto3: mypy_boto3_voice_id and types_boto3_voice_id."""


class Clients:
    """The clients of a program, by the text of the expressions that hold them.

    Scopes are not distinguished: a name that holds clients of several services in several functions counts as
    a client of each.
    """

    def __init__(self, program: ast.AST) -> None:
        self._services: defaultdict[str, set[str]] = defaultdict(set)
        self._paginators: dict[str, tuple[ast.expr, str]] = {}
        arguments = [node for node in ast.walk(program) if isinstance(node, ast.arg)]
        for argument in arguments:
            if _is_annotated(argument.annotation):
                self._services[argument.arg].add(SERVICE_NAME)
        assignments = [node for node in ast.walk(program) if isinstance(node, _ASSIGNMENTS)]
        # Twice, because one assignment can use another, such as self.client = client.
        for _ in range(2):
            for node in assignments:
                self._assign(node)

    def services(self, node: ast.expr) -> set[str]:
        """Return the services of which an expression is a client; none if it is unknown."""
        made = made_service(node)
        return {made} if made else self._services.get(ast.unparse(node), set())

    def paginator(self, node: ast.expr) -> tuple[ast.expr, str] | None:
        """Return the client and the method of an expression that is a paginator."""
        return _paginator(node) or self._paginators.get(ast.unparse(node))

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.withitem) -> None:
        value = node.context_expr if isinstance(node, ast.withitem) else node.value
        if value is None:
            return
        services = self.services(value)
        if isinstance(node, ast.AnnAssign) and _is_annotated(node.annotation):
            services = services | {SERVICE_NAME}
        paginator = self.paginator(value)
        for target in _targets(node):
            self._services[ast.unparse(target)] |= services
            if paginator is not None:
                self._paginators[ast.unparse(target)] = paginator


_ASSIGNMENTS: Final = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.withitem)


def _targets(node: ast.Assign | ast.AnnAssign | ast.NamedExpr | ast.withitem) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, ast.withitem):
        return [] if node.optional_vars is None else [node.optional_vars]
    return [node.target]


def _is_annotated(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation).strip("'\"").endswith(_ANNOTATION)


def made_service(node: ast.expr) -> str | None:
    """Return the service of ``boto3.client("service")``, of any session; None for other expressions."""
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    if name not in {"client", "create_client"}:
        return None
    given = node.args[:1] or [one.value for one in node.keywords if one.arg == "service_name"]
    service = given[0] if given else None
    return service.value if isinstance(service, ast.Constant) and isinstance(service.value, str) else None


def _paginator(node: ast.expr) -> tuple[ast.expr, str] | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr != "get_paginator" or not node.args or not isinstance(node.args[0], ast.Constant):
        return None
    return node.func.value, str(node.args[0].value)
