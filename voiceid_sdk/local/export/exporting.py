"""Export of a domain without its sessions and jobs, as one JSON file."""

import base64
import json
import os
from collections.abc import Iterator
from typing import cast

from voiceid_sdk._files import writing_whole
from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.export.format import LISTS, VERSION, VOICEPRINT, ItemList, Members, to_file
from voiceid_sdk.local.handlers import HANDLERS
from voiceid_sdk.local.protocol.documents import Document
from voiceid_sdk.local.rules.fraudsters import FRAUDSTERS
from voiceid_sdk.local.rules.speakers import SPEAKERS


def export(context: RequestContext, domain_id: str, *, include_voiceprints: bool) -> Document:
    """Return a domain as a JSON object; raises a ServiceException if there is none."""
    domain = _response(context, "DescribeDomain", DomainId=domain_id)["Domain"]
    tags = _response(context, "ListTagsForResource", ResourceArn=domain["Arn"])["Tags"]
    exported: Document = {
        "version": VERSION,
        "domain": to_file(domain, "Domain"),
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
    }
    voiceprints = _voiceprints(context, domain_id) if include_voiceprints else {}
    for item_list in LISTS:
        exported[item_list.name] = [
            {
                **cast("Document", to_file(item, item_list.shape)),
                **voiceprints.get((item_list.name, item[item_list.ids[0]]), {}),
            }
            for item in _listed(context, item_list, domain_id)
        ]
    return exported


def write(exported: Document, path: str | os.PathLike[str]) -> None:
    """Write an exported domain to a file that only its owner may read, whole or not at all."""
    with writing_whole(path, private=True) as file:
        json.dump(exported, file, ensure_ascii=False, indent=2)


def _response(context: RequestContext, operation: str, **members: object) -> Members:
    return cast("Members", HANDLERS[operation](context, members))


def _listed(context: RequestContext, item_list: ItemList, domain_id: str) -> Iterator[Members]:
    token: dict[str, object] = {}
    while True:
        page = _response(context, item_list.list_operation, DomainId=domain_id, **token)
        yield from page[f"{item_list.shape}Summaries"]
        if "NextToken" not in page:
            return
        token = {"NextToken": page["NextToken"]}


def _voiceprints(context: RequestContext, domain_id: str) -> dict[tuple[str, str], Document]:
    """Return the member with the voiceprint of each item, by the name of the list and the item's id."""
    speakers = context.store.all(SPEAKERS, domain_id=domain_id)
    fraudsters = context.store.all(FRAUDSTERS, domain_id=domain_id)
    voiceprints = [("speakers", one.generated_id, one.voiceprint) for one in speakers]
    voiceprints += [("fraudsters", one.fraudster_id, one.voiceprint) for one in fraudsters]
    return {
        (list_name, generated_id): {VOICEPRINT: base64.b64encode(voiceprint).decode()}
        for list_name, generated_id, voiceprint in voiceprints
        if voiceprint is not None
    }
