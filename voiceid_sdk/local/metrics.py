"""Counts of requests since the start of the service, and metrics as text in the format of Prometheus.

Source: the metrics in CloudWatch's namespace ``VoiceID``, in the administrator guide.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from http import HTTPStatus

import attrs


class Outcome(StrEnum):
    """The outcome of a request."""

    SUCCESS = "success"
    USER_ERROR = "user_error"
    SYSTEM_ERROR = "system_error"
    THROTTLE = "throttle"

    @classmethod
    def of(cls, status: int) -> "Outcome":
        """Return the outcome that an HTTP status of the Smithy model stands for."""
        if status < HTTPStatus.BAD_REQUEST:
            return cls.SUCCESS
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return cls.THROTTLE
        return cls.SYSTEM_ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else cls.USER_ERROR


@attrs.frozen(kw_only=True)
class Metric:
    """A metric, with its value for each set of labels."""

    name: str
    description: str
    kind: str
    values: Iterable[tuple[Mapping[str, str], float]]
    """Labels and values. Labels are operations, outcomes and regions, never data of callers."""

    def text(self) -> str:
        """Return the metric in the format of Prometheus."""
        lines = [f"# HELP {self.name} {self.description}", f"# TYPE {self.name} {self.kind}"]
        for labels, value in self.values:
            given = ",".join(f'{name}="{label}"' for name, label in labels.items())
            lines.append(f"{self.name}{{{given}}} {value:g}" if given else f"{self.name} {value:g}")
        return "\n".join(lines)


@attrs.frozen
class _Counts:
    """The counts of one thread."""

    requests: defaultdict[tuple[str, Outcome], int] = attrs.field(factory=lambda: defaultdict(int))
    seconds: defaultdict[str, float] = attrs.field(factory=lambda: defaultdict(float))


class RequestCounts:
    """Counts requests and the time that they take; may be used by many threads at a time.

    Each thread has counts of its own, so that counting needs no lock.
    """

    def __init__(self) -> None:
        self._of_threads: defaultdict[int, _Counts] = defaultdict(_Counts)

    def add(self, operation: str, outcome: Outcome, seconds: float) -> None:
        """Count a request."""
        counts = self._of_threads[threading.get_ident()]
        counts.requests[operation, outcome] += 1
        counts.seconds[operation] += seconds

    def metrics(self) -> list[Metric]:
        """Return the counts as metrics."""
        requests: Counter[tuple[str, Outcome]] = Counter()
        seconds: defaultdict[str, float] = defaultdict(float)
        for counts in list(self._of_threads.values()):
            # Copies, because their threads go on counting.
            requests.update(counts.requests.copy())
            for operation, total in counts.seconds.copy().items():
                seconds[operation] += total
        return [
            Metric(
                name="voiceid_requests_total",
                description="Requests by operation and outcome.",
                kind="counter",
                values=[
                    ({"operation": operation, "outcome": outcome}, count)
                    for (operation, outcome), count in sorted(requests.items())
                ],
            ),
            Metric(
                name="voiceid_request_latency_seconds_total",
                description="Seconds that requests took, by operation.",
                kind="counter",
                values=[({"operation": operation}, total) for operation, total in sorted(seconds.items())],
            ),
        ]
