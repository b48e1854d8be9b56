"""Word pools: committed text files, drawn once from mimesis and Faker by `scripts/words`, one word a line."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import polars as pl

_FOLDER = Path(__file__).parent


@lru_cache
def pool(name: str) -> pl.Series:
    """The words of a pool, in the order of its file."""
    return pl.Series(name, (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines(), dtype=pl.String)


@lru_cache
def digest() -> str:
    """The sha256 of all pools, in hex; part of what determines the data."""
    total = hashlib.sha256()
    for path in sorted(_FOLDER.glob("*.txt")):
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)}\n".encode() + content)
    return total.hexdigest()
