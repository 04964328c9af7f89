"""Faults on demand: errors, lost connections, truncated responses, latency and throttling."""

import copy
import random
from collections import defaultdict, deque
from typing import Final

import attrs

from voiceid_sdk import service_model
from voiceid_sdk._values import COUNT, NUMBER
from voiceid_sdk.local.arguments import check_arguments
from voiceid_sdk.local.in_this_process import InThisProcess
from voiceid_sdk.local.locks import Lock
from voiceid_sdk.local.protocol.aws_json import Delivery, Response
from voiceid_sdk.local.protocol.errors import ServiceException, internal, make_error, throttled
from voiceid_sdk.local.rate_limiter import TokenBucket

MAX_DELAY_SECONDS: Final = 24 * 3600.0
"""The limit keeps a manual clock within the range of dates."""

SERVICE_ENDED: Final = "New customer access is no longer available"
"""The message of AWS's endpoints to accounts without access to the ended service."""

MAX_FAULTS: Final = 1000
"""Faults of the next requests that are waiting, and as many of a share of requests."""

MAX_MESSAGE: Final = 1024
"""Characters of an error's message."""

MAX_RATE: Final = 1_000_000
"""Requests a second."""


@attrs.frozen(kw_only=True)
class Fault:
    """The fault of one request."""

    error: ServiceException | None = None
    """The error that the service returns instead of carrying out the request."""

    delivery: Delivery = Delivery.WHOLE
    """How much of the response is delivered."""

    delay: float = 0.0
    """Seconds by which the response is delayed."""

    def raise_error(self) -> None:
        """Raise the error, if the fault has one."""
        if self.error is not None:
            raise self.error

    def apply_to(self, response: Response) -> Response:
        """Return the response as it is delivered."""
        if self.delivery is Delivery.WHOLE and not self.delay:
            return response
        delivery = self.delivery
        if delivery is Delivery.TRUNCATED and not response.body:
            delivery = Delivery.DROPPED
        return attrs.evolve(response, delivery=delivery, delay=self.delay)


NO_FAULT: Final = Fault()
"""The fault of a request that has none."""


@attrs.define
class _QueuedFault:
    """A fault of the next requests of an operation."""

    fault: Fault
    times: int


@attrs.frozen
class _RandomFault:
    """A fault of a random share of the requests of one operation, or of all."""

    share: float
    operation: str | None
    fault: Fault


