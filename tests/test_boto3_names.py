"""boto3's names of methods: an AttributeError says which method to call instead."""

import inspect
import re
from collections.abc import Iterator

import pytest

from voiceid_sdk import VoiceID, service_model
from voiceid_sdk._boto3_names import METHODS
from voiceid_sdk.local import LocalVoiceID
from voiceid_sdk.service_model.names import python_name

DOMAIN_ID = "Abcdefghijklmnopqrst01"

HANDLES = {"domain", "enrollment_job", "fraudster", "registration_job", "session", "speaker", "watchlist"}
"""The methods that return a handle on something with an id."""


@pytest.fixture(scope="module")
def voiceid() -> Iterator[VoiceID]:
    """Return a client that sends nothing."""
    with LocalVoiceID() as service:
        yield service.client()


def test_every_operation_has_its_method() -> None:
    assert set(METHODS) == set(service_model.operation_names())


@pytest.mark.parametrize(("operation", "method"), METHODS.items())
def test_the_method_calls_the_operation_that_it_replaces(
    voiceid: VoiceID, operation: str, method: str
) -> None:
    found: object = voiceid
    for name in re.sub(r"\((?:\.\.\.)?\)", "", method).replace("domain.", "voiceid.domain.").split(".")[1:]:
        handle = found
        found = getattr(handle, name)
        if callable(found) and name in HANDLES:
            found = found(DOMAIN_ID)
    assert re.search(rf"\bCalls .*\b{operation}\b", inspect.getdoc(found) or "")


@pytest.mark.parametrize(("operation", "method"), METHODS.items())
def test_boto3s_name_of_an_operation_names_the_method(voiceid: VoiceID, operation: str, method: str) -> None:
    name = python_name(operation)
    if hasattr(VoiceID, name):
        return
    with pytest.raises(AttributeError, match=re.escape(f"call {method} instead")):
        getattr(voiceid, name)


def test_a_domain_names_the_method_too(voiceid: VoiceID) -> None:
    with pytest.raises(AttributeError, match=r"'Domain' object .* call domain\.speakers\(\) instead"):
        getattr(voiceid.domain(DOMAIN_ID), "list_speakers")  # noqa: B009 - type checkers would reject it


@pytest.mark.parametrize("name", ["get_paginator", "get_waiter", "exceptions", "meta"])
def test_other_attributes_of_boto3s_clients_have_a_hint(voiceid: VoiceID, name: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}'; "):
        getattr(voiceid, name)


def test_any_other_name_is_an_ordinary_attribute_error(voiceid: VoiceID) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(voiceid, "speakers")  # noqa: B009 - type checkers would reject it
    assert str(caught.value) == "'VoiceID' object has no attribute 'speakers'"
    assert (caught.value.name, caught.value.obj) == ("speakers", voiceid)
