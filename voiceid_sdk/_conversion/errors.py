"""The error for data that does not fit its class."""


class ConversionError(ValueError):
    """The data does not fit the class. ``problems`` has pairs of a member and the rule it breaks."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{member} {rule}" for member, rule in self.problems)


class MismatchError(TypeError):
    """A value does not have the type of its member. The message never holds the value."""