class Faults(InThisProcess):
    """The faults on demand of a service; ``service.faults``.

    A request has one fault and the sum of all delays. Faults of the next requests take precedence over
    throttling, and throttling over faults of a share of requests; among those, the oldest comes first.

    Args:
        seed: selects the same requests for a share in every run; None selects them at random.
    """

    def __init__(self, seed: str | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - meant to be repeatable
        self._lock = Lock()
        self._queues: defaultdict[str, deque[_QueuedFault]] = defaultdict(deque)
        self._at_random: list[_RandomFault] = []
        self._buckets: dict[str | None, TokenBucket] = {}

    def fail_next(
        self,
        operation: str,
        code: str,
        *,
        times: int = 1,
        message: str | None = None,
        conflict_type: str | None = None,
        resource_type: str | None = None,
    ) -> None:
        """Let the next requests of an operation fail; further calls add to the queue of the operation.

        Args:
            operation: the operation's name, such as ``"ListSpeakers"``.
            code: an error code of the service, such as ``"ThrottlingException"``.
            times: how many requests fail; each retry counts as one.
            message: the error's message; by default the service's own.
            conflict_type: the ``ConflictType`` of a ``ConflictException``.
            resource_type: the ``ResourceType`` of a ``ResourceNotFoundException``.

        Raises:
            ValueError: the service has no such operation, code or type, ``times`` is below one, the message
                has more than 1,024 characters, or 1,000 faults are waiting.
        """
        fault = Fault(error=make_error(code, message, conflict_type, resource_type))
        self._queue(operation, fault, times)

    def fail_share(
        self,
        share: float,
        code: str,
        *,
        operation: str | None = None,
        message: str | None = None,
        conflict_type: str | None = None,
        resource_type: str | None = None,
    ) -> None:
        """Let a share of requests fail.

        Args:
            share: from 0.0 for none to 1.0 for all.
            code: an error code of the service, such as ``"InternalServerException"``.
            operation: the operation's name; by default all operations.
            message: the error's message; by default the service's own.
            conflict_type: the ``ConflictType`` of a ``ConflictException``.
            resource_type: the ``ResourceType`` of a ``ResourceNotFoundException``.

        Raises:
            ValueError: the service has no such operation, code or type, ``share`` is not a share, the message
                has more than 1,024 characters, or there are 1,000 faults of a share of requests.
        """
        self._add_random(
            share, operation, Fault(error=make_error(code, message, conflict_type, resource_type))
        )

    def drop_next(self, operation: str, *, times: int = 1, performed: bool = True) -> None:
        """Drop the connection before the responses to the next requests of an operation.

        Args:
            operation: the operation's name.
            times: how many requests; each retry counts as one.
            performed: whether the service carries out the request before the connection is dropped.

        Raises:
            ValueError: the service has no such operation, or ``times`` is below one.
        """
        self._queue(operation, _dropped(performed=performed), times)

    def drop_share(self, share: float, *, operation: str | None = None, performed: bool = True) -> None:
        """Drop the connection before the responses to a share of requests.

        Args:
            share: from 0.0 for none to 1.0 for all.
            operation: the operation's name; by default all operations.
            performed: whether the service carries out the request before the connection is dropped.

        Raises:
            ValueError: the service has no such operation, or ``share`` is not a share.
        """
        self._add_random(share, operation, _dropped(performed=performed))

    def truncate_next(self, operation: str, *, times: int = 1) -> None:
        """Drop the connection in the middle of the responses to the next requests of an operation.

        The request is carried out. Of a response without a body, nothing is delivered.

        Args:
            operation: the operation's name.
            times: how many requests; each retry counts as one.

        Raises:
            ValueError: the service has no such operation, or ``times`` is below one.
        """
        self._queue(operation, Fault(delivery=Delivery.TRUNCATED), times)

    def truncate_share(self, share: float, *, operation: str | None = None) -> None:
        """Drop the connection in the middle of the responses to a share of requests.

        Args:
            share: from 0.0 for none to 1.0 for all.
            operation: the operation's name; by default all operations.

        Raises:
            ValueError: the service has no such operation, or ``share`` is not a share.
        """
        self._add_random(share, operation, Fault(delivery=Delivery.TRUNCATED))

    def delay(self, seconds: float, *, operation: str | None = None, share: float = 1.0) -> None:
        """Delay responses; several delays add up.

        A ``ManualClock`` is advanced instead. In process, a client's timeouts do not apply.

        Args:
            seconds: the delay, above zero and at most a day.
            operation: the operation's name; by default all operations.
            share: the share of requests that are delayed, from 0.0 to 1.0.

        Raises:
            ValueError: the service has no such operation, ``share`` is not a share, or ``seconds`` is not
                above zero, or more than a day.
        """
        check_arguments(seconds=(seconds, NUMBER))
        if not 0 < seconds <= MAX_DELAY_SECONDS:
            raise ValueError("seconds must be above zero and at most a day")
        self._add_random(share, operation, Fault(delay=seconds))

    def throttle(self, rate: float, *, operation: str | None = None) -> None:
        """Throttle requests above a rate, by the service's clock; those of one second are admitted at once.

        Args:
            rate: requests a second, above zero and at most a million; it replaces an earlier one.
            operation: the operation's name; by default all operations share the rate.

        Raises:
            ValueError: the service has no such operation, or ``rate`` is out of its range.
        """
        _check_operation(operation)
        check_arguments(rate=(rate, NUMBER))
        if not 0 < rate <= MAX_RATE:
            raise ValueError("rate must be above zero and at most a million requests a second")
        bucket = TokenBucket(rate)
        self._lock.run(lambda: self._buckets.update({operation: bucket}))

    def end_of_service(self) -> None:
        """Let every request fail as AWS's endpoints did for accounts without access to the ended service.

        The error is an ``AccessDeniedException`` with the message ``SERVICE_ENDED``. Source: programs that
        scan accounts match the message, because the code alone also means that a permission is missing.
        """
        self.fail_share(1.0, "AccessDeniedException", message=SERVICE_ENDED)

    def clear(self) -> None:
        """Remove all faults."""
        self._lock.run(self._clear)

    def _clear(self) -> None:
        self._queues.clear()
        self._at_random.clear()
        self._buckets.clear()

    @property
    def are_set(self) -> bool:
        """Whether any request may have a fault."""
        return bool(self._queues or self._at_random or self._buckets)

    def next_for(self, operation: str, now: float) -> Fault:
        """Return the fault of a request that arrives at ``now`` (epoch seconds)."""
        return self._lock.run(lambda: self._next_for(operation, now))

    def _next_for(self, operation: str, now: float) -> Fault:
        # Drawn for every request, so that a queued fault does not change which requests are drawn later.
        drawn = [one.fault for one in self._at_random if self._is_drawn(one, operation)]
        delay = sum(fault.delay for fault in drawn)
        faults = (fault for fault in drawn if not fault.delay)
        fault = self._queued(operation) or self._throttled(operation, now) or next(faults, NO_FAULT)
        # A copy, because an exception collects a traceback each time it is raised.
        return attrs.evolve(fault, delay=delay, error=copy.copy(fault.error))

    def _is_drawn(self, random_fault: _RandomFault, operation: str) -> bool:
        applies = random_fault.operation in {None, operation}
        return applies and self._random.random() < random_fault.share

    def _queued(self, operation: str) -> Fault | None:
        queue = self._queues.get(operation)
        if not queue:
            return None
        if queue[0].times <= 1:
            return queue.popleft().fault
        queue[0].times -= 1
        return queue[0].fault

    def _throttled(self, operation: str, now: float) -> Fault | None:
        buckets = [self._buckets[name] for name in (operation, None) if name in self._buckets]
        admitted = all(bucket.admits(now) for bucket in buckets)
        return None if admitted else Fault(error=throttled())

    def _queue(self, operation: str, fault: Fault, times: int) -> None:
        _check_operation(operation)
        check_arguments(times=(times, COUNT))
        if times < 1:
            raise ValueError("times must be at least one")
        _check_message(fault)

        def add() -> None:
            _check_count(sum(map(len, self._queues.values())))
            self._queues[operation].append(_QueuedFault(fault, times))

        self._lock.run(add)

    def _add_random(self, share: float, operation: str | None, fault: Fault) -> None:
        _check_operation(operation)
        check_arguments(share=(share, NUMBER))
        if not 0 <= share <= 1:
            raise ValueError("share must be from 0 to 1")
        _check_message(fault)

        def add() -> None:
            _check_count(len(self._at_random))
            self._at_random.append(_RandomFault(share, operation, fault))

        self._lock.run(add)


def _dropped(*, performed: bool) -> Fault:
    return Fault(delivery=Delivery.DROPPED, error=None if performed else internal())


def _check_count(count: int) -> None:
    if count >= MAX_FAULTS:
        raise ValueError(f"there must be at most {MAX_FAULTS:,} faults at a time")


def _check_message(fault: Fault) -> None:
    if fault.error is not None and len(fault.error.message) > MAX_MESSAGE:
        raise ValueError(f"message must have at most {MAX_MESSAGE:,} characters")


def _check_operation(operation: str | None) -> None:
    if operation is not None and operation not in service_model.operation_names():
        raise ValueError("operation must be an operation of the service")
