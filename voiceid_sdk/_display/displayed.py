"""The bases of everything that notebooks, IPython and Hypothesis print without its sensitive values."""

from collections.abc import Callable
from types import MethodType
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    # Imported lazily: most programs show nothing.
    from voiceid_sdk._display.tables import Table
    from voiceid_sdk.models import SessionEvaluation


class PrettyPrinter(Protocol):
    """The part of IPython's printer that is used here."""

    def text(self, obj: str, /) -> object:
        """Print a text."""
        ...


class _PrettyMethod:
    """A method ``_repr_pretty_`` that can be called on a class.

    Hypothesis calls it on the printed object, which may be the class itself: ``method(printer, cycle)``.
    IPython gets it from the class of what it prints: ``method(instance, printer, cycle)``.
    """

    def __init__(self, method: Callable[[Any, PrettyPrinter, bool], None]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, instance: object, owner: type) -> Callable[..., None]:
        if instance is not None:
            return MethodType(self._method, instance)

        def call(*given: Any) -> None:  # noqa: ANN401 - those of either caller
            if len(given) == 2:  # noqa: PLR2004 - a printer and whether there is a cycle
                given[0].text(owner.__qualname__)
            else:
                self._method(*given)

        return call


class Printed:
    """Prints an object by its ``repr``; IPython and Hypothesis would print each field with its value."""

    __slots__ = ()

    @_PrettyMethod
    def _repr_pretty_(self, printer: PrettyPrinter, cycle: bool) -> None:  # noqa: FBT001 - IPython's
        """Print the ``repr``; IPython and Hypothesis call this."""
        printer.text("..." if cycle else repr(self))


class Displayed:
    """Shows an object as a table, without the sensitive values unless they are revealed."""

    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:  # noqa: ANN401 - those of any base class
        super().__init_subclass__(**arguments)
        # IPython takes the first class of the MRO that has this method or a ``__repr__`` of its own.
        method = next(vars(base)["_repr_pretty_"] for base in cls.__mro__ if "_repr_pretty_" in vars(base))
        setattr(cls, "_repr_pretty_", method)  # noqa: B010 - its type is that of a descriptor

    def _table(self) -> "Table":
        """Return the table: by default, a row for each field."""
        from voiceid_sdk._display.tables import fields_of

        return fields_of(cast("Any", self))

    def _repr_html_(self) -> str:
        """Return the table as HTML; Jupyter calls this."""
        return self._table().to_html()

    @_PrettyMethod
    def _repr_pretty_(self, printer: PrettyPrinter, cycle: bool) -> None:  # noqa: FBT001 - IPython's
        """Print the table as text; IPython calls this."""
        printer.text("..." if cycle else self._table().to_text())


class DisplayedEvaluation(Displayed):
    """Shows the evaluation of a session as its scores, drawn against their thresholds."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return the drawing as HTML; Jupyter calls this."""
        from voiceid_sdk._display.evaluations import evaluation_to_html

        return evaluation_to_html(cast("SessionEvaluation", self))

    @_PrettyMethod
    def _repr_pretty_(self, printer: PrettyPrinter, cycle: bool) -> None:  # noqa: FBT001 - IPython's
        """Print the drawing as text; IPython calls this."""
        from voiceid_sdk._display.evaluations import evaluation_to_text

        printer.text("..." if cycle else evaluation_to_text(cast("SessionEvaluation", self)))
