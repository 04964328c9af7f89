"""The list of all measurements, in the order in which they run, with the tables that show their rows."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

import attrs

from benchmarks.measuring import Result


class Measure(Protocol):
    """The function ``measure`` of a file."""

    def __call__(self, *, quick: bool) -> Iterator[Result]:
        """Measure and yield the results; with ``quick``, only test in seconds that it runs."""
        ...


@attrs.frozen(kw_only=True)
class Measurement:
    """A file of this folder with a function ``measure``."""

    table: str = "The client"
    """The title of the table with its rows."""
    any_python: bool = False
    """Whether its figures cannot depend on the Python, so that one Python is enough."""


MEASUREMENTS: Final[Mapping[str, Measurement]] = {
    "describe": Measurement(),
    "listing": Measurement(),
    "memory": Measurement(),
    "scaling": Measurement(),
    "startup": Measurement(),
    "second_client": Measurement(),
    "polling": Measurement(),
    "bulk": Measurement(table="Many calls at a time"),
    "async_client": Measurement(table="The async client"),
    "local_service": Measurement(table="Local Voice ID over HTTP"),
    "server_cpu": Measurement(table="Local Voice ID over HTTP"),
    "voices": Measurement(table="Real voices: errors", any_python=True),
    "voice_cost": Measurement(table="Real voices: cost"),
    "resampling": Measurement(table="Recordings: quality", any_python=True),
    "resampling_speed": Measurement(table="Recordings: speed"),
    "checking": Measurement(table="Recordings: speed"),
    "pydantic_models": Measurement(table="Peers"),
    "aiobotocore_client": Measurement(table="Peers"),
}


def measure_function(name: str) -> Measure:
    """Return the function ``measure`` of the file ``name``."""
    measure: Measure = importlib.import_module(f"benchmarks.{name}").measure
    return measure
