"""Exporting a domain: all that is in it but calls and jobs, as one JSON file."""

import base64
import json
import os
from collections.abc import Iterator
from typing import cast

from voiceid_sdk._files import writing_whole
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.export.format import LISTS, VERSION, VOICEPRINT, ItemList, Members, ours
from voiceid_sdk.local.handlers import HANDLERS
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS
from voiceid_sdk.local.rules.speakers import SPEAKERS


def export(context: RequestContext, domain_id: str, *, include_voiceprints: bool) -> Document:
    """Return a domain with all that belongs to it; raises a ServiceException if there is none."""
    domain = _response(context, "DescribeDomain", DomainId=domain_id)["Domain"]
    tags = _response(context, "ListTagsForResource", ResourceArn=domain["Arn"])["Tags"]
    exported: Document = {
        "version": VERSION,
        "domain": ours(domain, "Domain"),
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
    }
    voiceprints = _voiceprints(context, domain_id) if include_voiceprints else {}
    for part in LISTS:
        exported[part.name] = [
            {
                **cast("Document", ours(item, part.shape)),
                **voiceprints.get((part.name, item[part.ids[0]]), {}),
            }
            for item in _listed(context, part, domain_id)
        ]
    return exported


def write(exported: Document, path: str | os.PathLike[str]) -> None:
    """Write an exported domain to a file that only its owner may read, whole or not at all."""
    with writing_whole(path, private=True) as file:
        json.dump(exported, file, ensure_ascii=False, indent=2)


def _response(context: RequestContext, operation: str, **members: object) -> Members:
    return cast("Members", HANDLERS[operation](context, members))


def _listed(context: RequestContext, part: ItemList, domain_id: str) -> Iterator[Members]:
    token: dict[str, object] = {}
    while True:
        page = _response(context, part.list_operation, DomainId=domain_id, **token)
        yield from page[f"{part.shape}Summaries"]
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def _voiceprints(context: RequestContext, domain_id: str) -> dict[tuple[str, str], Document]:
    """Return what is to be added to an item, by the list that it is in and its id."""
    speakers = context.store.all(SPEAKERS, domain_id=domain_id)
    fraudsters = context.store.all(FRAUDSTERS, domain_id=domain_id)
    kept = [("speakers", one.generated_id, one.voiceprint) for one in speakers]
    kept += [("fraudsters", one.fraudster_id, one.voiceprint) for one in fraudsters]
    return {
        (part, generated_id): {VOICEPRINT: base64.b64encode(voiceprint).decode()}
        for part, generated_id, voiceprint in kept
        if voiceprint is not None
    }
