"""What of a URL may be printed."""

from __future__ import annotations

from urllib.parse import urlsplit


def without_query(url: str) -> str:
    """A URL without what may be secret in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the URL"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
