"""64 random-looking bits for an address: a pure function, the same on every machine and at every cut."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from qaseed.integers import Ints

Bits = npt.NDArray[np.uint64]
CHUNK = 32_768
"""Addresses whose bits are computed at a time: they fit into the processor's cache."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = (np.uint64(shift) for shift in (27, 30, 31, 32))


@lru_cache(maxsize=4096)
def key(*path: str | int) -> int:
    """The 64-bit key of a stream of noise, named by `path`; injective in its parts, as texts, before hashing."""
    text = "".join(f"{len(str(part))}:{part}" for part in path)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def bits(stream: int, addresses: Ints) -> Bits:
    """64 uniform bits for each address: splitmix64 started at `stream` (Steele, Lea, Flood 2014)."""
    state = addresses.astype(np.uint64)
    first = np.uint64((stream + int(_GOLDEN)) % (1 << 64))
    for start in range(0, len(state), CHUNK):
        part = state[start : start + CHUNK]
        part *= _GOLDEN  # arrays wrap modulo 2^64 without a warning
        part += first
        shifted = part >> _S30
        part ^= shifted
        part *= _MIX1
        part ^= np.right_shift(part, _S27, out=shifted)
        part *= _MIX2
        part ^= np.right_shift(part, _S31, out=shifted)
    return state


def below(noise: Bits, bound: int | Ints) -> Ints:
    """Noise as whole numbers in [0, bound), by multiply and shift on the upper 32 bits; bound at most 2^31."""
    numbers = noise >> _S32
    numbers *= np.asarray(bound, dtype=np.uint64)
    numbers >>= _S32
    return numbers.view(np.int64)


def pick(noise: Bits, weights: npt.ArrayLike) -> Ints:
    """Noise as indexes into `weights`, each as often as its weight; exact to 2^-32."""
    heights = np.asarray(weights, dtype=np.float64)
    edges = np.round(np.cumsum(heights) / heights.sum() * 2.0**32).astype(np.uint64)
    return np.searchsorted(edges[:-1], noise >> _S32, side="right")


def edges(weights: npt.ArrayLike) -> Bits:
    """What `pick_by_group` needs to know of weights, a row a group and a column a choice."""
    heights = np.asarray(weights, dtype=np.float64)
    within = np.round(np.cumsum(heights, axis=1) / heights.sum(axis=1, keepdims=True) * 2.0**32).astype(np.uint64)
    offset: Bits = within + (np.arange(len(heights), dtype=np.uint64) << _S32)[:, None]
    return offset


def pick_by_group(noise: Bits, group: Ints, group_edges: Bits) -> Ints:
    """Noise as indexes into the weights of each row's group; exact to 2^-32."""
    choices = group_edges.shape[1]
    key = noise >> _S32
    key += group.astype(np.uint64) << _S32
    index = np.searchsorted(group_edges.ravel(), key, side="right")
    index -= group * choices
    return np.clip(index, 0, choices - 1, out=index)
