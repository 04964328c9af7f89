"""Failures on demand: errors, lost connections, truncated answers, latency and throttling."""

import copy
import random
import threading
from collections import defaultdict, deque
from typing import Final

import attrs

from voiceid_sdk import service_model
from voiceid_sdk.local.protocol.aws_json import Delivery, Response
from voiceid_sdk.local.protocol.errors import ServiceException, internal, named, throttled
from voiceid_sdk.local.rate_limiter import RateLimiter

MAX_DELAY_SECONDS: Final = 24 * 3600.0
"""Seconds; more would carry a manual clock beyond the end of the calendar."""

MAX_RATE: Final = 1_000_000
"""Requests a second."""


@attrs.frozen(kw_only=True)
class Fault:
    """What happens to one request."""

    error: ServiceException | None = None
    """What the service answers instead of doing what it is asked."""

    delivery: Delivery = Delivery.WHOLE
    """What becomes of the answer."""

    delay: float = 0.0
    """Seconds by which the answer is late."""

    def raise_error(self) -> None:
        """Raise the error that the service answers with, if there is one."""
        if self.error is not None:
            raise self.error

    def apply_to(self, response: Response) -> Response:
        """Return the answer as it is delivered."""
        if self.delivery is Delivery.WHOLE and not self.delay:
            return response
        delivery = self.delivery
        if delivery is Delivery.TRUNCATED and not response.body:
            delivery = Delivery.DROPPED
        return attrs.evolve(response, delivery=delivery, delay=self.delay)


NO_FAULT: Final = Fault()
"""Nothing goes wrong."""


@attrs.define
class _QueuedFault:
    """A fault that happens to so many of the next requests of an operation."""

    fault: Fault
    times: int


@attrs.frozen
class _RandomFault:
    """A fault that happens to a share of an operation's requests, or of all."""

    share: float
    operation: str | None
    fault: Fault


