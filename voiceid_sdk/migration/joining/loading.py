"""Reads the files of an archive into the database, one record after the other."""

import os
import re
from collections.abc import Sequence
from typing import Final

from voiceid_sdk._cleanup import EndingWith
from voiceid_sdk.migration.joining.store import Store
from voiceid_sdk.migration.reading import json_values, salvage
from voiceid_sdk.migration.reading.facts import (
    LISTED,
    DamageFact,
    DocumentFact,
    EntityFact,
    Fact,
    PageFact,
    StatementFact,
    damage_of,
)
from voiceid_sdk.migration.reading.json_text import JsonText
from voiceid_sdk.migration.reading.json_values import Damage
from voiceid_sdk.migration.reading.recognition import facts_in, is_record
from voiceid_sdk.migration.reading.sources import SourceFile, SourceText

_ID_IN_PATH: Final = re.compile(r"(?<![a-zA-Z0-9])[a-zA-Z0-9]{22}(?![a-zA-Z0-9])")

_SAMPLE: Final = 1 << 16

_NO_JSON: Final = "is not a file of JSON"


def read_files(store: Store, files: Sequence[SourceFile]) -> None:
    """Read every file; an unreadable one is recorded, and the others are read."""
    for source, file in enumerate(files, 1):
        names = map(_encodable, (file.name, str(file.path.parent), file.path.name))
        store.execute("INSERT INTO sources VALUES (?, ?, ?, ?, '')", source, *names)
        for word in set(_ID_IN_PATH.findall(file.name)):
            store.execute("INSERT INTO words VALUES (?, ?)", source, word)
        try:
            text = SourceText(file.path)
        except OSError:
            store.add(source, damage_of(None, "cannot be opened"))
            continue
        with EndingWith(text.close):
            _read_text(store, source, text)
    store.flush()


def _encodable(name: str) -> str:
    """Return a name of a file without bytes that are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def _read_text(store: Store, source: int, file: SourceText) -> None:
    text = JsonText(file.read)
    text.fill()
    sample = text.text[:_SAMPLE]
    records = _Records(store, source)
    if not json_values.has_values(sample):
        _read_lines(records, file, text)
        return
    by_line = json_values.is_by_line(sample)
    for found in json_values.values_in(text, is_record, is_by_line=by_line):
        if isinstance(found, Damage):
            records.add(salvage.facts_of(found))
        else:
            records.enter(found.document)
            records.add(facts_in(found))
    if file.failure is not None:
        store.add(source, damage_of(text.line, file.failure))


def _read_lines(records: "_Records", file: SourceText, text: JsonText) -> None:
    """Read a file without JSON: the speakers in its lines, and whether other lines mention an opt-out."""
    is_filled = is_mention = False
    while text.next_character():
        is_filled = True
        end = text.line_end()
        # A longer line is read in parts, so that memory stays bounded.
        end = len(text.text) if end is None else end
        found = salvage.facts_of(Damage(text.line, _NO_JSON, text.text[text.at : end]))
        if any(isinstance(fact, StatementFact) for fact in found):
            records.add(found)
        else:
            is_mention |= any(isinstance(fact, DamageFact) and fact.mentions_opt_out for fact in found)
        text.advance(end)
    if is_filled or file.failure is not None:
        records.add([damage_of(None, file.failure or _NO_JSON, mentions_opt_out=is_mention)])


class _Records:
    """Adds the facts in the records of one file, with the domain that a document names for all of them."""

    def __init__(self, store: Store, source: int) -> None:
        self._store = store
        self._source = source
        self._document = 0
        self._domain = ""

    def enter(self, document: int) -> None:
        """Begin a record of a document."""
        if document != self._document:
            self._document = document
            self._domain = ""

    def add(self, found: list[Fact]) -> None:
        """Add facts of one record."""
        for fact in found:
            self._store.add(self._source, self._with_domain(fact))

    def _with_domain(self, fact: Fact) -> Fact:
        if isinstance(fact, StatementFact):
            if not fact.domain and self._domain and fact.kind == LISTED:
                return fact._replace(domain=self._domain)
        elif isinstance(fact, (EntityFact, PageFact)):
            if not fact.domain and self._domain:
                return fact._replace(domain=self._domain)
        elif not isinstance(fact, DocumentFact):
            return fact
        self._domain = fact.domain or self._domain
        return fact
