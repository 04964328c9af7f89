"""Reads the files of the service model once, and gives them types."""

import functools
import json
from pathlib import Path
from typing import Final, TypedDict, cast

SERVICE_NAME: Final = "voice-id"
"""boto3's name of the service: ``session.client("voice-id")``."""

API_VERSION: Final = "2021-09-27"
"""The only version of the API."""

LOADER_PATH: Final = str(Path(__file__).parent)
"""The folder to give to botocore's loader as a search path."""

REGIONS: Final = (
    "us-east-1",
    "us-west-2",
    "ca-central-1",
    "eu-west-2",
    "eu-central-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
)
"""The regions in which AWS offered Voice ID. Source: botocore's endpoints file."""

FIPS_REGIONS: Final = ("us-east-1", "us-west-2", "ca-central-1")
"""The regions with a FIPS endpoint. Source: botocore's endpoints file."""


class ShapeReference(TypedDict):
    """The name of a shape, where one shape uses another."""

    shape: str


class Member(ShapeReference, total=False):
    """A member of a structure: the shape it has, and whether the SDK fills it in."""

    idempotencyToken: bool


class _ShapeType(TypedDict):
    type: str


class Shape(_ShapeType, total=False):
    """A shape of the model: a structure, list, string, integer, boolean or timestamp."""

    members: dict[str, Member]
    member: ShapeReference
    required: list[str]
    min: int
    max: int
    pattern: str
    enum: list[str]
    sensitive: bool
    exception: bool
    fault: bool
    box: bool


class _OperationBase(TypedDict):
    name: str
    http: dict[str, str]
    input: ShapeReference
    errors: list[ShapeReference]


class OperationModel(_OperationBase, total=False):
    """An operation of the model: its input, its output if it has one, and the errors that it names."""

    output: ShapeReference
    idempotent: bool


class ServiceModel(TypedDict):
    """The whole ``service-2.json`` file."""

    version: str
    metadata: dict[str, str]
    operations: dict[str, OperationModel]
    shapes: dict[str, Shape]


class Paginator(TypedDict):
    """One paginated operation: the names of its token, limit and result members."""

    input_token: str
    output_token: str
    limit_key: str
    result_key: str


def _read(name: str) -> object:
    path = Path(LOADER_PATH) / SERVICE_NAME / API_VERSION / name
    return cast("object", json.loads(path.read_text(encoding="utf-8")))


@functools.cache
def load_service() -> ServiceModel:
    """Return the service model; treat it as read-only."""
    return cast("ServiceModel", _read("service-2.json"))


@functools.cache
def load_paginators() -> dict[str, Paginator]:
    """Return the paginated operations by name; treat them as read-only."""
    return cast("dict[str, dict[str, Paginator]]", _read("paginators-1.json"))["pagination"]


def operation_names() -> tuple[str, ...]:
    """Return the names of all operations, sorted."""
    return tuple(sorted(load_service()["operations"]))


def operation(name: str) -> OperationModel:
    """Return the operation called ``name``; raises KeyError when there is none."""
    return load_service()["operations"][name]


def shape(name: str) -> Shape:
    """Return the shape called ``name``; raises KeyError when there is none."""
    return load_service()["shapes"][name]
