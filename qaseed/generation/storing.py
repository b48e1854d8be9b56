"""A whole snapshot in a store: its units are written there by the workers, then it is checked and gets its name."""

from __future__ import annotations

import hashlib
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qaseed import scratch
from qaseed.errors import UsageError
from qaseed.generation.assembling import assemble
from qaseed.generation.completing import Generated, Progress
from qaseed.generation.engines import Engine
from qaseed.generation.parts import Part, PartHeader, make_part
from qaseed.generation.request import as_profile
from qaseed.generation.unit_store import is_store
from qaseed.profiles import Profile

if TYPE_CHECKING:
    from qaseed.snapshot.pushing import PushResult


@dataclass(frozen=True)
class Stored:
    """The result of `generate_to_store`: what was generated, and by which reference it is pulled."""

    generated: Generated
    """Its folder is gone again: the snapshot is in the store."""
    pushed: PushResult


def generate_to_store(
    profile: Profile | str,
    store: str,
    *,
    tag: str | None = None,
    format: str = "parquet",  # noqa: A002  # the word on the command line
    workers: int | None = None,
    engine: str = "processes",
    scheduler: str | None = None,
    executor: Executor | None = None,
    validated: bool = True,
    sample_size: int | None = None,
    strict: bool = False,
    progress: Progress | None = None,
) -> Stored:
    """Generate a snapshot of which only manifest, sums and evidence are written by this machine, the rows by workers.

    - `store`: the URL of a store: S3, Azure, GCS or `file://`.
    - `tag`: by which it is pulled from now on.
    - All others: as those of `generate`.

    Rules are checked here, so every row is read back once, in a temporary folder with room for the snapshot. After a
    kill the same call continues. Raises what `generate_part`, `assemble` and `push` raise; until it returns, the store
    has no snapshot of that name and tag.
    """
    from qaseed.snapshot.pushing import check_tag, push

    check_tag(tag)
    if not is_store(store):
        raise UsageError(f"{store}: is not the URL of a store; give a folder to `generate`")
    where = Engine(workers, engine, scheduler, executor)
    part = make_part(as_profile(profile), Part(1, 1), store, format, where, progress, _ending)
    with scratch.spill_folder() as folder:
        generated = assemble(
            [part.place],
            folder / "artifacts",
            validated=validated,
            sample_size=sample_size,
            strict=strict,
            progress=progress,
        )
        pushed = push(generated.snapshot, store, tag=tag, progress=progress)
    return Stored(generated, pushed)


def _ending(header: PartHeader) -> str:
    """The same for runs that make the same bytes, so that another version or format begins anew."""
    return f"whole-{hashlib.sha256(header.to_json()).hexdigest()[:12]}"