class Faults:
    """What goes wrong on purpose; ``service.faults``.

    Faults for the next requests come before throttling, and that before faults for a share of requests, where
    the one that was set first comes first. Latency comes on top of any of them.

    Args:
        seed: makes it repeatable which requests a share consists of; None leaves it to chance.
    """

    def __init__(self, seed: str | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - meant to be repeatable
        self._lock = threading.Lock()
        self._next: defaultdict[str, deque[_QueuedFault]] = defaultdict(deque)
        self._chances: list[_RandomFault] = []
        self._limiters: dict[str | None, RateLimiter] = {}

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
        """Let the next requests of an operation fail; a later call of this queues up behind earlier ones.

        Args:
            operation: the operation's name, such as ``"ListSpeakers"``.
            code: an error code of the service, such as ``"ThrottlingException"``.
            times: how many requests fail; a retry is a request.
            message: what the error says.
            conflict_type: the ``ConflictType`` of a ``ConflictException``.
            resource_type: the ``ResourceType`` of a ``ResourceNotFoundException``.

        Raises:
            ValueError: the service has no such operation, code or type, or ``times`` is below one.
        """
        fault = Fault(error=named(code, message, conflict_type, resource_type))
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
            operation: the operation's name; every operation unless given.
            message: what the error says.
            conflict_type: the ``ConflictType`` of a ``ConflictException``.
            resource_type: the ``ResourceType`` of a ``ResourceNotFoundException``.

        Raises:
            ValueError: the service has no such operation, code or type, or ``share`` is not a share.
        """
        self._chance(share, operation, Fault(error=named(code, message, conflict_type, resource_type)))

    def drop_next(self, operation: str, *, times: int = 1, performed: bool = True) -> None:
        """Let the connection be lost before the answers to the next requests of an operation.

        Args:
            operation: the operation's name.
            times: how many requests; a retry is a request.
            performed: whether the service has done what it was asked, of which the client then hears nothing.

        Raises:
            ValueError: the service has no such operation, or ``times`` is below one.
        """
        self._queue(operation, _dropped(performed=performed), times)

    def drop_share(self, share: float, *, operation: str | None = None, performed: bool = True) -> None:
        """Let the connection be lost before the answers to a share of requests.

        Args:
            share: from 0.0 for none to 1.0 for all.
            operation: the operation's name; every operation unless given.
            performed: whether the service has done what it was asked.

        Raises:
            ValueError: the service has no such operation, or ``share`` is not a share.
        """
        self._chance(share, operation, _dropped(performed=performed))

    def truncate_next(self, operation: str, *, times: int = 1) -> None:
        """Let the connection be lost in the middle of the answers to the next requests of an operation.

        The service has done what it was asked. Of an answer without a body, nothing arrives.

        Args:
            operation: the operation's name.
            times: how many requests; a retry is a request.

        Raises:
            ValueError: the service has no such operation, or ``times`` is below one.
        """
        self._queue(operation, Fault(delivery=Delivery.TRUNCATED), times)

    def truncate_share(self, share: float, *, operation: str | None = None) -> None:
        """Let the connection be lost in the middle of the answers to a share of requests.

        Args:
            share: from 0.0 for none to 1.0 for all.
            operation: the operation's name; every operation unless given.

        Raises:
            ValueError: the service has no such operation, or ``share`` is not a share.
        """
        self._chance(share, operation, Fault(delivery=Delivery.TRUNCATED))

    def delay(self, seconds: float, *, operation: str | None = None, share: float = 1.0) -> None:
        """Let answers come late; several delays add up.

        A ``ManualClock`` moves instead, and nobody waits. In process, a client's timeouts do not apply.

        Args:
            seconds: by how much.
            operation: the operation's name; every operation unless given.
            share: the share of requests that are answered late, from 0.0 to 1.0.

        Raises:
            ValueError: the service has no such operation, ``share`` is not a share, or ``seconds`` is not
                above zero, or more than a day.
        """
        if not 0 < seconds <= MAX_DELAY_SECONDS:
            raise ValueError("seconds is a time to wait, above zero and at most a day")
        self._chance(share, operation, Fault(delay=seconds))

    def throttle(self, rate: float, *, operation: str | None = None) -> None:
        """Refuse requests above a rate, by the service's clock; a second's worth may come at once.

        Args:
            rate: requests a second, above zero and at most a million; it takes the place of an earlier one.
            operation: the operation's name; all operations share the rate unless given.

        Raises:
            ValueError: the service has no such operation, or ``rate`` is out of its range.
        """
        _check_operation(operation)
        if not 0 < rate <= MAX_RATE:
            raise ValueError("rate is requests a second, above zero and at most a million")
        with self._lock:
            self._limiters[operation] = RateLimiter({"": rate})

    def clear(self) -> None:
        """Forget everything that was to go wrong."""
        with self._lock:
            self._next.clear()
            self._chances.clear()
            self._limiters.clear()

    def next_for(self, operation: str, now: float) -> Fault:
        """Return what happens to a request that comes in at ``now`` (epoch seconds)."""
        if not (self._next or self._chances or self._limiters):
            return NO_FAULT
        with self._lock:
            # Drawn for each request, whatever else happens to it: one fault does not move another.
            struck = [chance.fault for chance in self._chances if self._strikes(chance, operation)]
            delay = sum(fault.delay for fault in struck)
            faults = (fault for fault in struck if not fault.delay)
            happening = self._waiting(operation) or self._throttled(operation, now) or next(faults, NO_FAULT)
            # A ServiceException that is raised again and again collects tracebacks.
            return attrs.evolve(happening, delay=delay, error=copy.copy(happening.error))

    def _strikes(self, chance: _RandomFault, operation: str) -> bool:
        return chance.operation in {None, operation} and self._random.random() < chance.share

    def _waiting(self, operation: str) -> Fault | None:
        turns = self._next.get(operation)
        if not turns:
            return None
        turns[0].times -= 1
        return turns[0].fault if turns[0].times else turns.popleft().fault

    def _throttled(self, operation: str, now: float) -> Fault | None:
        limiters = [self._limiters[name] for name in (operation, None) if name in self._limiters]
        passes = all(limiter.admits("", now) for limiter in limiters)
        return None if passes else Fault(error=throttled())

    def _queue(self, operation: str, fault: Fault, times: int) -> None:
        _check_operation(operation)
        if times < 1:
            raise ValueError("times starts at one")
        with self._lock:
            self._next[operation].append(_QueuedFault(fault, times))

    def _chance(self, share: float, operation: str | None, fault: Fault) -> None:
        _check_operation(operation)
        if not 0 <= share <= 1:
            raise ValueError("share is from 0 to 1")
        with self._lock:
            self._chances.append(_RandomFault(share, operation, fault))


def _dropped(*, performed: bool) -> Fault:
    return Fault(delivery=Delivery.DROPPED, error=None if performed else internal())


def _check_operation(operation: str | None) -> None:
    if operation is not None and operation not in service_model.operation_names():
        raise ValueError("the service has no such operation")
