"""Public names are documented and typed, and importing them is fast."""

import ast
import functools
import importlib
import importlib.metadata
import inspect
import pkgutil
import subprocess
import sys
import textwrap
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import voiceid_sdk
from voiceid_sdk import AsyncVoiceID, VoiceID, _types
from voiceid_sdk.batch import EnrollmentResults

FIXED = {
    "voiceid_sdk": {
        "VoiceID", "WaitPolicy", "errors", "Domain", "Speaker", "Fraudster", "Watchlist", "Session",
        "EnrollmentJob", "RegistrationJob",
    },
    "voiceid_sdk.models": {
        "DomainInfo", "SpeakerInfo", "FraudsterInfo", "WatchlistInfo", "SessionEvaluation",
        "EnrollmentJobInfo", "EnrollmentJobSummary", "RegistrationJobInfo", "RegistrationJobSummary",
    },
    "voiceid_sdk.enums": {"SpeakerStatus", "JobStatus", "AuthenticationDecision", "ConflictType"},
    "voiceid_sdk.errors": {
        "VoiceIDError", "ConfigurationError", "RequestValidationError", "TransportError",
        "TransportTimeoutError",
        "ServiceError", "AccessDeniedError", "ConflictError", "ResourceNotFoundError", "ValidationError",
        "ServiceQuotaExceededError", "ThrottlingError", "InternalServerError", "AuthenticationError",
        "ResponseError", "PaginationError", "WaitError", "WaitTimeoutError", "WaitCancelledError",
        "JobFailedError", "ManifestError", "BulkError",
    },
    "voiceid_sdk.batch": {
        "AudioSpecification", "EnrollmentManifest", "RegistrationManifest", "EnrollmentResults",
        "RegistrationResults", "policies",
    },
    "voiceid_sdk.bulk": {
        "associate_fraudsters", "delete_fraudsters", "delete_speakers", "describe_fraudsters",
        "describe_speakers", "disassociate_fraudsters", "evaluate_sessions", "opt_out_speakers", "run",
        "tag_domains", "Options", "Outcome", "Report", "Run",
    },
    "voiceid_sdk.progress": {"Progress", "ProgressOption"},
    "voiceid_sdk.local": {"LocalVoiceID"},
}  # fmt: skip
"""Names that programs of users depend on: names may be added, and none removed."""


def public_modules() -> list[str]:
    """Return the modules with ``__all__``."""
    names = ["voiceid_sdk", *(m.name for m in pkgutil.walk_packages(voiceid_sdk.__path__, "voiceid_sdk."))]
    quiet = [name for name in names if not name.endswith(("__main__", "testing.plugin", "._types"))]
    return [name for name in quiet if hasattr(importlib.import_module(name), "__all__")]


def public_things() -> Iterator[tuple[str, Any]]:
    """Yield every public class and function by its full name, with the public methods of classes."""
    for module_name in public_modules():
        module = importlib.import_module(module_name)
        for name in module.__all__:
            thing = getattr(module, name)
            if not inspect.isclass(thing) and not inspect.isfunction(thing):
                continue
            yield f"{module_name}.{name}", thing
            if inspect.isclass(thing):
                bases = [base for base in thing.__mro__ if base.__module__.startswith("voiceid_sdk")]
                for member, value in (each for base in bases for each in vars(base).items()):
                    function = value.fget if isinstance(value, property) else value
                    function = getattr(function, "__func__", function)
                    if not member.startswith("_") and inspect.isfunction(function):
                        yield f"{module_name}.{name}.{member}", function


def annotated_things() -> Iterator[tuple[str, Any]]:
    """Yield everything public that has annotations: also inherited and special methods, and properties."""
    for name, thing in EVERYTHING.items():
        yield name, thing
        if not inspect.isclass(thing):
            continue
        for member in dir(thing):
            value = inspect.getattr_static(thing, member)
            of_property = (value.fget, value.fset) if isinstance(value, property) else (value,)
            for wrapped in of_property:
                function = getattr(wrapped, "func", getattr(wrapped, "__func__", wrapped))
                is_private = member.startswith("_") and not member.startswith("__")
                if inspect.isfunction(function) and "voiceid_sdk" in function.__module__ and not is_private:
                    yield f"{name}.{member}", function


EVERYTHING = dict(public_things())

ANNOTATED = {thing: name for name, thing in annotated_things()}
"""The names by their functions and classes, so that those that several modules export are there once."""

FUNCTIONS = {name for name, thing in EVERYTHING.items() if inspect.isfunction(thing)}

OVERLOADED = {"voiceid_sdk.testing.VoiceIDStub.expect", "voiceid_sdk.testing.stub.VoiceIDStub.expect"}
"""Functions with overloads; type checkers and readers see those, not the signature of the implementation."""


@pytest.mark.parametrize("module_name", public_modules())
def test_what_is_public_is_there_and_named_once(module_name: str) -> None:
    module = importlib.import_module(module_name)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []
    assert len(module.__all__) == len(set(module.__all__))


