"""Names of a module that are imported from other modules when they are first used.

For the SDK and for Local Voice ID.
"""

import importlib
import sys
from collections.abc import Callable, Collection, Mapping


def lazy_names(
    module: str, sources: Mapping[str, str], *, submodules: Collection[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the functions ``__getattr__`` and ``__dir__`` of a module that has an ``__all__``.

    ``__getattr__`` imports a name once, from the module that has it.

    Args:
        module: the module with these names, by its own name.
        sources: the names, each with the module that defines it.
        submodules: names without a source, which are modules of the package ``module``.
    """

    def get(name: str) -> object:
        if name in sources:
            found: object = getattr(importlib.import_module(sources[name]), name)
            setattr(sys.modules[module], name, found)
            return found
        if name in submodules:
            # The import also makes the module an attribute of the package.
            return importlib.import_module(f"{module}.{name}")
        # With the object, Python suggests a name that is alike.
        raise AttributeError(
            f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules[module]
        )

    def list_names() -> list[str]:
        names = vars(sys.modules[module])
        return sorted({*names, *names["__all__"]})

    return get, list_names
