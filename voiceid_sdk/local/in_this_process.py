"""The base of the classes whose objects cannot be sent to another process."""

from typing import NoReturn


class InThisProcess:
    """An object that cannot be pickled, because its data is in this process."""

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be pickled, because its data is in this process; serve it over "
            "HTTP (python -m voiceid_sdk.local), and give other processes clients with endpoint_url="
        )