@pytest.mark.parametrize("module_name", public_modules())
def test_what_is_public_is_listed_in_order(module_name: str) -> None:
    names = importlib.import_module(module_name).__all__
    constants_first = sorted(names, key=lambda name: (not name.isupper(), name))
    assert names in (sorted(names), constants_first)


@pytest.mark.parametrize("module_name", ["voiceid_sdk.enums", "voiceid_sdk.errors", "voiceid_sdk.models"])
def test_every_class_of_a_module_of_data_is_public(module_name: str) -> None:
    module = importlib.import_module(module_name)
    made_here = {
        name
        for name, thing in vars(module).items()
        if inspect.isclass(thing) and thing.__module__ == module_name and not name.startswith("_")
    }
    assert made_here <= set(module.__all__)


@pytest.mark.parametrize(("module_name", "names"), FIXED.items())
def test_the_names_that_programs_rely_on_are_there(module_name: str, names: set[str]) -> None:
    assert names.difference(importlib.import_module(module_name).__all__) == set()


def test_everything_public_says_what_it_is_in_one_sentence() -> None:
    firsts = {name: (inspect.getdoc(thing) or "").split("\n\n")[0] for name, thing in EVERYTHING.items()}
    assert [name for name, first in firsts.items() if not first.endswith((".", ":"))] == []


def annotations(function: Any) -> Iterator[str]:
    """Yield the annotations of a function as in its source."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            every += [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
            for annotation in [*(argument.annotation for argument in every), node.returns]:
                if annotation is not None:
                    yield ast.unparse(annotation)
            return


def test_no_public_signature_says_any() -> None:
    found = {name: list(annotations(EVERYTHING[name])) for name in sorted(FUNCTIONS - OVERLOADED)}
    assert [name for name, texts in found.items() if any("Any" in text for text in texts)] == []


def test_type_hints_can_be_evaluated_at_run_time() -> None:
    failures: dict[str, str] = {}
    for thing, name in ANNOTATED.items():
        try:
            typing.get_type_hints(thing)
        except Exception as error:  # any error of the annotation's text
            failures[name] = str(error)
    assert failures == {}
    boto3_client = inspect.getattr_static(VoiceID, "boto3_client")
    assert {VoiceID.__init__, AsyncVoiceID.__init__, boto3_client.fget} <= set(ANNOTATED)


def test_type_hints_name_the_classes_that_are_returned() -> None:
    hints = typing.get_type_hints(voiceid_sdk.VoiceID.domain)
    assert hints["return"] is voiceid_sdk.Domain
    assert hints["domain"] == str | voiceid_sdk.models.DomainInfo
    assert typing.get_type_hints(voiceid_sdk.AsyncVoiceID.domain)["return"] is voiceid_sdk.AsyncDomain


@pytest.mark.parametrize(
    ("function", "package", "name"),
    [
        (voiceid_sdk.paging.Pager.to_pandas, "pandas", "DataFrame"),
        (EnrollmentResults.plot, "matplotlib.axes", "Axes"),
    ],
)
def test_type_hints_need_no_package_of_an_extra(
    function: Any, package: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(vars(_types), name, raising=False)  # if another test has imported it
    assert typing.get_type_hints(function)["return"] is object


def test_every_lazily_imported_type_exists() -> None:
    assert set(_types._MODULES) == set(_types.__all__)
    assert [name for name in _types.__all__ if not hasattr(_types, name)] == []
    with pytest.raises(AttributeError, match="has no attribute 'Speakers'"):
        _types.Speakers  # type: ignore[attr-defined] # noqa: B018


@functools.cache
def modules_after(statement: str) -> set[str]:
    """Return the modules that a new interpreter has imported after a statement."""
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    return set(output.split())


@pytest.mark.parametrize("statement", ["import voiceid_sdk", "from voiceid_sdk import models, enums, errors"])
def test_importing_the_package_loads_nothing_heavy(statement: str) -> None:
    assert modules_after(statement).isdisjoint(
        {"boto3", "botocore", "cattrs", "tenacity", "voiceid_sdk.local"}
    )


def test_a_client_needs_neither_attrs_nor_cattrs() -> None:
    made = modules_after("from voiceid_sdk import VoiceID; VoiceID(region_name='eu-west-2')")
    assert "botocore.client" in made
    assert made.isdisjoint({"attr", "attrs", "cattrs", "tenacity"})


@pytest.mark.uncovered  # coverage imports multiprocessing itself
def test_boto3_is_only_imported_for_what_botocore_does_not_have() -> None:
    made = modules_after("from voiceid_sdk import VoiceID; VoiceID(region_name='eu-west-2')")
    assert made.isdisjoint({"boto3", "s3transfer", "multiprocessing"})


@pytest.mark.parametrize("statement", ["import voiceid_sdk", "import voiceid_sdk; voiceid_sdk.VoiceID"])
def test_handles_and_data_are_loaded_when_they_are_asked_for(statement: str) -> None:
    late = {f"voiceid_sdk.{name}" for name in ("models", "domain", "speaker", "paging", "waiting")}
    assert modules_after(statement).isdisjoint(late)
    assert {"voiceid_sdk.models", "voiceid_sdk.domain"} <= modules_after(f"{statement}; voiceid_sdk.Domain")


FIRST_CALL = """
import json
from types import SimpleNamespace
from voiceid_sdk import {client}
answers = SimpleNamespace(
    describe_speaker=lambda **_: {{"Speaker": {{"Status": "ENROLLED"}}}},
    evaluate_session=lambda **_: {{"StreamingStatus": "ONGOING"}},
)
domain = {client}(client=answers).domain("Abcdefghijklmnopqrst01")
"""
DESCRIBE = (
    FIRST_CALL.format(client="VoiceID") + "assert domain.speaker('ana').describe().status == 'ENROLLED'"
)
EVALUATE = (
    FIRST_CALL.format(client="VoiceID")
    + "assert domain.session('call').evaluate().streaming_status == 'ONGOING'"
)
DESCRIBE_ASYNC = FIRST_CALL.format(client="AsyncVoiceID") + (
    "import asyncio; assert asyncio.run(domain.speaker('ana').describe()).status == 'ENROLLED'"
)
HANDLES = {"speaker", "fraudster", "watchlist", "jobs", "session"}
KINDS = {"domains", "speakers", "fraudsters", "watchlists", "jobs", "sessions", "tags"}


@pytest.mark.parametrize(
    ("program", "package", "handle", "data"),
    [
        (DESCRIBE, "voiceid_sdk", "speaker", "speakers"),
        (EVALUATE, "voiceid_sdk", "session", "sessions"),
        (DESCRIBE_ASYNC, "voiceid_sdk.aio", "speaker", "speakers"),
    ],
)
def test_a_first_call_loads_the_handles_and_data_of_one_kind_of_resource(
    program: str, package: str, handle: str, data: str
) -> None:
    loaded = modules_after(program)
    assert {name for name in HANDLES if f"{package}.{name}" in loaded} == {handle}
    assert {name for name in KINDS if f"voiceid_sdk.models.{name}" in loaded} == {data}
    assert {name for name in KINDS if f"voiceid_sdk._wire.operations.{name}" in loaded} == {data}


def test_a_first_call_loads_nothing_for_lists_waits_jobs_or_unusual_responses() -> None:
    parts = {
        "batch",
        "bulk",
        "events",
        "paging",
        "progress",
        "waiting",
        "_conversion.columns",
        "_wait_conditions",
    }
    assert modules_after(DESCRIBE).isdisjoint(
        {"cattrs", "tenacity", *(f"voiceid_sdk.{part}" for part in parts)}
    )


@pytest.mark.slow
def test_modules_are_attributes_of_the_package_without_an_import_of_their_own() -> None:
    names = [name for name in voiceid_sdk.__all__ if name not in voiceid_sdk._MODULES and name.islower()]
    modules = [name for name in names if not name.startswith("_") and name != "errors"]
    assert {"bulk", "local", "models", "testing"} <= set(modules)
    before = modules_after("import voiceid_sdk")
    after = modules_after(f"import voiceid_sdk; {'; '.join(f'voiceid_sdk.{name}' for name in modules)}")
    assert {f"voiceid_sdk.{name}" for name in modules} <= after
    assert "voiceid_sdk.local" not in before


def test_packages_list_their_names_before_they_are_loaded() -> None:
    program = """
    from voiceid_sdk import aio, bulk, models, privacy
    for package in (aio, bulk, models, privacy):
        assert set(package.__all__) <= set(dir(package)), package
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)


