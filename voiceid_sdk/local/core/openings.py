"""The openings of a store: each has ids of its own."""

from typing import Final

from voiceid_sdk.local.core import pagination
from voiceid_sdk.local.core.identifiers import Identifiers
from voiceid_sdk.local.storage.store import Store

_OPENINGS: Final = "openings"


def open_identifiers(store: Store, seed: int | str | None) -> Identifiers:
    """Return the generator of ids, and put the secret of page tokens into a new store.

    Each opening of a file has a seed of its own, because the same seed would generate the same ids again.
    """
    with store.transaction():
        openings = int(store.get_fact(_OPENINGS) or 0)
        store.set_fact(_OPENINGS, str(openings + 1))
        identifiers = Identifiers(None if seed is None else f"{seed}/{openings}")
        pagination.prepare(store, identifiers.secret())
    return identifiers
