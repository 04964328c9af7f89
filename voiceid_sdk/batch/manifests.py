"""Manifests: the lists of requests that batch jobs read."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import attrs

from voiceid_sdk.batch.requests import EnrollmentRequest, RegistrationRequest

_R = TypeVar("_R", EnrollmentRequest, RegistrationRequest)


def _shown(requests: tuple[object, ...]) -> str:
    return f"<{len(requests)} request{'' if len(requests) == 1 else 's'}>"


def _enrollments(requests: Iterable[EnrollmentRequest]) -> tuple[EnrollmentRequest, ...]:
    return tuple(requests)


def _registrations(requests: Iterable[RegistrationRequest]) -> tuple[RegistrationRequest, ...]:
    return tuple(requests)


@attrs.frozen(weakref_slot=False)
class _Manifest(Generic[_R]):
    """What both kinds of manifest have in common."""

    requests: tuple[_R, ...]


@attrs.frozen(weakref_slot=False)
class EnrollmentManifest(_Manifest[EnrollmentRequest]):
    """Speakers to enroll.

    Args:
        requests: one for each speaker.
    """

    requests: tuple[EnrollmentRequest, ...] = attrs.field(converter=_enrollments, repr=_shown)
    """The requests, in their order."""


@attrs.frozen(weakref_slot=False)
class RegistrationManifest(_Manifest[RegistrationRequest]):
    """Fraudsters to register.

    Args:
        requests: one for each fraudster.
    """

    requests: tuple[RegistrationRequest, ...] = attrs.field(converter=_registrations, repr=_shown)
    """The requests, in their order."""