def test_the_package_lists_what_is_loaded_late_and_has_nothing_else() -> None:
    assert set(voiceid_sdk.__all__) <= set(dir(voiceid_sdk))
    with pytest.raises(AttributeError, match="module 'voiceid_sdk' has no attribute 'Speakers'"):
        voiceid_sdk.Speakers  # type: ignore[attr-defined] # noqa: B018


def test_the_error_for_a_misspelt_name_has_what_python_needs_for_its_suggestion() -> None:
    with pytest.raises(AttributeError) as caught:
        voiceid_sdk.VoiceId  # type: ignore[attr-defined] # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("VoiceId", voiceid_sdk)


def test_types_are_shipped() -> None:
    assert (Path(voiceid_sdk.__path__[0]) / "py.typed").exists()


def test_the_errors_are_at_hand_as_a_module() -> None:
    assert voiceid_sdk.errors.VoiceIDError.__module__ == "voiceid_sdk.errors"


def test_the_extra_all_installs_every_other_extra() -> None:
    requirements = importlib.metadata.requires("voiceid-sdk") or []
    of_extras: dict[str, set[str]] = {}
    for requirement in requirements:
        what, _, condition = requirement.partition(" ; " if " ; " in requirement else ";")
        if "extra ==" in condition:
            of_extras.setdefault(condition.split("'")[1], set()).add(what)

    everything = of_extras.pop("all")

    assert of_extras.keys() >= {"audio", "server", "voices"}
    assert everything == set().union(*of_extras.values())
