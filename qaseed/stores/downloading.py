"""Files over HTTP: continued where a connection broke, and never more than they may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from dataclasses import replace

from qaseed.errors import StoreError
from qaseed.stores.http import Client, Request, Response, failure
from qaseed.stores.retrying import Retries, TransientError
from qaseed.stores.urls import without_query


def download(
    client: Client,
    request: Request,
    size: int | None = None,
    start: int = 0,
    check: Callable[[Response], None] | None = None,
) -> Generator[bytes, None, None]:
    """The bytes of a file from `start` on; a try that fails is continued where it ended.

    `check` raises what an answer means that is no file. Without a `size` the file has the one that the store says, and
    cannot be continued if it says none.
    """
    retries, received = Retries(request.url, client.timing), start
    while size is None or received < size:
        with retries.attempt():
            try:
                beginning = {"Range": f"bytes={received}-"} if received else {}
                response = client.open(replace(request, headers=dict(request.headers) | beginning))
                if check:
                    check(response)
                offset = _offset(response, request.url, received)
                length = response.headers.get("Content-Length", "")
                if size is None and length.isdigit():
                    size = offset + int(length)
                is_sized = size is not None
                for chunk in client.body(response, None if size is None else size - offset, retries):
                    wanted = chunk[max(0, received - offset) :]
                    offset += len(chunk)
                    if wanted:
                        received += len(wanted)
                        retries.progressed(len(wanted))
                        yield wanted
                if not is_sized:
                    return
                _check_whole(received, size)
            except TransientError as problem:
                if size is None and received:
                    raise StoreError(f"{without_query(request.url)}: {problem}; try again later") from None
                raise


def _check_whole(received: int, size: int | None) -> None:
    if size is not None and received < size:
        raise TransientError(f"sends {received} of {size} bytes")


def _offset(response: Response, url: str, start: int) -> int:
    """Where in its file a body begins."""
    if response.status_code == 200:
        return 0
    position = re.match(r"bytes ([0-9]{1,18})-", response.headers.get("Content-Range", ""))
    if response.status_code == 206 and position and int(position[1]) == start:
        return start
    response.close()
    if response.status_code == 206:
        raise StoreError(f"{without_query(url)}: sends another part of the file than it was asked for")
    raise failure(url, response.status_code)
