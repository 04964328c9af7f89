"""Names of a module that are imported from other modules when they are first used."""

import importlib
import sys
from collections.abc import Callable, Mapping


def getter_of(module: str, sources: Mapping[str, str]) -> Callable[[str], object]:
    """Return the function ``__getattr__`` of a module: it imports a name once, from the module that has it.

    Args:
        module: the module with these names, by its own name.
        sources: the names, each with the module that defines it.
    """

    def get(name: str) -> object:
        if name not in sources:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name)
        found: object = getattr(importlib.import_module(sources[name]), name)
        setattr(sys.modules[module], name, found)
        return found

    return get
