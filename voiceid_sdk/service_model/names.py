"""The spellings of a name: ``DescribeSpeaker`` on the wire, ``describe_speaker`` in Python."""

import functools
import re


@functools.cache
def wire_name(name: str) -> str:
    """Return the name on the wire: ``DomainId`` for ``domain_id``."""
    return "".join(f"{part[:1].upper()}{part[1:]}" for part in name.split("_"))


@functools.cache
def python_name(name: str) -> str:
    """Return the name in Python, which is boto3's too: ``describe_speaker`` for ``DescribeSpeaker``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def camel_case(name: str) -> str:
    """Return a name of the wire as events and error messages spell it: ``domainId`` for ``DomainId``."""
    return f"{name[:1].lower()}{name[1:]}"
