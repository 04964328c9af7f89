"""The use of a value whose type is declared where it is assigned."""


def use(*_: object) -> None:
    """Stand for the program's use of a result."""
