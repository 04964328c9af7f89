"""Decides which pages Sphinx builds again, besides those whose files or documented modules have changed.

Sphinx would be silent about warnings of any other page.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from interfaces import environment, file_digests, interfaces
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import voiceid_sdk

PACKAGE: Final = Path(voiceid_sdk.__file__).parent
KEPT: Final = "voiceid_sdk_seen"
"""The attribute of Sphinx's environment that has what this module saw before. Sphinx stores it."""


def pages_to_read(app: Sphinx, env: BuildEnvironment, *_: object) -> Iterable[str]:
    """Return all pages if an interface, the environment or this configuration has changed, else none.

    The page of one module shows types, constants and base classes of others.
    """
    seen = seen_before(env)
    files: Any = seen.get("files", {})
    before = (seen.get("environment"), interfaces(files))
    seen["files"] = file_digests(PACKAGE.rglob("*.py"), files)
    seen["environment"] = environment(*sorted(Path(app.confdir).glob("*.py")))
    return env.found_docs if before != (seen["environment"], interfaces(seen["files"])) else ()


def pages_to_write(_: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return all pages if a target of links was added or removed, else none."""
    seen = seen_before(env)
    before = seen.get("targets")
    standard = env.domains.standard_domain
    seen["targets"] = {
        *env.found_docs,
        *env.domains.python_domain.objects,
        *standard.labels,
        *standard.anonlabels,
        *(f"{page}#{slug}" for page, data in env.metadata.items() for slug in data.get("myst_slugs", ())),
    }
    return env.found_docs if before != seen["targets"] else ()


def seen_before(env: BuildEnvironment) -> dict[str, Any]:
    """Return what this module has seen, to read and to change."""
    seen: dict[str, Any] = vars(env).setdefault(KEPT, {})
    return seen
