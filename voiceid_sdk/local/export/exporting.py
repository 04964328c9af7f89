"""Export of a domain without its sessions and jobs, as one JSON file."""

import base64
import json
import os
from typing import cast

from voiceid_sdk._files import as_path, naming_argument, writing_whole
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.export.format import LISTS, VERSION, VOICEPRINT, to_file
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.protocol.validation import check_values
from voiceid_sdk.local.rules import domains, fraudsters, speakers, watchlists
from voiceid_sdk.local.rules.domain_access import open_to_describe
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS
from voiceid_sdk.local.rules.speakers import SPEAKERS
from voiceid_sdk.local.rules.tags import TAGS
from voiceid_sdk.local.rules.watchlists import WATCHLISTS


def export(context: RequestContext, domain_id: str, *, include_voiceprints: bool) -> Document:
    """Return a domain as a JSON object; raises a ServiceException if there is none."""
    check_values(domain_id=("DomainId", domain_id))
    domain = open_to_describe(context, domain_id)
    items: dict[str, list[tuple[Document, bytes | None]]] = {
        "watchlists": [
            (watchlists.description(one), None) for one in context.store.all(WATCHLISTS, domain_id=domain_id)
        ],
        "speakers": [
            (speakers.description(context, one), one.voiceprint)
            for one in context.store.all(SPEAKERS, domain_id=domain_id)
        ],
        "fraudsters": [
            (fraudsters.description(context, one), one.voiceprint)
            for one in context.store.all(FRAUDSTERS, domain_id=domain_id)
        ],
    }
    exported: Document = {
        "version": VERSION,
        "domain": to_file(domains.description(domain), "Domain"),
        "tags": {tag.key: tag.value for tag in context.store.all(TAGS, domain_id=domain_id)},
    }
    for item_list in LISTS:
        exported[item_list.name] = [
            {
                **cast("Document", to_file(item, item_list.shape)),
                **(_encoded(voiceprint) if include_voiceprints else {}),
            }
            for item, voiceprint in items[item_list.name]
        ]
    return exported


def write(exported: Document, path: str | os.PathLike[str]) -> None:
    """Write an exported domain to a file that only its owner may read, whole or not at all.

    Raises:
        FileAccessError: the file cannot be written.
    """
    naming = naming_argument("path", action="written")
    with naming, writing_whole(as_path(path, "path"), private=True) as file:
        json.dump(exported, file, ensure_ascii=False, indent=2)


def _encoded(voiceprint: bytes | None) -> Document:
    return {} if voiceprint is None else {VOICEPRINT: base64.b64encode(voiceprint).decode()}
