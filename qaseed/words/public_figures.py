"""Full names of public figures, as hashes that `scripts/public_figures` made: no generated person has one of them.

A hash has 32 bits of the given name and 32 of the family name, so that which names of two pools are a figure's is known
without trying all pairs.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from qaseed.integers import Ints

Keys = npt.NDArray[np.uint64]
FILE = Path(__file__).parent / "public_figures.bin"
_HALF = np.uint64(32)
_MOST_STEPS = 1_000


@lru_cache(maxsize=1 << 16)
def _word_key(word: str) -> int:
    """32 bits of the letters of a name, without accents and case, in Latin letters."""
    plain = word if word.isascii() else unicodedata.normalize("NFKD", word)
    if not all(letter.isascii() or unicodedata.combining(letter) for letter in plain):
        from anyascii import anyascii

        plain = anyascii(word)
    letters = plain.lower()
    if not (letters.isascii() and letters.isalpha()):
        letters = "".join(letter for letter in letters if letter.isascii() and letter.isalpha())
    return int.from_bytes(hashlib.sha256(letters.encode()).digest()[:4], "big")


def full_name_key(given: str, family: str) -> int:
    """The key of a full name; the family name is empty for people with a single name."""
    return _word_key(given) << 32 | _word_key(family)


@lru_cache
def _known() -> Keys:
    keys: Keys = np.fromfile(FILE, dtype="<u8").astype(np.uint64)
    return keys


def keys_of(names: pl.Series) -> Keys:
    """The keys of given or of family names; null is the empty name."""
    return np.array([_word_key(name or "") for name in names.to_list()], dtype=np.uint64)


def are_figures(given: Keys, family: Keys) -> npt.NDArray[np.bool_]:
    """Which full names are those of public figures, by the keys of their halves."""
    known, keys = _known(), (given << _HALF) | family
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    mask: npt.NDArray[np.bool_] = known[at] == keys
    return mask


def is_figure(given: str, family: str) -> bool:
    """Whether this is the full name of a public figure."""
    return bool(are_figures(keys_of(pl.Series([given])), keys_of(pl.Series([family])))[0])


def moved_on(index: Ints, pool: Keys, others: Keys, first: Ints, stop: Ints, *, are_given: bool) -> Ints:
    """Positions in a pool, moved to the next in `first` to `stop` - 1 as long as the full name is a public figure's.

    `pool` are the keys of its names, given ones or family names; `others` are those of each row's other name.
    """
    moved, rows = index.copy(), np.arange(len(index))
    for _ in range(_MOST_STEPS):
        halves = (pool[moved[rows]], others[rows]) if are_given else (others[rows], pool[moved[rows]])
        rows = rows[are_figures(*halves)]
        if not len(rows):
            break
        moved[rows] = np.where(moved[rows] + 1 < stop[rows], moved[rows] + 1, first[rows])
    return moved
