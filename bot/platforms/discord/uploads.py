"""Pictures that go along with a message, in a form of several parts.

https://docs.discord.com/developers/reference#uploading-files
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord

FILES = "files"  # where a payload of ours holds the bytes; no field of Discord's
LARGEST = 10_000_000  # bytes in all files of a message; servers with boosts take more
MOST = 10  # files in a message
_ALT = 1024

_ODD = re.compile(r"[^A-Za-z0-9._-]+")  # what cannot stand in `attachment://…`
_KINDS = {b"\x89PNG": ("png", "image/png"), b"\xff\xd8\xff": ("jpg", "image/jpeg")}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file and its alt text."""

    data: bytes = field(repr=False)
    name: str
    alt: str

    def named(self, number: int) -> str:
        """Return a name for the file that no other of its message has."""
        ending, _ = _kind(self.data)
        stem = _ODD.sub("-", self.name.rpartition(".")[0] or self.name).strip("-.")[:60] or "figure"
        return f"{number}-{stem}.{ending}"


def attach(body: dict[str, Any], upload: Upload) -> str:
    """Add a file to the body of a message; return the address by which an embed shows it."""
    described = body.setdefault("attachments", [])
    name = upload.named(len(described) + 1)
    entry: dict[str, Any] = {"id": len(described), "filename": name}
    if alt := " ".join(upload.alt.split())[:_ALT]:
        entry["description"] = alt
    described.append(entry)
    body[FILES] = (*body.get(FILES, ()), upload.data)
    return f"attachment://{name}"


def room(body: Json) -> int:
    """Return the bytes that a further file of the message may have."""
    files: Sequence[bytes] = body.get(FILES, ())
    return LARGEST - sum(map(len, files)) if len(files) < MOST else 0


def without(body: Json) -> dict[str, Any]:
    """Return the body of a message without its files."""
    return {name: value for name, value in body.items() if name not in (FILES, "attachments")}


def parts(body: Json) -> tuple[list[dict[str, Any]], list[discord.File]] | None:
    """Return a request's body as the parts of a form, and the files in it; None where JSON will do."""
    inner: Json = body.get("data") or {} if FILES not in body else body
    if not (contents := inner.get(FILES)):
        return None
    said = {name: value for name, value in body.items() if name != FILES}
    if inner is not body:
        said["data"] = {name: value for name, value in inner.items() if name != FILES}
    fields: list[dict[str, Any]] = [
        {"name": "payload_json", "value": json.dumps(said), "content_type": "application/json"}
    ]
    files = []
    for number, (data, described) in enumerate(zip(contents, inner["attachments"], strict=True)):
        files.append(discord.File(io.BytesIO(data), described["filename"]))
        fields.append(
            {
                "name": f"files[{number}]",
                "value": files[-1].fp,
                "filename": described["filename"],
                "content_type": _kind(data)[1],
            }
        )
    return fields, files


def form(body: Json) -> aiohttp.FormData | None:
    """Return a request's body as a form, to be sent once; None where JSON will do."""
    if not (made := parts(body)):
        return None
    data = aiohttp.FormData(quote_fields=False)
    for each in made[0]:
        data.add_field(**each)
    return data


def _kind(data: bytes) -> tuple[str, str]:
    """Return the ending and the media type that a file should have."""
    return next(
        (kind for magic, kind in _KINDS.items() if data.startswith(magic)),
        ("bin", "application/octet-stream"),
    )
