"""The bytes of a packed snapshot, from a file of this machine or from any web server."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from qaseed.arguments import as_home_path
from qaseed.errors import SnapshotError
from qaseed.stores.authorization import netrc_authorization
from qaseed.stores.downloading import download
from qaseed.stores.http import CHUNK, Client, Request, split_url
from qaseed.stores.reference import Reference
from qaseed.stores.retrying import Timing


def packed_chunks(reference: Reference, timing: Timing) -> Generator[bytes, None, None]:
    """The bytes of a packed file in chunks, not verified; a connection that breaks is continued."""
    location = f"{reference.store}/{reference.name}"
    if "://" not in location:
        yield from _read(as_home_path("file", location))
        return
    split_url(location)
    client = Client(location, timing, netrc_authorization(location))
    url = f"{location}?{reference.query}" if reference.query else location
    yield from download(client, Request("GET", url))


def _read(path: Path) -> Generator[bytes, None, None]:
    try:
        with path.open("rb") as content:
            while chunk := content.read(CHUNK):
                yield chunk
    except OSError as error:
        raise SnapshotError(f"{path}: cannot be read ({error.strerror}); give a packed snapshot or its URL") from None
